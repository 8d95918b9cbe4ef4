import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'if-not-exists-skipped',
  group: 'indexes',
  place: 50,
  severity: 'error',
  title: 'IF NOT EXISTS finds something else of that name',
  why: 'Tables, views, sequences, types and indexes of a schema share one namespace, and IF NOT EXISTS only compares the name: the server skips the statement with a notice, the index does not exist, and a run stops there. Another index of the same table is also accepted by its name.',
  found: 'CREATE INDEX IF NOT EXISTS orders ON orders (customer_id);',
  letBe: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer_id);',
  on: everyStatement,
  judge: ({ skippedFor, label }) =>
    skippedFor === undefined
      ? []
      : [
          {
            message: `${skippedFor} has that name: the server skips the statement, and a run stops at it`,
            advice: `-- give the index another name in this ${label}; or, if none is needed, write a comment in its place`,
          },
        ],
});
