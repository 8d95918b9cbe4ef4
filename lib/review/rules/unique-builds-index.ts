import { builtBehind, builtToAttach } from '../advice/key-builds.ts';
import { either, newConstraints, newPartitions } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'unique-builds-index',
  group: 'constraints',
  place: 10,
  severity: 'error',
  title: 'A UNIQUE constraint builds its index under ACCESS EXCLUSIVE',
  why: 'Reads and writes are blocked while the index of the constraint is built.',
  found: 'ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE (number);',
  letBe: 'ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE USING INDEX orders_code;',
  on: either(newConstraints('unique'), newPartitions),
  judge: (subject, { statement }) =>
    'constraint' in subject ? builtBehind(statement, subject) : builtToAttach(statement, subject, 'unique'),
});
