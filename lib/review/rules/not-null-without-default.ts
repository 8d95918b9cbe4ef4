import { quoteIdent } from '../../sql/quote.ts';
import { changes } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'not-null-without-default',
  group: 'compatibility',
  place: 120,
  severity: 'error',
  title: 'A NOT NULL column has no default',
  why: 'It fails if there is even one row, and code that does not know the column can no longer insert.',
  found: 'ALTER TABLE orders ADD COLUMN region text NOT NULL;',
  letBe: "ALTER TABLE orders ADD COLUMN region text NOT NULL DEFAULT 'x';",
  on: changes('created', 'column'),
  judge: ({ relation, column }) =>
    column.notNull && !column.fills
      ? [
          {
            relation,
            tells: { read: [relation] },
            message: `${relation}.${quoteIdent(column.name)} must be given by every INSERT, and has no value in the rows there are`,
            advice:
              '-- with a DEFAULT that fits the rows there are: a constant one costs nothing. Or without NOT NULL at first: release code that\n-- gives it, fill the rows in batches, prove it by a CHECK (NOT VALID, then VALIDATE), and SET NOT NULL, each in a revision of its own',
          },
        ]
      : [],
});
