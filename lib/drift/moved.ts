import { columnOfDefault, type Node, nodeOfDefault } from '../schema/dependencies.ts';
import { describeName } from '../schema/describe-name.ts';
import type { Publication } from '../schema/extra.ts';
import type { Name } from '../schema/name.ts';
import type { Column } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { isFromAbove } from './heirs.ts';
import { alterInherited } from './remedy/heir.ts';
import { publish, withdraw } from './remedy/other.ts';
import { dropEntry, type Entry, makeEntry, type World } from './subject.ts';

/** What stands in the way of another change: it is dropped before, and made again behind. */
export interface Moved {
  readonly node: Node;
  readonly drop: readonly string[];
  readonly make: readonly string[];
}

export function toMoved(world: World, node: Node): Moved {
  const [there, wanted] = [world.there.get(node), world.wanted.get(node)];
  if (there?.kind === 'publication') return { node, ...movePublication(world, there, wanted) };
  if (isFromAbove(node, world.there)) return { node, drop: [], make: makeInherited(world, wanted) };
  return { node, drop: dropNode(world, node, there), make: makeNode(world, node, wanted) };
}

/** For people; the default of a column is the column's. */
export function wordNode(node: Node, { there }: Pick<World, 'there'>): string | undefined {
  const entry = there.get(columnOfDefault(node));
  if (entry === undefined) return undefined;
  const of = entry.of === undefined ? '' : ` of ${describeName(entry.of.kind, entry.of.name)}`;
  return `${describeName(entry.kind, entry.value.name)}${of}`;
}

function dropNode(world: World, node: Node, entry: Entry | undefined): readonly string[] {
  if (entry !== undefined) return dropEntry(world, entry).statements;
  const [set] = columnOf(world.there, node);
  return set === undefined ? [] : [`${set} DROP DEFAULT;`];
}

function makeNode(world: World, node: Node, entry: Entry | undefined): readonly string[] {
  if (entry !== undefined) return makeEntry(world, entry).statements;
  const [set, column] = columnOf(world.wanted, node);
  return set === undefined || column?.default == null ? [] : [`${set} SET DEFAULT ${column.default};`];
}

function columnOf(entries: ReadonlyMap<Node, Entry>, node: Node): readonly [string?, Column?] {
  const entry = entries.get(columnOfDefault(node));
  if (entry?.of === undefined || entry.kind !== 'column') return [];
  const column = entry.value as Column;
  const table = entry.of.name as Name;
  if (nodeOfDefault(table, column.name) !== node) return [];
  return [`ALTER TABLE ${quoteRelation(table)} ALTER COLUMN ${quoteIdent(column.name)}`, column];
}

/** What it has of its own beside the column of the table above, with which it comes and goes. */
function makeInherited(world: World, entry: Entry | undefined): readonly string[] {
  if (entry?.of?.kind !== 'table') return [];
  const { name } = entry.of;
  const table = world.expected.tables.find((one) => isSame(one.name, name));
  if (table === undefined) return [];
  return alterInherited({ expected: world.expected, sql: quoteRelation(table.name) }, table, entry.value as Column);
}

/** It lets go of tables, and stays itself: whoever reads it goes on. */
function movePublication(world: World, there: Entry, wanted: Entry | undefined): Pick<Moved, 'drop' | 'make'> {
  const [old, now] = [there.value as Publication, wanted?.value as Publication | undefined];
  if (now !== undefined && old.allTables === now.allTables) return { drop: withdraw(old), make: publish(now) };
  return {
    drop: dropEntry(world, there).statements,
    make: wanted === undefined ? [] : makeEntry(world, wanted).statements,
  };
}
