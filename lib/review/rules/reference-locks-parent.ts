import { waitShortly, wordLock } from '../advice/words.ts';
import { changesOf } from '../facts/changes.ts';
import { made } from '../facts/constraints.ts';
import { readsOf } from '../facts/family.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'reference-locks-parent',
  group: 'constraints',
  place: 60,
  severity: 'warning',
  title: 'A new reference keeps writes out of the table it points to',
  why: 'The trigger that a foreign key puts on the referenced table takes SHARE ROW EXCLUSIVE there: short, but writers queue behind it.',
  found: 'CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer REFERENCES customers (id));',
  letBe: 'CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer);',
  on: everyStatement,
  judge: (statement) => {
    const targets = statement.adviceFacts?.references ?? [];
    // What is said of the key itself tells of both tables.
    const isTold = made(statement, 'foreign key').some(
      ({ relation }) => readsOf(statement, relation!).length > 0 || !isColumnMade(statement),
    );
    return statement.locks
      .filter(
        ({ mode, relation, since }) =>
          mode === 'SHARE ROW EXCLUSIVE' && since === statement.number && targets.includes(relation) && !isTold,
      )
      .map((lock) => ({ relation: lock.relation, message: `takes ${wordLock(lock)}`, advice: waitShortly }));
  },
});

function isColumnMade(statement: MeasuredStatement): boolean {
  return changesOf(statement, 'created', 'column').length > 0;
}
