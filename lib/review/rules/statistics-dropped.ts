import { named } from '../advice/named.ts';
import { known } from '../facts/changes.ts';
import { madeAgain } from '../facts/step.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'statistics-dropped',
  group: 'compatibility',
  place: 40,
  severity: 'warning',
  title: 'Extended statistics are dropped',
  why: 'Plans that were right by them may go wrong from the commit on: no error tells of it, but slow queries do.',
  found: 'DROP STATISTICS named_both;',
  letBe: 'DROP STATISTICS named_both;\nCREATE STATISTICS named_both ON id, name FROM named;',
  on: everyStatement,
  judge: (statement, { step }) => {
    const again = madeAgain(statement, step);
    const old = known(statement).changes.filter(({ object }) => !again.has(object));
    return named(
      { ...statement, changes: old },
      'dropped',
      'statistics',
      ({ object }) => `drops ${object}`,
      '-- look first which plans change without them, on a copy: EXPLAIN behind DROP STATISTICS in a transaction that is rolled back',
    );
  },
});
