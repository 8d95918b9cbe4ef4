import { writtenTables } from '../facts/written.ts';
import { setApart } from '../ways/batches.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'backfill-with-ddl',
  group: 'locks',
  place: 30,
  severity: 'error',
  title: 'Rows are written while the table is locked',
  why: 'A change of the schema holds its lock until every row is written: the outage is as long as the backfill.',
  found: 'ALTER TABLE orders ADD COLUMN size text;\nUPDATE orders SET size = $$x$$;',
  letBe: 'ALTER TABLE orders ADD COLUMN size text;',
  on: { find: writtenTables },
  judge: ({ relation, closed, few }, { statement, step }) =>
    closed && !few
      ? [
          {
            relation,
            tells: { read: [relation] },
            message: `writes rows of ${relation} while it is closed`,
            advice: setApart(statement, relation, step),
          },
        ]
      : [],
});
