import { writesAnew } from '../advice/added-column.ts';
import { isCounted } from '../facts/rewrites.ts';
import { changes, topmost } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'counted-column',
  group: 'rewrites',
  place: 50,
  severity: 'error',
  title: 'A serial or identity column rewrites the whole table',
  why: 'Each row is given its number while the table is locked.',
  found: 'ALTER TABLE orders ADD COLUMN counter bigint GENERATED ALWAYS AS IDENTITY;',
  letBe: 'CREATE TABLE other (number bigint GENERATED ALWAYS AS IDENTITY);',
  on: topmost(changes('created', 'column')),
  judge: (change, { statement }) => (isCounted(change) ? writesAnew(statement, change) : []),
});
