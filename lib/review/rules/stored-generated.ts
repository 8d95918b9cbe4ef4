import { addedBy } from '../advice/added-column.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'stored-generated',
  group: 'rewrites',
  place: 60,
  severity: 'error',
  title: 'A stored generated column writes the whole table anew',
  why: 'Its value is computed and written for each row while the table is closed.',
  bad: 'ALTER TABLE orders ADD COLUMN twice integer GENERATED ALWAYS AS (total * 2) STORED;',
  good: 'ALTER TABLE orders ADD COLUMN twice integer;',
  judge: (statement) =>
    addedBy(statement, ({ column }) => /^GENERATED ALWAYS AS \(.* STORED$/s.test(column?.value ?? '')),
};
