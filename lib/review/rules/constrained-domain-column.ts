import { writesAnew } from '../advice/added-column.ts';
import { changes, topmost } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'constrained-domain-column',
  group: 'rewrites',
  place: 70,
  severity: 'error',
  title: 'A column of a constrained domain rewrites the whole table',
  why: 'Up to PostgreSQL 18 the domain is checked by writing each row, with or without a default.',
  found: 'ALTER TABLE orders ADD COLUMN quantity positive;',
  letBe: 'ALTER TABLE orders ADD COLUMN quantity integer;',
  on: topmost(changes('created', 'column')),
  judge: (change, { statement }) => (change.column.domain ? writesAnew(statement, change) : []),
});
