import type { Change } from '../schema/change.ts';
import { type Dependencies, type Node, nodeOf } from '../schema/dependencies.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import { kindOf, toSubject } from '../schema/word.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { listSome } from '../words.ts';
import { placeAdditions } from './additions.ts';
import { type Aside, setAside } from './aside.ts';
import { type Circles, findCircles, findCuts } from './circles.ts';
import { listCuts, listLate, withoutLate } from './late.ts';
import type { LatePart } from './late-parts.ts';
import { wordNode } from './moved.ts';
import { orderSteps, type Side, type Step } from './order.ts';
import { foreignKeys } from './remedy/table.ts';
import { cannot, followsName, run, type Written } from './remedy/written.ts';
import { findRenames, followedBy, isNothingElse, type Rename } from './renames.ts';
import { dropEntry, listEntries, makeEntry, type World, writeChange } from './subject.ts';
import { leaveUntouched } from './untouched.ts';

/** What takes a difference away. The remedies of a plan are to be run in its order. */
export interface Remedy {
  readonly change: Change;
  readonly statements: readonly string[];
  /** Those that are about it alone: not what is in the way, and is dropped before and made again behind. */
  readonly own: readonly string[];
  /** What is in the way, and is dropped before and made again behind: `view app.v`. */
  readonly aside: readonly string[];
  /** What was in the way of it, or of one before it, and is made again here. */
  readonly again: readonly string[];
  /** Why there is no SQL. */
  readonly why: string | undefined;
  /** Whether that SQL takes away what is in there, too. */
  readonly destroys: boolean;
  /** What it is called there, as far as can be seen, where that SQL gives it its name back: `table app.orders2`. */
  readonly renames?: string | undefined;
}

export interface Comparison {
  readonly expected: Schema;
  readonly live: Schema;
  /** Differences that are not told, and not to be touched. */
  readonly ignored?: readonly Change[] | undefined;
  /** Whether renames were told, and done: then a label that is not there any more was no other one. */
  readonly isToldRenames?: boolean | undefined;
  readonly dependencies: { readonly expected: Dependencies; readonly live: Dependencies };
}

interface Item extends Step {
  readonly change: Change;
  readonly written: Written;
  /** What is there under another name is neither made nor dropped. */
  readonly rename?: Rename | undefined;
}

/** SQL that makes the database what is expected again, difference by difference, in an order in which it can be run. */
export function planRemedies(changes: readonly Change[], comparison: Comparison): readonly Remedy[] {
  const arranged = arrange(changes, comparison);
  const { settled, wanted, there } = arranged;
  const ordered = orderSteps(settled, wanted, there);
  const steps = [
    ...ordered.filter(({ written }) => !written.isLate),
    ...ordered.filter(({ written }) => written.isLate),
  ];
  return emit(steps, arranged);
}

/** What is dropped and made again for these changes, and is not changed itself. */
export function findSetAside(changes: readonly Change[], comparison: Comparison): ReadonlySet<Node> {
  return arrange(changes, comparison).moved;
}

interface Arranged {
  readonly settled: readonly Item[];
  readonly aside: Aside;
  readonly moved: ReadonlySet<Node>;
  readonly world: World;
  readonly wanted: Side;
  readonly there: Side;
  readonly late: ReadonlySet<Node>;
  /** Parts that are dropped in front of all objects that are. */
  readonly cuts: ReadonlySet<Node>;
}

function arrange(
  changes: readonly Change[],
  { expected: made, live, isToldRenames, ignored = [], dependencies }: Comparison,
): Arranged {
  const expected = leaveUntouched(made, ignored);
  const world: World = { expected, live, isToldRenames, wanted: listEntries(expected), there: listEntries(live) };
  const wanted: Side = { entries: world.wanted, dependencies: dependencies.expected };
  const there: Side = { entries: world.there, dependencies: dependencies.live };
  const renames = isToldRenames === true ? [] : findRenames(changes, world);
  const found = changes
    .flatMap((change) => settleRename(toItem(world, change), renames))
    .sort((a, b) => rankOf(a) - rankOf(b));
  const circles = findCircles(new Set(found.filter(isMade).map(({ node }) => node)), wanted);
  const items = found.map((item) => cutCircle(item, circles, world));
  const placed = setAside(items, { world, wanted, there, ignored: nodesOf(ignored) });
  const cut = findCuts(new Set(placed.settled.filter(isDropped).map(({ node }) => node)), there);
  return { ...placed, world, wanted: circles.wanted, late: circles.late, ...cut };
}

