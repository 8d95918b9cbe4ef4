import { writesAnew } from '../advice/added-column.ts';
import { isCounted } from '../facts/rewrites.ts';
import { changes, topmost } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'volatile-default',
  group: 'rewrites',
  place: 40,
  severity: 'error',
  title: 'A default that differs from row to row rewrites the whole table',
  why: 'A constant default costs nothing; one that must be computed for each row is written into each row while the table is locked.',
  found: 'ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();',
  letBe: 'ALTER TABLE orders ADD COLUMN made timestamptz DEFAULT now();',
  on: topmost(changes('created', 'column')),
  judge: (change, { statement }) => {
    const { value = '', domain } = change.column;
    return value.startsWith('DEFAULT ') && !isCounted(change) && !domain ? writesAnew(statement, change) : [];
  },
});
