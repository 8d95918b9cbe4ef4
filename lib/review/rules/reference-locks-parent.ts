import { waitShortly, wordLock } from '../advice/words.ts';
import { changesOf } from '../facts/changes.ts';
import { constraintsAdded } from '../facts/constraints.ts';
import { readsOf } from '../facts/family.ts';
import { blockingLocks } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'reference-locks-parent',
  group: 'constraints',
  place: 60,
  severity: 'warning',
  title: 'A new foreign key blocks writes to the referenced table',
  why: 'The trigger that a foreign key creates on the referenced table takes SHARE ROW EXCLUSIVE there: short, but writers queue after it.',
  found: 'CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer REFERENCES customers (id));',
  letBe: 'CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer);',
  on: blockingLocks,
  judge: (lock, { statement }) => {
    const { relation, mode } = lock;
    const isNew = statement.adviceFacts?.references.includes(relation) === true;
    if (mode !== 'SHARE ROW EXCLUSIVE' || !isNew || isTold(statement)) return [];
    return [{ relation, message: `takes ${wordLock(lock)}`, advice: waitShortly }];
  },
});

/** What is said of the key itself tells of both tables. */
function isTold(statement: MeasuredStatement): boolean {
  const isColumnMade = changesOf(statement, 'created', 'column').length > 0;
  return constraintsAdded(statement, 'foreign key').some(
    ({ relation }) => readsOf(statement, relation).length > 0 || !isColumnMade,
  );
}
