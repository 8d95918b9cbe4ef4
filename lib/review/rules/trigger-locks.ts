import { waitTogether, wordLock } from '../advice/words.ts';
import type { Change } from '../change.ts';
import { blockingLocks } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'trigger-locks',
  group: 'locks',
  place: 50,
  severity: 'warning',
  title: 'A trigger or a rule is created or dropped while writes wait',
  why: 'CREATE TRIGGER takes SHARE ROW EXCLUSIVE, DROP TRIGGER takes ACCESS EXCLUSIVE: short, but others queue after them.',
  found: 'CREATE TRIGGER orders_stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();',
  letBe: 'CREATE FUNCTION other() RETURNS integer LANGUAGE sql AS $$SELECT 1$$;',
  on: blockingLocks,
  judge: (lock, { statement }) =>
    statement.changes.some((change) => change.relation === lock.relation && isOfTrigger(change))
      ? [{ relation: lock.relation, message: `takes ${wordLock(lock)}`, advice: waitTogether(statement) }]
      : [],
});

function isOfTrigger({ kind, type, cascaded }: Change): boolean {
  return (type === 'trigger' || type === 'rule' || kind === 'trigger') && !cascaded;
}
