import { inWindow } from '../advice/words.ts';
import { newConstraints } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'exclude-builds-index',
  group: 'constraints',
  place: 40,
  severity: 'error',
  title: 'An EXCLUDE constraint builds and checks its index under ACCESS EXCLUSIVE',
  why: 'There is no NOT VALID and no USING INDEX for it: reads and writes are blocked until it is done.',
  found: 'ALTER TABLE rooms ADD EXCLUDE USING btree (id WITH =);',
  letBe: 'CREATE TABLE other (id integer, EXCLUDE USING btree (id WITH =));',
  on: newConstraints('exclude'),
  judge: ({ relation }) => [
    {
      relation,
      tells: { read: [relation] },
      message: `builds and checks an index while ${relation} is closed`,
      advice: inWindow(`nobody reads or writes ${relation} until the index is built and checked`),
    },
  ],
});
