import { UpdownError } from '../errors.ts';
import { buildGraph } from '../graph/build.ts';
import type { Graph } from '../graph/graph.ts';
import { nodeOf } from '../graph/node-of.ts';
import { planRebase, type Rebase } from '../graph/rebase.ts';
import { onlyOne, resolveAll } from '../graph/resolve.ts';
import type { Revision } from '../graph/revision.ts';
import { headsOf } from '../graph/walk.ts';
import { targetBelow } from '../plan/downgrade.ts';
import { retimeFolder, timeOfFolder } from '../project/identity.ts';
import { findFolderFaults, type Listing, openProject, readListing, withPlace } from '../project/load.ts';
import { type FolderMove, replaceRevisions } from '../project/save.ts';
import { listNames, plural } from '../words.ts';
import { type CommandOptions, type Context, openContextOf } from './context.ts';
import { tryLedger } from './read.ts';
import { standIn } from './standing.ts';

export interface RebaseOptions extends CommandOptions {
  /** It is moved, and with it all that stands on it. */
  readonly revision: string;
  /** Default: the one head beside it. */
  readonly onto?: string | undefined;
  /** Give the folders of what is moved times behind that of what it is put on. */
  readonly renameFolders?: boolean;
  readonly now?: Date;
}

export interface Rebased {
  /** As they stand in the manifest now, the one that was named first; none where it stands there already. */
  readonly moved: readonly Revision[];
  readonly onto: string;
  /** What the first one stood on. */
  readonly from: readonly string[];
  readonly renamed: readonly FolderMove[];
  /** The heads of the files afterwards. */
  readonly heads: readonly string[];
  /** The one that was asked whether it has any of them; undefined where none is named or reachable. */
  readonly database: string | undefined;
  /** Whether git had left both sides in the manifest, which holds each revision once now. */
  readonly settled: boolean;
}

/** Moves a branch's own revisions onto another head: in the manifest alone. No SQL is touched, and nothing that was released or applied. */
export async function rebase(options: RebaseOptions): Promise<Rebased> {
  const listing = readListing(options, { settles: true });
  for (const fault of findFolderFaults(listing)) throw fault;
  const graph = buildLoosely(listing);
  const id = findOne(graph, options.revision);
  const onto = options.onto === undefined ? undefined : findOne(graph, options.onto);
  const listed = new Map(listing.manifest.revisions.map((revision) => [revision.id, revision]));
  const revision = listed.get(id) ?? nodeOf(graph, id);
  const plan = withPlace(listing.at, () => planRebase(graph, revision, onto));
  if (plan === undefined) {
    replaceRevisions(listing, []);
    return { ...standingAlready(graph, revision), settled: listing.settled !== undefined };
  }
  withPlace(listing.at, () => refuseSealed(graph, plan));
  const context = openContextOf(openProject(listing, graph), options);
  const database = await refuseApplied(context, plan);
  const renamed = options.renameFolders === true ? renameFolders(graph, plan, options.now ?? new Date()) : [];
  const changed = changeLines(listed, plan, renamed);
  const revisions = [...listed.values()].map((one) => changed.get(one.id) ?? one);
  // Whatever is wrong with the lines is found before they are written.
  const after = withPlace(listing.at, () => buildGraph(revisions));
  replaceRevisions(listing, [...changed.values()], renamed);
  return {
    moved: [id, ...plan.moved.filter((other) => other !== id)].map((other) => after.nodes.get(other) as Revision),
    onto: plan.onto,
    from: revision.parents,
    renamed,
    heads: headsOf(after),
    database,
    settled: listing.settled !== undefined,
  };
}

/** Without parents that are gone, as those of a branch that was put on another one which never came: this is how it gets others. */
function buildLoosely({ manifest, at }: Listing): Graph<Revision> {
  const known = new Set(manifest.revisions.map(({ id }) => id));
  const kept = (parents: readonly string[]) => parents.filter((parent) => known.has(parent));
  return withPlace(at, () =>
    buildGraph(manifest.revisions.map((revision) => ({ ...revision, parents: kept(revision.parents) }))),
  );
}

function findOne(graph: Graph<Revision>, name: string): string {
  const id = onlyOne(graph, resolveAll(graph, name), name);
  if (id !== undefined) return id;
  throw new UpdownError('usage', `"${name}" is no revision`, { hint: 'Name one: an id, a label, or head.' });
}

function standingAlready(graph: Graph, { parents }: Revision): Omit<Rebased, 'settled'> {
  return {
    moved: [],
    onto: parents.at(-1) ?? 'base',
    from: parents,
    renamed: [],
    heads: headsOf(graph),
    database: undefined,
  };
}

function refuseSealed(graph: Graph<Revision>, { moved, onto }: Rebase): void {
  const sealed = moved.filter((id) => graph.nodes.get(id)?.sealed !== undefined);
  if (sealed.length === 0) return;
  throw new UpdownError('sealed', `${listNames(sealed)} would be moved, and what is sealed stays where it is`, {
    hint: `Join the heads instead: updown merge ${[...headsAbove(graph, moved), onto].join(' ')}`,
    subject: sealed[0],
  });
}

/** What a database has applied was applied on what it stood on then: anywhere else, what it is put on would be late there. */
async function refuseApplied(context: Context, { moved, onto }: Rebase): Promise<string | undefined> {
  const ledger = await tryLedger(context, 'entries', 'whether it has what is moved is not known');
  if (ledger === undefined) return undefined;
  const { graph } = context.project;
  standIn(context.project, ledger);
  const half = ledger.unfinished.map(({ id }) => id);
  const [first, ...more] = moved.filter((id) => ledger.applied.has(id) || half.includes(id));
  if (first === undefined) return context.describe();
  throw new UpdownError(
    'applied',
    `${context.describe()} has applied ${plural(more.length + 1, 'revision')} of those that would be moved: ${listNames([first, ...more])}`,
    {
      hint: `Join the heads instead: updown merge ${[...headsAbove(graph, moved), onto].join(' ')}. Or, where the database is one to try things out, take them back first: updown downgrade ${targetBelow(graph, first)}`,
      subject: first,
    },
  );
}

function headsAbove(graph: Graph, moved: readonly string[]): readonly string[] {
  return moved.filter((id) => !graph.children.has(id));
}

function changeLines(
  listed: ReadonlyMap<string, Revision>,
  { revision }: Rebase,
  renamed: readonly FolderMove[],
): ReadonlyMap<string, Revision> {
  const changed = new Map([[revision.id, revision]]);
  for (const { id, to } of renamed) changed.set(id, { ...(changed.get(id) ?? listed.get(id)!), folder: to });
  return changed;
}

/** A minute apart, in their order, and all behind the one they are put on. A folder without a time has none to change. */
function renameFolders(graph: Graph<Revision>, { moved, onto }: Rebase, now: Date): readonly FolderMove[] {
  const minute = 60_000;
  const timed = moved.filter((id) => timeOfFolder(nodeOf(graph, id).folder) !== undefined);
  const least = (timeOfFolder(nodeOf(graph, onto).folder)?.getTime() ?? 0) + minute;
  const start = Math.max(least, now.getTime() - (timed.length - 1) * minute);
  return timed.map((id, index) => {
    const { folder } = nodeOf(graph, id);
    return { id, from: folder, to: retimeFolder(folder, new Date(start + index * minute)) };
  });
}
