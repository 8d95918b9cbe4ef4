import { waitTogether, wordLock } from '../advice/words.ts';
import { changes, together } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drop-locks-referenced',
  group: 'locks',
  place: 70,
  severity: 'warning',
  title: 'A drop locks a table that it does not name',
  why: 'A foreign key has a trigger on the referenced table: dropping the key, or the table that has it, takes ACCESS EXCLUSIVE on both.',
  found: 'ALTER TABLE lines DROP CONSTRAINT lines_other_fkey;',
  letBe: 'ALTER TABLE orders DROP CONSTRAINT orders_open;',
  on: together(changes('dropped', 'constraint')),
  judge: (dropped, { statement }) => {
    const keys = dropped.filter(({ constraint }) => constraint.kind === 'foreign key');
    const targets = new Set(keys.flatMap(({ constraint }) => constraint.references ?? []));
    return statement.locks
      .filter(
        ({ relation, mode, since }) =>
          targets.has(relation) && mode === 'ACCESS EXCLUSIVE' && since === statement.number,
      )
      .filter(({ relation }) => !keys.every((key) => key.relation === relation))
      .map((lock) => ({
        relation: lock.relation,
        message: `takes ${wordLock(lock)}`,
        advice: waitTogether(statement),
      }));
  },
});