function isMade(item: Item): boolean {
  return item.action === 'make' && isWhole(item);
}

function isDropped(item: Item): boolean {
  return item.action === 'drop' && isWhole(item);
}

/** An object that is made, or dropped, by a statement of its own. */
function isWhole({ change, written, rename }: Item): boolean {
  return !('of' in change) && written.why === undefined && rename === undefined;
}

/** What needs each other is made without what can be written later, or not at all. */
function cutCircle(item: Item, { late, stuck }: Circles, world: World): Item {
  if (late.size + stuck.size === 0 || !isMade(item)) return item;
  const others = stuck.get(item.node)?.map((node) => wordNode(node, { there: world.wanted }) ?? 'something');
  if (others !== undefined) return { ...item, written: cannot(wordCircle(others)) };
  const { change } = item;
  const reduced = withoutLate(change, late);
  return reduced === change ? item : { ...item, written: writeChange(world, reduced) };
}

function wordCircle(others: readonly string[]): string {
  return `It and ${listSome(others, 3)} need each other: no order of statements makes them.`;
}

/** What is ignored as a whole, or in what it is made of: not so who owns it. */
function nodesOf(ignored: readonly Change[]): ReadonlySet<Node> {
  const made = ignored.filter(({ kind }) => /-(added|dropped|definition|body)$/.test(kind));
  return new Set(made.map((change) => nodeOf(kindOf(change), change.name, 'of' in change ? change.of : undefined)));
}

function toItem(world: World, change: Change): Item {
  const of = 'of' in change ? change.of : undefined;
  const action = change.kind.endsWith('-added') ? 'drop' : change.kind.endsWith('-dropped') ? 'make' : 'alter';
  return { change, node: nodeOf(kindOf(change), change.name, of), action, written: writeChange(world, change) };
}

/** Where something has its name back, what was written with the new one is as it was. */
function settleRename(item: Item, renames: readonly Rename[]): readonly Item[] {
  const { change } = item;
  const own = renames.find(({ to }) => to === change);
  if (own !== undefined) return [{ ...item, written: run(...own.statements), rename: own }];
  const other = renames.find(({ from }) => from === change);
  const rename = other ?? followedBy(change, renames);
  if (rename === undefined) return [item];
  if (other === undefined && isNothingElse(change, rename)) return [];
  const behind = nodeOf(kindOf(rename.to), rename.to.name, 'of' in rename.to ? rename.to.of : undefined);
  return [{ ...item, action: 'alter', written: followsName(toSubject(rename.to)), rename, behind }];
}

/** A column is an identity column as long as it can't be NULL, and has no default then. One that is computed no more is in no other's way. */
function rankOf({ change }: Item): number {
  if (change.kind === 'column-generated') return change.before === null ? 0 : 1;
  if (change.kind === 'column-identity') return change.before === null ? 0 : 3;
  return change.kind === 'column-default' ? 2 : 1;
}

