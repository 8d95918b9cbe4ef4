import { checkedAtOnce } from '../advice/checked-at-once.ts';
import { newConstraints, topmost } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'check-validated',
  group: 'constraints',
  place: 70,
  severity: 'error',
  title: 'A CHECK is validated while the table is locked',
  why: 'ADD CHECK reads every row under ACCESS EXCLUSIVE, even if it is added with a new column.',
  found: 'ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total > 0);',
  letBe: 'ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total > 0) NOT VALID;',
  on: topmost(newConstraints('check')),
  judge: (change, { statement }) => checkedAtOnce(statement, change),
});
