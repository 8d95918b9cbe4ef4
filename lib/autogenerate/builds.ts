import { reverse } from '../drift/order.ts';
import { type Dependencies, type Node, nodeOf, nodeOfDefault } from '../schema/dependencies.ts';
import { keyOf, type Name } from '../schema/name.ts';
import type { Column, Constraint, Index, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Landing } from './landing.ts';

/** What decides which indexes can be built and dropped behind all else. */
export interface Builds {
  /** Of what is wanted and of what is there: what uses it. */
  readonly users: { readonly wanted: Dependencies; readonly there: Dependencies };
  readonly there: Landing;
  /** Names of relations that are to be there. */
  readonly names: ReadonlySet<string>;
}

export function toBuilds(there: Landing, { schema, dependencies }: Landing): Builds {
  const indexes = schema.tables.flatMap(({ name, indexes: own }) => own.map((one) => ({ ...name, name: one.name })));
  const relations = [...schema.tables, ...schema.views, ...schema.materializedViews, ...schema.sequences];
  return {
    users: { wanted: reverse(dependencies), there: reverse(there.dependencies) },
    there,
    names: new Set([...relations.map(({ name }) => keyOf(name)), ...indexes.map(keyOf)]),
  };
}

/** The table without the indexes and keys that are built later, and with those that are dropped later. */
export function unindex(table: Table, old: Table, builds: Builds): Table {
  if (table.partitionKey !== null || table.persistence === 'temporary') return table;
  const keys = new Set(table.constraints.filter((one) => isLaterKey(one, table, old, builds)).map(({ name }) => name));
  const before = new Map(old.indexes.map((index) => [index.name, index]));
  const stays = (index: Index) => isPlain(index) && isUntouched(index, table, old, builds);
  const indexes = table.indexes.flatMap((index): readonly Index[] => {
    if (index.constraint !== null) return keys.has(index.constraint) ? [] : [index];
    const known = before.get(index.name);
    if (known === undefined) return isLaterIndex(index, table, builds) ? [] : [index];
    if (!known.valid) return [{ ...index, valid: false }];
    const isOther = isPlain(index) && known.definition !== index.definition && stays(known);
    return [isOther && !isUsed(known, old, builds) ? known : index];
  });
  const kept = new Set(table.indexes.map(({ name }) => name));
  const gone = old.indexes.filter(
    (index) =>
      !kept.has(index.name) &&
      !builds.names.has(keyOf({ ...table.name, name: index.name })) &&
      !isUsed(index, old, builds) &&
      stays(index),
  );
  return {
    ...table,
    constraints: table.constraints.filter(({ name }) => !keys.has(name)),
    indexes: [...indexes, ...gone].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function isPlain({ constraint, parent, clustered }: Index): boolean {
  return constraint === null && parent === null && !clustered;
}

function isLaterIndex(index: Index, table: Table, { users }: Builds): boolean {
  return (
    isPlain(index) &&
    index.valid &&
    table.replicaIdentity !== `index ${index.name}` &&
    !users.wanted.has(nodeOfIndex(table.name, index.name))
  );
}

/** Its index is built first, and it takes that over. */
function isLaterKey(one: Constraint, table: Table, old: Table, { users }: Builds): boolean {
  const { name, type, inheritance, parent, columns } = one;
  if ((type !== 'unique' && type !== 'primary key') || inheritance !== 'local' || parent !== null) return false;
  const index = table.indexes.find(({ constraint }) => constraint === name);
  if (index === undefined || index.clustered || table.replicaIdentity === `index ${index.name}`) return false;
  const isTaken = [...old.constraints, ...old.indexes].some((other) => other.name === name);
  const nodes = [nodeOfIndex(table.name, index.name), nodeOf('constraint', name, { kind: 'table', name: table.name })];
  // A key and its index use each other.
  const isUsed = nodes.some((node) => [...(users.wanted.get(node) ?? [])].some((other) => !nodes.includes(other)));
  if (isTaken || isUsed) return false;
  // A primary key reads the whole table for a column that may be NULL.
  return type === 'unique' || columns.every((column) => !mayBeNull(column, table, old));
}

function mayBeNull(column: string, table: Table, old: Table): boolean {
  const [before, now] = [old, table].map(({ columns }) => columns.find(({ name }) => name === column));
  return now?.notNull == null || (before !== undefined && before.notNull === null);
}

/** What it is on is as it was: nothing of it is set aside for a change. */
function isUntouched({ name }: Index, table: Table, old: Table, { there }: Builds): boolean {
  const nodes = there.dependencies.get(nodeOfIndex(old.name, name)) ?? new Set();
  const own = new Set(
    [...old.columns].flatMap((column) => (isKept(column, table) ? nodesOf(old.name, column.name) : [])),
  );
  const whole = nodeOf('table', old.name);
  return nodes.size > 0 && [...nodes].every((node) => node === whole || own.has(node));
}

function nodesOf(table: Name, column: string): readonly Node[] {
  return [nodeOf('column', column, { kind: 'table', name: table }), nodeOfDefault(table, column)];
}

function isKept(column: Column, { columns }: Table): boolean {
  const now = columns.find(({ name }) => name === column.name);
  const form = ({ type, collation, generated }: Column) => [type, collation, generated];
  return now !== undefined && isSame(form(column), form(now));
}

/** A foreign key, say, or the identity of rows in replication. */
function isUsed({ name }: Index, old: Table, { users }: Builds): boolean {
  return old.replicaIdentity === `index ${name}` || users.there.has(nodeOfIndex(old.name, name));
}

function nodeOfIndex(table: Name, index: string): Node {
  return nodeOf('index', index, { kind: 'table', name: table });
}
