import { changes, withoutCascaded } from '../facts/subjects.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'nullable',
  group: 'compatibility',
  place: 140,
  severity: 'warning',
  title: 'A column may be NULL from now on',
  why: 'Code that reads it and does not expect NULL may fail.',
  found: 'ALTER TABLE orders ALTER COLUMN kind DROP NOT NULL;',
  letBe: 'ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;',
  on: withoutCascaded(changes('nullable', 'column')),
  judge: ({ relation, object }, { statement }) => [
    {
      relation,
      message: `${object} may now be NULL`,
      advice: [under('first release code that reads NULL; then:', `${statement.text};`)],
    },
  ],
});
