import { quoteIdent } from '../../sql/quote.ts';
import { partitionsOf } from '../facts/family.ts';
import { unindexedKeys } from '../facts/subjects.ts';
import type { MeasuredStatement, UnindexedKey } from '../measured.ts';
import { createIndex, createIndexConcurrently } from '../ways/actions.ts';
import type { Way } from '../ways/way.ts';
import { note, outsideTransaction, under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'foreign-key-without-index',
  group: 'constraints',
  place: 100,
  severity: 'warning',
  title: 'The columns of a foreign key have no index',
  why: 'Each DELETE and each change of a key in the referenced table reads the whole referencing table.',
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

function indexKey(statement: MeasuredStatement, { relation, columns, fresh }: UnindexedKey): Way {
  const keys = columns.map(quoteIdent).join(', ');
  if (fresh) return [under('in this revision, where the table is new:', createIndex(relation, keys))];
  const parts = partitionsOf(statement, relation);
  if (parts.length === 0) return [outsideTransaction(createIndexConcurrently(relation, keys))];
  return [
    outsideTransaction(
      note('it is refused for the partitioned table'),
      ...parts.map((part) => createIndexConcurrently(part, keys)),
    ),
    under('then, which takes these over and builds nothing:', createIndex(relation, keys)),
  ];
}
