import { blockOn } from '../facts/locks.ts';
import { changes } from '../facts/subjects.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'validate-in-same-transaction',
  group: 'constraints',
  place: 80,
  severity: 'error',
  title: 'VALIDATE runs under the lock of an earlier statement',
  why: 'VALIDATE itself allows reads and writes, but the lock of ADD CONSTRAINT is held until the end of the same transaction, and so during the whole scan.',
  found:
    'ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total > 0) NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT orders_total;',
  letBe: 'ALTER TABLE orders VALIDATE CONSTRAINT orders_open;',
  on: changes('validated', 'constraint'),
  judge: ({ relation }, { statement }) => {
    const lock = blockOn(statement, relation);
    if (relation === undefined || lock === undefined || lock.since === statement.number) return [];
    return [
      {
        relation,
        tells: { read: [relation] },
        message: `reads ${relation} while ${lock.mode} is held on it since statement ${lock.since}`,
        advice: [under('in a revision of its own:', `${statement.text};`)],
      },
    ];
  },
});
