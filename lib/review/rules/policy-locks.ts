import { closing } from '../advice/short-locks.ts';
import type { Change } from '../change.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'policy-locks',
  group: 'locks',
  place: 60,
  severity: 'warning',
  title: 'A policy or an owner is changed under ACCESS EXCLUSIVE',
  why: 'Row security, policies and owners are short changes that wait for every query on the table, while all others wait behind them.',
  found: 'CREATE POLICY mine ON orders USING (true);',
  letBe: 'GRANT SELECT ON orders TO PUBLIC;',
  on: everyStatement,
  judge: (statement) => {
    const guarded = new Set(statement.changes.filter(isGuard).map(({ relation }) => relation));
    return closing(statement).filter(({ relation }) => guarded.has(relation));
  },
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