function emit(steps: readonly Item[], { aside, world, wanted, late, cuts }: Arranged): readonly Remedy[] {
  const keys = placeForeignKeys(steps);
  const tables = steps.flatMap(({ change, node, ...rest }) =>
    change.kind === 'table-dropped' && isMade({ change, node, ...rest }) ? [[node, change.value] as const] : [],
  );
  const lateParts = steps
    .filter(isMade)
    .flatMap(({ change, node }) => listLate(change, late, world.expected).map((part) => ({ ...part, of: node })));
  const additions = placeAdditions(steps, new Map(tables), lateParts, wanted);
  const cut = cutForeignKeys(steps);
  const firstDrop = steps.findIndex(isDropped);
  const cutFirst = steps.filter(isDropped).flatMap(({ change }) => listCuts(change, cuts, world.live));
  return steps.map((step, index) => {
    const { change, written, node, rename } = step;
    const own = written.again ? remake(world, node) : written.statements;
    const moved = aside.before(step);
    const back = aside.after(step, steps);
    const statements = [
      ...(index === firstDrop ? writeCuts(cutFirst) : []),
      ...(cut.get(index) ?? []),
      ...moved.flatMap((one) => one.drop),
      ...own,
      ...(keys.get(index) ?? []),
      ...(additions.get(index) ?? []),
      ...back.flatMap((one) => one.make),
    ];
    return {
      ...{ change, statements, own, why: written.why },
      aside: moved.flatMap((one) => (one.drop.length === 0 ? [] : (wordNode(one.node, world) ?? []))),
      again: back.flatMap((one) => (one.make.length === 0 ? [] : (wordNode(one.node, world) ?? []))),
      destroys: rename === undefined && destructive.has(change.kind) && !isKept(change),
      renames: rename?.to === change ? toSubject(rename.from) : undefined,
    };
  });
}

/** What others have from a part goes with that. */
function writeCuts(parts: readonly LatePart[]): readonly string[] {
  const written = new Set<Node>();
  const write = (part: LatePart): readonly string[] => {
    if (written.has(part.node)) return [];
    written.add(part.node);
    const above = parts.filter(({ node }) => part.behind?.includes(node));
    return [...above.flatMap(write), ...part.cut];
  };
  return parts.flatMap(write);
}

function remake(world: World, node: Node): readonly string[] {
  const [there, wanted] = [world.there.get(node), world.wanted.get(node)];
  return [
    ...(there === undefined ? [] : dropEntry(world, there).statements),
    ...(wanted === undefined ? [] : makeEntry(world, wanted).statements),
  ];
}

/** Of each table that is made its foreign keys, at the place of the one by which both tables are there. */
function placeForeignKeys(steps: readonly Item[]): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, readonly string[]>();
  for (const [index, step] of steps.entries()) {
    const { change } = step;
    if (change.kind !== 'table-dropped' || !isMade(step)) continue;
    for (const { to, sql } of foreignKeys(change.value)) {
      const other = steps.findIndex((step) => step.change.kind === 'table-dropped' && isSame(step.change.name, to));
      const place = Math.max(index, other);
      found.set(place, [...(found.get(place) ?? []), ...sql]);
    }
  }
  return found;
}

/** Of tables that refer to each other, the foreign keys of the later one that are in the way of the first. */
function cutForeignKeys(steps: readonly Item[]): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, readonly string[]>();
  const tables = steps.flatMap(({ change, rename }, index) =>
    change.kind === 'table-added' && rename === undefined ? [{ table: change.value, index }] : [],
  );
  for (const { table, index } of tables)
    for (const { references, name, parent } of table.constraints) {
      const other = tables.find((one) => references !== null && isSame(one.table.name, references.table));
      if (other === undefined || parent !== null || other.index >= index) continue;
      const cut = `ALTER TABLE ${quoteRelation(table.name)} DROP CONSTRAINT ${quoteIdent(name)};`;
      found.set(other.index, [...(found.get(other.index) ?? []), cut]);
    }
  return found;
}

/** Values that were stored stay, and what is computed in another way was computed before. */
function isKept(change: Change): boolean {
  if (change.kind !== 'column-generated') return false;
  return change.after?.kind === 'stored' || (change.before !== null && change.after !== null);
}

const destructive: ReadonlySet<Change['kind']> = new Set([
  ...(['table-added', 'column-added', 'schema-added', 'view-added', 'materialized-view-added'] as const),
  ...(['sequence-added', 'attribute-added', 'column-generated', 'foreign-table-added'] as const),
]);
