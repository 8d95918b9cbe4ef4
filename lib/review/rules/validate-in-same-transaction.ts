import { changesOf } from '../facts/changes.ts';
import { blockOn } from '../facts/locks.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'validate-in-same-transaction',
  group: 'constraints',
  place: 80,
  severity: 'error',
  title: 'VALIDATE runs under the lock of what stands before it',
  why: 'VALIDATE itself lets reads and writes through, but the lock of ADD CONSTRAINT is held to the end of the same transaction, and so during the whole scan.',
  found:
    'ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total > 0) NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT orders_total;',
  letBe: 'ALTER TABLE orders VALIDATE CONSTRAINT orders_open;',
  on: everyStatement,
  judge: (statement) =>
    changesOf(statement, 'validated', 'constraint').flatMap(({ relation }): readonly Hit[] => {
      const lock = blockOn(statement, relation);
      if (lock === undefined || lock.since === statement.number) return [];
      const message = `reads ${relation} while ${lock.mode} is held on it since statement ${lock.since}`;
      const tells = { read: [lock.relation] };
      return [{ relation: lock.relation, tells, message, advice: `-- in a revision of its own:\n${statement.text};` }];
    }),
});
