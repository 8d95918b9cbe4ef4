import { waitTogether, wordLock } from '../advice/words.ts';
import type { Change } from '../change.ts';
import { blockingLocks } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'policy-locks',
  group: 'locks',
  place: 60,
  severity: 'warning',
  title: 'A policy or an owner is changed under ACCESS EXCLUSIVE',
  why: 'Changes of row security, policies and owners are short, but wait for every query on the table, while all others queue after them.',
  found: 'CREATE POLICY mine ON orders USING (true);',
  letBe: 'GRANT SELECT ON orders TO PUBLIC;',
  on: blockingLocks,
  judge: (lock, { statement }) =>
    statement.changes.some((change) => change.relation === lock.relation && isGuard(change))
      ? [{ relation: lock.relation, message: `takes ${wordLock(lock)}`, advice: waitTogether(statement) }]
      : [],
});

/** Who owns a table, and which rows who may see. */
function isGuard({ kind, type, was, now, cascaded }: Change): boolean {
  return (
    kind === 'owner' ||
    (type === 'policy' && cascaded === undefined) ||
    was?.rowSecurity !== now?.rowSecurity ||
    was?.forced !== now?.forced
  );
}
