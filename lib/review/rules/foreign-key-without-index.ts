import { quoteIdent } from '../../sql/quote.ts';
import { inOwnRevision } from '../advice/words.ts';
import { partitionsOf } from '../facts/family.ts';
import { unindexedKeys } from '../facts/subjects.ts';
import type { MeasuredStatement, UnindexedKey } from '../measured.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'foreign-key-without-index',
  group: 'constraints',
  place: 100,
  severity: 'warning',
  title: 'A foreign key has no index behind it',
  why: 'Each DELETE and each change of a key in the referenced table reads the whole referring table.',
  found:
    'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;',
  letBe: 'ALTER TABLE lines ADD CONSTRAINT lines_order FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;',
  on: unindexedKeys,
  judge: (key, { statement }) => [
    {
      relation: key.relation,
      message: `no index of ${key.relation} begins with ${key.columns.join(', ')}`,
      advice: indexKey(statement, key),
    },
  ],
});

function indexKey(statement: MeasuredStatement, { relation, columns, fresh }: UnindexedKey): string {
  const keys = columns.map(quoteIdent).join(', ');
  if (fresh) return `-- in this revision, where the table is new:\nCREATE INDEX ON ${relation} (${keys});`;
  const parts = partitionsOf(statement, relation);
  if (parts.length === 0) return inOwnRevision(`CREATE INDEX CONCURRENTLY ON ${relation} (${keys});`);
  return [
    inOwnRevision(
      '-- (it is refused for the partitioned table)',
      ...parts.map((part) => `CREATE INDEX CONCURRENTLY ON ${part} (${keys});`),
    ),
    '-- then, which takes these over and builds nothing:',
    `CREATE INDEX ON ${relation} (${keys});`,
  ].join('\n');
}
