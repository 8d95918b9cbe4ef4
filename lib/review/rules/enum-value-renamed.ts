import { quoteLiteral } from '../../sql/quote.ts';
import { changes } from '../facts/subjects.ts';
import { addEnumValue } from '../ways/actions.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'enum-value-renamed',
  group: 'compatibility',
  place: 90,
  severity: 'error',
  title: 'An enum value is renamed',
  why: 'Code that still writes or compares the old value fails at once.',
  found: "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
  letBe: "ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';",
  on: changes('enum-value-renamed'),
  judge: ({ object, from = '', to = '' }) => [
    {
      message: `renames the value ${quoteLiteral(from)} of ${object} to ${quoteLiteral(to)}`,
      advice: [
        under(
          'add the new word (the old one stays in the type); release code that knows both; then write the rows over:',
          addEnumValue(object, quoteLiteral(to), quoteLiteral(from)),
        ),
      ],
    },
  ],
});
