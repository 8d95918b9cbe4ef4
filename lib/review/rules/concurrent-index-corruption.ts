import { statements } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'concurrent-index-corruption',
  group: 'indexes',
  place: 80,
  severity: 'error',
  title: 'The server builds corrupt indexes',
  why: 'PostgreSQL 14.0 to 14.3 may leave rows out of an index that is built CONCURRENTLY.',
  given: { version: '14.2' },
  found: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);',
  letBe: 'CREATE TABLE other (id integer);',
  on: statements('CREATE INDEX', 'CREATE UNIQUE INDEX', 'REINDEX'),
  judge: ({ label, builds }, { version }) =>
    label.endsWith('CONCURRENTLY') && /^14\.[0-3]\b/.test(version ?? '')
      ? [
          {
            relation: builds[0]?.table,
            message: `the database runs PostgreSQL ${version}`,
            advice:
              '-- update the server to 14.4 or later first, and check what it has built: amcheck, bt_index_check(index, true)',
          },
        ]
      : [],
});
