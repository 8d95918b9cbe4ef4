import { checkedAtOnce } from '../advice/checked-at-once.ts';
import { readsOf } from '../facts/family.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { attachWay, checkedKeys, newPartitionsOf } from '../ways/attach.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'foreign-key-validated',
  group: 'constraints',
  place: 50,
  severity: 'error',
  title: 'A foreign key is checked while writes to both tables wait',
  why: 'ADD FOREIGN KEY holds SHARE ROW EXCLUSIVE on both tables while it looks up every row.',
  found: 'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id);',
  letBe:
    'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;',
  on: everyStatement,
  judge: (statement) => [...checkedAtOnce(statement, 'foreign key'), ...checkedToAttach(statement)],
});

function checkedToAttach(statement: MeasuredStatement): readonly Hit[] {
  return newPartitionsOf(statement).flatMap((part): readonly Hit[] => {
    const { relation } = part;
    const made = checkedKeys(statement, part);
    if (made.length === 0) return [];
    const reads = readsOf(statement, relation).join(', ');
    const targets = [...new Set(made.map(({ references = '' }) => references))].join(', ');
    return [
      {
        relation,
        tells: { read: [relation, ...made.flatMap(({ references }) => references ?? [])] },
        message: `reads all of ${reads} for its new foreign keys, and looks each row up in ${targets}`,
        advice: attachWay(statement, part),
      },
    ];
  });
}
