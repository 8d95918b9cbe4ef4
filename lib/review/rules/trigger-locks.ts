import { closing } from '../advice/short-locks.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'trigger-locks',
  group: 'locks',
  place: 50,
  severity: 'warning',
  title: 'A trigger or a rule is made or dropped while writes wait',
  why: 'CREATE TRIGGER takes SHARE ROW EXCLUSIVE, DROP TRIGGER takes ACCESS EXCLUSIVE: short, but others queue behind them.',
  found: 'CREATE TRIGGER orders_stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();',
  letBe: 'CREATE FUNCTION other() RETURNS integer LANGUAGE sql AS $$SELECT 1$$;',
  on: everyStatement,
  judge: (statement) => shortLocks(statement, ['trigger', 'rule']),
});

function shortLocks(statement: MeasuredStatement, types: readonly string[]): readonly Hit[] {
  const tables = new Set(
    statement.changes
      .filter(({ kind, type, cascaded }) => (types.includes(type) || kind === 'trigger') && !cascaded)
      .map(({ relation }) => relation),
  );
  return closing(statement).filter(({ relation }) => tables.has(relation));
}
