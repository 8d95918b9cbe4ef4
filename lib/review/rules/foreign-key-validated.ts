import { checkedAtOnce } from '../advice/checked-at-once.ts';
import type { NewPartition } from '../advice-facts.ts';
import { readsOf } from '../facts/family.ts';
import { listRelations } from '../facts/relations.ts';
import { either, newConstraints, newPartitions, topmost } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { attachWay, checkedKeys } from '../ways/attach.ts';
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
  on: either(topmost(newConstraints('foreign key')), newPartitions),
  judge: (subject, { statement }) =>
    'constraint' in subject ? checkedAtOnce(statement, subject) : checkedToAttach(statement, subject),
});

function checkedToAttach(statement: MeasuredStatement, part: NewPartition): readonly Hit[] {
  const { relation } = part;
  const keys = checkedKeys(statement, part);
  if (keys.length === 0) return [];
  const reads = listRelations(statement, readsOf(statement, relation));
  const targets = [...new Set(keys.flatMap(({ references }) => references ?? []))];
  return [
    {
      relation,
      tells: { read: [relation, ...targets] },
      message: `reads all of ${reads} for its new foreign keys, and looks each row up in ${targets.join(', ')}`,
      advice: attachWay(statement, part),
    },
  ];
}
