import { madeAgain } from '../facts/step.ts';
import { changes, known, withoutCascaded } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'statistics-dropped',
  group: 'compatibility',
  place: 40,
  severity: 'warning',
  title: 'Extended statistics are dropped',
  why: 'Plans that were good because of them may become bad from the commit on: not with an error, but with slow queries.',
  found: 'DROP STATISTICS named_both;',
  letBe: 'DROP STATISTICS named_both;\nCREATE STATISTICS named_both ON id, name FROM named;',
  on: known(withoutCascaded(changes('dropped', 'statistics'))),
  judge: ({ relation, object }, { statement, step }) =>
    madeAgain(statement, step).has(object)
      ? []
      : [
          {
            relation,
            message: `drops ${object}`,
            advice:
              '-- look first which plans change without them, on a copy: EXPLAIN after DROP STATISTICS in a transaction that is rolled back',
          },
        ],
});
