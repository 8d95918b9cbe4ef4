import type { Firing, Writing } from '../advice-facts.ts';
import { familyOf } from '../facts/family.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { WayPart } from './way.ts';
import { under } from './way.ts';

interface Fired extends Firing {
  readonly relation: string;
}

/**
 * Rows that are filled beside normal work, in the place of a statement that writes the table anew and fires nothing: what an UPDATE would
 * set off must be kept off. `session_replication_role` does that without a lock, for triggers that are neither ALWAYS nor REPLICA.
 */
export function fillQuietly(statement: MeasuredStatement, table: string, update: readonly string[]): WayPart {
  const names = firedByFilling(statement, table).map(({ name, relation }) => `${name} on ${relation}`);
  const heading = 'in batches, each in a transaction of its own, until none is left';
  if (names.length === 0) return under(`${heading}:`, ...update);
  const who = `the statement fires no trigger, and so ${names.join(', ')} must not fire. It takes a superuser,
or from PostgreSQL 15 on a role with GRANT SET ON PARAMETER session_replication_role:`;
  return under(`${heading};\n${who}`, 'SET LOCAL session_replication_role = replica;', ...update);
}

/** What no batch can be kept from: then it would write other rows than are meant, or not all of them. */
export function obstaclesToFill(statement: MeasuredStatement, table: string): readonly string[] {
  return [
    ...writingOn(statement, table).flatMap(({ relation, forced, rules }) => [
      ...rules.map((rule) => `rule ${rule} on ${relation}`),
      ...(forced ? [`forced row security of ${relation}`] : []),
    ]),
    ...firedByFilling(statement, table)
      .filter(({ before }) => before !== 'O')
      .map(
        ({ name, relation, before }) =>
          `trigger ${name} on ${relation}, which is ENABLE ${before === 'A' ? 'ALWAYS' : 'REPLICA'}`,
      ),
  ];
}

/**
 * Triggers that change a row when one of this name (quoted) has seen it: the server sorts names by their bytes. One that is off may be on
 * again while the columns stand beside each other.
 */
export function firedBehind(statement: MeasuredStatement, table: string, name: string): readonly string[] {
  const bytes = (quoted: string) => Buffer.from(shortName(quoted));
  return writingOn(statement, table).flatMap(({ relation, triggers }) =>
    triggers
      .filter(({ row, early, events }) => row && early && /\b(INSERT|UPDATE)\b/.test(events))
      .filter((one) => Buffer.compare(bytes(one.name), bytes(name)) > 0)
      .map((one) => `trigger ${one.name} on ${relation}, which fires after any that would keep it`),
  );
}

/** By an UPDATE that sets columns which were not there before: UPDATE OF names none of them. */
function firedByFilling(statement: MeasuredStatement, table: string): readonly Fired[] {
  return writingOn(statement, table).flatMap(({ relation, triggers }) =>
    triggers
      .filter(({ row, events, columns, before }) => {
        const isMeant = row || relation === table;
        return isMeant && /\bUPDATE\b/.test(events) && columns.length === 0 && before !== 'D';
      })
      .map((trigger) => ({ ...trigger, relation })),
  );
}

function writingOn(statement: MeasuredStatement, table: string): readonly Writing[] {
  const family = familyOf(statement, table);
  return (statement.adviceFacts?.writing ?? []).filter(({ relation }) => family.includes(relation));
}
