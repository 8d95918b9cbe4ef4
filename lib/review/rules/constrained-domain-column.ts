import { addedBy } from '../advice/added-column.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'constrained-domain-column',
  group: 'rewrites',
  place: 70,
  severity: 'error',
  title: 'A column of a constrained domain writes the whole table anew',
  why: 'Up to PostgreSQL 18 the domain is checked by writing each row, with or without a default.',
  bad: 'ALTER TABLE orders ADD COLUMN quantity positive;',
  good: 'ALTER TABLE orders ADD COLUMN quantity integer;',
  judge: (statement) => addedBy(statement, (change) => change.column?.domain === true),
};
