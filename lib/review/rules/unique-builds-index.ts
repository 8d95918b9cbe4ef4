import { builtBehind, builtToAttach } from '../advice/key-builds.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'unique-builds-index',
  group: 'constraints',
  place: 10,
  severity: 'error',
  title: 'A UNIQUE constraint builds its index under ACCESS EXCLUSIVE',
  why: 'Neither reads nor writes get through while the index behind the constraint is built.',
  bad: 'ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE (number);',
  good: 'ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE USING INDEX orders_code;',
  judge: (statement) => [...builtBehind(statement, 'unique'), ...builtToAttach(statement, 'unique')],
};
