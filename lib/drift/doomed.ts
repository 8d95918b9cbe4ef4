import { type Dependencies, kindOfNode, type Node, nodeOf } from '../schema/dependencies.ts';
import { describeName } from '../schema/describe-name.ts';
import { diff } from '../schema/diff.ts';
import { type Kinds, lists, type NameOf, type WholeKind } from '../schema/kind.ts';
import type { Schema } from '../schema/schema.ts';
import { toSubject } from '../schema/word.ts';
import { initialSchema } from './initial.ts';
import { chainOf, reverse, type Side } from './order.ts';
import { planRemedies } from './plan.ts';
import { listEntries } from './subject.ts';

/** What the files make, as seen on a throwaway database before and behind them, and who ran them there. */
export interface MadeByFiles {
  readonly before: Schema;
  readonly after: Schema;
  readonly user: string;
}

export interface DoomedInput {
  readonly live: Schema;
  readonly dependencies: Dependencies;
  readonly made: MadeByFiles;
  /** Everyone who has run a migration there. */
  readonly migrators: ReadonlySet<string>;
}

/** What a reset takes away. */
export interface Doomed {
  /** In the order in which they can be dropped. */
  readonly drops: readonly { readonly subject: string; readonly statements: readonly string[] }[];
  /** Of what goes, what the files as they are do not make: `table public.stray`, `column note of table app.orders`. */
  readonly handMade: readonly string[];
  /** What there is no SQL for, and why. */
  readonly undroppable: readonly string[];
  /** What is to stay, and needs something that is to go: `view reports.v needs table app.orders`. */
  readonly needed: readonly string[];
  /** Schemas with things in them that stay as they are. */
  readonly kept: readonly string[];
}

/**
 * All that stands in a schema in which the files make something, whoever has made it: an older version of a file, or one of another branch,
 * may have. Of what stands in no schema, and of schemas and extensions themselves, what the files make.
 */
export function findDoomed({ live, dependencies, made, migrators }: DoomedInput): Doomed {
  const isDoomed = judge(made, migrators);
  const rest = withoutDoomed(live, isDoomed);
  const entries = { expected: listEntries(rest), live: listEntries(live) };
  const needed = findNeeded({ entries: entries.live, dependencies }, entries.expected);
  const remedies = planRemedies(diff(rest, live), {
    ...{ expected: rest, live },
    dependencies: { expected: dependencies, live: dependencies },
  });
  const initial = new Set(initialSchema(live.major).schemas.map(({ name }) => name));
  const used = new Set(
    [...entries.expected.values()].flatMap(({ value: { name } }) =>
      typeof name === 'object' && 'schema' in name && name.schema !== null ? [name.schema] : [],
    ),
  );
  return {
    drops: remedies
      .filter(({ why }) => why === undefined)
      .map(({ change, statements }) => ({ subject: toSubject(change), statements })),
    undroppable: remedies.flatMap(({ change, why }) => (why === undefined ? [] : [`${toSubject(change)}: ${why}`])),
    handMade: findHandMade({ entries: entries.live, dependencies }, entries.expected, listEntries(made.after)),
    needed,
    kept: rest.schemas.map(({ name }) => name).filter((name) => used.has(name) || !initial.has(name)),
  };
}

type IsDoomed = (kind: WholeKind, name: NameOf<WholeKind>) => boolean;

function judge({ before, after, user }: MadeByFiles, migrators: ReadonlySet<string>): IsDoomed {
  const [given, known] = [before, after].map((schema) => new Set(listEntries(schema).keys()));
  const isGiven = (node: Node) => given?.has(node) === true;
  const isMade = (node: Node) => known?.has(node) === true && !isGiven(node);
  const schemas = schemasOf(after, isMade);
  const gone = new Set(after.schemas.map(({ name }) => name).filter((name) => isMade(nodeOf('schema', name))));
  return (kind, name) => {
    const node = nodeOf(kind, name);
    if (kind === 'default-privileges') {
      const own = name as Kinds['default-privileges']['name'];
      const isOwn = migrators.has(own.role) && isMade(nodeOf(kind, { ...own, role: user }));
      // They go with their schema.
      return isOwn && !(own.schema !== null && gone.has(own.schema));
    }
    if (typeof name === 'object' && 'schema' in name && name.schema !== null)
      return schemas.has(name.schema) && !isGiven(node);
    return isMade(node);
  };
}

/** Those that something is made in, and those that are made. */
function schemasOf(after: Schema, isMade: (node: Node) => boolean): ReadonlySet<string> {
  return new Set(
    Object.entries(lists).flatMap(([list, kind]) => {
      const values = after[list as keyof typeof lists] as readonly Kinds[WholeKind][];
      return values
        .filter(({ name }) => kind !== 'default-privileges' && isMade(nodeOf(kind, name)))
        .flatMap(({ name }) => {
          if (kind === 'schema') return [name as string];
          return typeof name === 'object' && 'schema' in name && name.schema !== null ? [name.schema] : [];
        });
    }),
  );
}

/** Settings of the database, and labels, which go with what they are on, are not looked at. */
function withoutDoomed(live: Schema, isDoomed: IsDoomed): Schema {
  const entries = Object.entries(lists).map(([list, kind]) => {
    const values = live[list as keyof typeof lists] as readonly Kinds[WholeKind][];
    const isLeft = kind === 'setting' || kind === 'security-label';
    return [list, isLeft ? values : values.filter(({ name }) => !isDoomed(kind, name))];
  });
  return { ...live, ...Object.fromEntries(entries) };
}

/** Without the parts of what is made by hand as a whole. */
function findHandMade(
  there: Side,
  rest: ReadonlyMap<Node, unknown>,
  made: ReadonlyMap<Node, unknown>,
): readonly string[] {
  const isByHand = (node: Node) => there.entries.has(node) && !made.has(node);
  return [...there.entries]
    .filter(([node, { kind }]) => {
      const [, ...wholes] = chainOf(node, there);
      const isGoing = [node, ...wholes].some((one) => there.entries.has(one) && !rest.has(one));
      return isGoing && kind !== 'default-privileges' && isByHand(node) && !wholes.some(isByHand);
    })
    .map(([, { kind, value, of }]) =>
      [describeName(kind, value.name), ...(of === undefined ? [] : [describeName(of.kind, of.name)])].join(' of '),
    );
}

/** To drop what is needed would take along what needs it. A publication only lets go of it. */
function findNeeded(there: Side, rest: ReadonlyMap<Node, unknown>): readonly string[] {
  const isThere = (node: Node) => chainOf(node, there).every((one) => !there.entries.has(one) || rest.has(one));
  const found = new Set<string>();
  for (const [node, others] of reverse(there.dependencies)) {
    if (isThere(node)) continue;
    for (const other of others) {
      const whole = chainOf(other, there).findLast((one) => there.entries.has(one));
      if (whole === undefined || !isThere(other) || kindOfNode(whole) === 'publication') continue;
      found.add(`${wordNode(whole, there)} needs ${wordNode(chainOf(node, there).at(-1) ?? node, there)}`);
    }
  }
  return [...found].sort();
}

function wordNode(node: Node, { entries }: Side): string {
  const entry = entries.get(node);
  return entry === undefined ? 'something' : describeName(entry.kind, entry.value.name);
}
