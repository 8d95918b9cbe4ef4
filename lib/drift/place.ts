import { columnOfDefault, kindOfNode, type Node, nodeOf } from '../schema/dependencies.ts';
import type { Kind } from '../schema/kind.ts';
import type { Column, Constraint, Index, Statistics, Table, Trigger } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import { isFromAbove } from './heirs.ts';
import type { Entry, World } from './subject.ts';

/** What becomes of something that depends on what is changed: it is dropped before and made again, what depends on it may be, it stays, or stands in the way. */
export type Place = 'moved' | 'through' | 'ignored' | 'kept';

/** Of what a change of type does by itself, and what it is refused for. */
export function placeOf(node: Node, world: World, isWhole: boolean): Place {
  const entry = world.there.get(node);
  const place = (all: Places) => all[isWhole ? 'whole' : 'type'];
  if (kindOfNode(node) === 'default') return placeOfDefault(node, world, isWhole);
  if (entry === undefined) return place({ type: 'ignored', whole: 'through' });
  if (isOfParent(entry, world)) return 'through';
  // The index of a key is the key's.
  if (entry.kind === 'index' && (entry.value as Index).constraint !== null)
    return place({ type: 'ignored', whole: 'through' });
  // The server builds it anew as it is, which a value of another type may be no part of.
  if (anew.has(entry.kind) && isOther(entry, world.wanted.get(node))) return 'moved';
  return place(places[entry.kind] ?? { type: 'ignored', whole: 'kept' });
}

function placeOfDefault(node: Node, world: World, isWhole: boolean): Place {
  const column = toComputed(node, world);
  if (column === undefined) return isWhole ? 'moved' : 'ignored';
  // What it holds comes with the column of the table above, or stays when it is computed no more.
  return isFromAbove(column, world.there) || isFreed(column, world) ? 'ignored' : 'moved';
}

function isFreed(column: Node, { there, wanted }: World): boolean {
  const [old, now] = [there, wanted].map((entries) => entries.get(column)?.value as Column | undefined);
  return old?.generated?.kind === 'stored' && now !== undefined && now.generated === null;
}

const anew: ReadonlySet<Kind> = new Set(['index', 'constraint', 'statistics']);

function isOther({ value }: Entry, wanted: Entry | undefined): boolean {
  const [there, to] = [value, wanted?.value].map((one) => one as Partial<Index & Statistics> | undefined);
  return to !== undefined && !isSame([there?.definition, there?.expressions], [to.definition, to.expressions]);
}

/** For a change of type, and for what is dropped or made again. */
interface Places {
  readonly type: Place;
  readonly whole: Place;
}

const both = (place: Place): Places => ({ type: place, whole: place });
const rebuilt: Places = { type: 'ignored', whole: 'moved' };

const places: { readonly [K in Kind]?: Places } = {
  ...{ view: both('moved'), 'materialized-view': both('moved'), rule: both('moved'), policy: both('moved') },
  ...{ trigger: both('moved'), function: both('moved'), procedure: both('moved') },
  ...{ constraint: rebuilt, statistics: rebuilt, index: rebuilt },
  ...{ sequence: both('ignored'), publication: both('moved') },
};

/** What a partition or an heir has from above comes and goes with that. */
function isOfParent({ kind, value, of }: Entry, { there }: World): boolean {
  if (kind === 'trigger') return (value as Trigger).inherited;
  if (kind !== 'index' && kind !== 'constraint') return false;
  const { parent, name } = value as Index | Constraint;
  if (parent !== null || kind === 'index') return parent !== null;
  if ((value as Constraint).inheritance === 'inherited') return true;
  const above = of && (there.get(nodeOf('table', of.name))?.value as Table | undefined)?.partition?.of;
  return above != null && there.has(nodeOf('constraint', name, { kind: 'table', name: above }));
}

/** Of what a generated column is computed from: the column. */
export function toComputed(node: Node, { there }: World): Node | undefined {
  if (kindOfNode(node) !== 'default') return undefined;
  const column = columnOfDefault(node);
  const value = there.get(column)?.value as Column | undefined;
  return value?.generated == null ? undefined : column;
}

/** A column of a table, and its default, which is taken off and set again. */
export function isConverted(node: Node, world: World): boolean {
  if (kindOfNode(node) === 'default') return toComputed(node, world) === undefined;
  const entry = world.there.get(node);
  return entry?.kind === 'column' && entry.of?.kind === 'table' && (entry.value as Column).generated === null;
}

/** What uses a type by itself is in the way, in whatever way it uses a column of it. */
export function columnsLast(nodes: ReadonlySet<Node> = new Set()): readonly Node[] {
  const isColumn = (node: Node) => kindOfNode(node) === 'column';
  return [...[...nodes].filter((node) => !isColumn(node)), ...[...nodes].filter(isColumn)];
}
