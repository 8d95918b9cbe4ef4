import { findWritten } from '../facts/written.ts';
import { setApart } from '../ways/batches.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'backfill-with-ddl',
  group: 'locks',
  place: 30,
  severity: 'error',
  title: 'Rows are written while the table is closed',
  why: 'A change of the schema holds its lock until every row is written: the outage is as long as the backfill.',
  bad: 'ALTER TABLE orders ADD COLUMN size text;\nUPDATE orders SET size = $$x$$;',
  good: 'ALTER TABLE orders ADD COLUMN size text;',
  judge: (statement, { step }) =>
    findWritten(statement)
      .filter(({ closed, few }) => closed && !few)
      .map(({ relation }) => ({
        relation,
        tells: { read: [relation] },
        message: `writes rows of ${relation} while it is closed`,
        advice: setApart(statement, relation, step),
      })),
};
