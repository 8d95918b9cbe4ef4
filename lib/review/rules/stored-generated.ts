import { writesAnew } from '../advice/added-column.ts';
import { changes, topmost } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'stored-generated',
  group: 'rewrites',
  place: 60,
  severity: 'error',
  title: 'A stored generated column rewrites the whole table',
  why: 'Its value is computed and written for each row while the table is locked.',
  found: 'ALTER TABLE orders ADD COLUMN twice integer GENERATED ALWAYS AS (total * 2) STORED;',
  letBe: 'ALTER TABLE orders ADD COLUMN twice integer;',
  on: topmost(changes('created', 'column')),
  judge: (change, { statement }) =>
    /^GENERATED ALWAYS AS \(.* STORED$/s.test(change.column.value ?? '') ? writesAnew(statement, change) : [],
});
