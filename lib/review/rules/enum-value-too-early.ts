import { failures } from '../facts/subjects.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'enum-value-too-early',
  group: 'compatibility',
  place: 110,
  severity: 'error',
  title: 'A new enum value is used before it is committed',
  why: 'PostgreSQL refuses to use a value in the transaction that added it.',
  found: "ALTER TYPE mood ADD VALUE 'glad' AFTER 'ok';\nINSERT INTO moods VALUES ('glad');",
  letBe: "INSERT INTO moods VALUES ('ok');",
  on: failures,
  judge: ({ code, message }, { statement }) =>
    code === '55P04'
      ? [
          {
            message,
            advice: [under('in a revision of its own, after the one that adds the value:', `${statement.text};`)],
          },
        ]
      : [],
});
