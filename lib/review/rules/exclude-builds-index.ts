import { inWindow } from '../advice/words.ts';
import { made } from '../facts/constraints.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'exclude-builds-index',
  group: 'constraints',
  place: 40,
  severity: 'error',
  title: 'An EXCLUDE constraint builds and checks its index under ACCESS EXCLUSIVE',
  why: 'There is no NOT VALID and no USING INDEX for it: neither reads nor writes get through until it is done.',
  bad: 'ALTER TABLE rooms ADD EXCLUDE USING btree (id WITH =);',
  good: 'CREATE TABLE other (id integer, EXCLUDE USING btree (id WITH =));',
  judge: (statement) =>
    made(statement, 'exclude').map(({ relation }) => ({
      relation: relation!,
      tells: { read: [relation!] },
      message: `builds and checks an index while ${relation} is closed`,
      advice: inWindow(`nobody reads or writes ${relation} until the index is built and checked`),
    })),
};
