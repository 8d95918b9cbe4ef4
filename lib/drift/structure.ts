import type { Dependencies, Node } from '../schema/dependencies.ts';
import { diff } from '../schema/diff.ts';
import type { Schema } from '../schema/schema.ts';
import { toSubject } from '../schema/word.ts';
import { lex } from '../sql/lexer.ts';
import { toComparable } from './comparable.ts';
import { initialSchema } from './initial.ts';
import { planRemedies } from './plan.ts';
import { type Entries, listEntries } from './subject.ts';
import { findUnsaid, type Unwritten } from './unsaid.ts';

/** A schema as SQL that makes it in an empty database. */
export interface Structure {
  readonly major: number;
  /** Whether there are routines, whose bodies may name what is made behind them. */
  readonly hasBodies: boolean;
  /** One after the other, those of each object together. */
  readonly objects: readonly (readonly string[])[];
  /** What no SQL makes, and why. */
  readonly unwritten: readonly Unwritten[];
}

export interface StructureInput {
  readonly schema: Schema;
  readonly dependencies: Dependencies;
  /** Roles whose things belong to whoever runs the SQL. */
  readonly owners: ReadonlySet<string>;
  /** What already exists; by default what every database has. */
  readonly from?: Schema | undefined;
}

/**
 * The statements in an order that PostgreSQL takes. Of the same schema they are the same on every machine: what belongs to one of the
 * owners belongs to whoever runs them, whatever that role is called.
 */
export function planStructure({ schema, dependencies: found, owners, from }: StructureInput): Structure {
  const { major } = schema;
  const comparable = (one: Schema) =>
    grantToRunner(toComparable(one, { roles: owners, as: runner, all: owners }), owners);
  const expected = comparable(schema);
  const live = from === undefined ? initialSchema(major) : comparable(from);
  const entries = listEntries(expected);
  const dependencies = { expected: inOrder(found, entries), live: new Map() };
  const remedies = planRemedies(diff(expected, live), { expected, live, dependencies });
  return {
    major,
    hasBodies: schema.functions.length + schema.procedures.length > 0,
    objects: remedies
      .map(({ statements }) => statements.filter(saysSomething).map(nameRunner))
      .filter((statements) => statements.length > 0),
    unwritten: [
      ...remedies.flatMap(({ change, why }) => (why === undefined ? [] : [{ subject: toSubject(change), why }])),
      ...findUnsaid(expected),
    ],
  };
}

/** Everyone who owns something there. */
export function ownersIn(schema: Schema): ReadonlySet<string> {
  const values = Object.values(schema).flatMap((list): readonly object[] => (Array.isArray(list) ? list : []));
  return new Set(values.flatMap((value) => ('owner' in value && typeof value.owner === 'string' ? [value.owner] : [])));
}

/** No role can be called so. */
const runner = '';

/** What one of the owners may do with others' things, whoever runs it may. */
function grantToRunner(schema: Schema, owners: ReadonlySet<string>): Schema {
  const nameOf = <R extends string | null>(role: R) => (role !== null && owners.has(role) ? runner : role);
  // An option of foreign data may be called so, too.
  function rename(this: object, key: string, value: unknown): unknown {
    if (key === 'grantee' && 'privilege' in this) return nameOf(value as string | null);
    return key === 'roles' && Array.isArray(value) ? [...new Set(value.map(nameOf))].sort() : value;
  }
  return JSON.parse(JSON.stringify(schema, rename)) as Schema;
}

/** What is made belongs to whoever makes it. */
function saysSomething(statement: string): boolean {
  return !statement.endsWith(' OWNER TO "";');
}

function nameRunner(statement: string): string {
  if (!statement.includes('""')) return statement;
  let named = '';
  let at = 0;
  for (const { kind, start, end } of lex(statement)) {
    if (kind !== 'name' || statement.slice(start, end) !== '""') continue;
    named += `${statement.slice(at, start)}CURRENT_USER`;
    at = end;
  }
  return named + statement.slice(at);
}

/**
 * Without what the server names by numbers, or by names that are no part of a snapshot: triggers of foreign keys, NOT NULL, tables for TOAST.
 * Its own order is by such numbers, too.
 */
function inOrder(dependencies: Dependencies, entries: Entries): Dependencies {
  const isNamed = (node: Node) => {
    const [kind = '', schema = ''] = JSON.parse(node) as readonly string[];
    return schema !== 'pg_toast' && (entries.has(node) || !['trigger', 'constraint', 'column'].includes(kind));
  };
  const sorted = [...dependencies].filter(([node]) => isNamed(node)).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([node, others]) => [node, new Set([...others].filter(isNamed).sort())]));
}
