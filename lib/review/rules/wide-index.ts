import { builds } from '../facts/subjects.ts';
import { buildConcurrently } from '../ways/builds.ts';
import { note, outsideTransaction } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'wide-index',
  group: 'indexes',
  place: 70,
  severity: 'warning',
  title: 'An index is over more than three columns',
  why: 'After the first columns the others seldom narrow a search further, but every write and the cache pay for them.',
  found:
    '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_wide ON orders (kind, customer_id, total, number);',
  letBe:
    '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_narrow ON orders (kind, customer_id) INCLUDE (total, number);',
  on: builds,
  judge: (build) => {
    const { index, table, method, unique, keys } = build;
    if (method !== 'btree' || unique || keys <= mostKeys) return [];
    return [
      {
        relation: table,
        message: `index ${index} is over ${keys} columns`,
        advice: [
          outsideTransaction(
            note('keep those that narrow a search most; put columns that are only read into INCLUDE'),
            buildConcurrently(build),
          ),
        ],
      },
    ];
  },
});

const mostKeys = 3;
