import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { listReplaced, type Replaced } from '../graph/revision.ts';
import { listNames, plural } from '../words.ts';

/** A revision that stands for several, and what it stands for. */
export interface Whole {
  readonly id: string;
  readonly replaces: Replaced;
}

/** What a ledger says, as the files have it. */
export interface Folded {
  readonly applied: ReadonlyMap<string, string>;
  /** Revisions whose parts the ledger still has singly. */
  readonly wholes: readonly string[];
}

export function wholesOf(graph: Graph): readonly Whole[] {
  return graph.order.flatMap((id) => {
    const replaces = graph.nodes.get(id)?.replaces;
    return replaces === undefined ? [] : [{ id, replaces }];
  });
}

/**
 * Where a database has recorded one by one what is one revision in the files, it has that revision. Where it has recorded only some of them, it
 * has what the files do not know. `digestOf` is that of the up.sql in the files.
 */
export function foldApplied(
  graph: Graph,
  applied: ReadonlyMap<string, string>,
  digestOf: (id: string) => string,
): Folded {
  const wholes = wholesOf(graph).filter((whole) => isSingly(whole, applied));
  if (wholes.length === 0) return { applied, wholes: [] };
  const parts = new Set(wholes.flatMap(({ replaces }) => listReplaced(replaces)));
  const changed = new Map(
    wholes.filter(({ id, replaces }) => isFromBefore(replaces, applied.get(id))).map(({ id }) => [id, digestOf(id)]),
  );
  const folded = [...applied].filter(([id]) => !parts.has(id));
  return {
    applied: new Map(folded.map(([id, digest]) => [id, changed.get(id) ?? digest])),
    wholes: wholes.map(({ id }) => id),
  };
}

/** Whether all of it is applied, and something of it stands in the ledger beside the last one. */
function isSingly({ id, replaces }: Whole, applied: ReadonlyMap<string, string>): boolean {
  const digest = applied.get(id);
  if (digest === undefined) return false;
  // What has run, or was recorded, as one revision is all of it.
  if (!isFromBefore(replaces, digest)) return listReplaced(replaces).some((part) => applied.has(part));
  return replaces.revisions.every((part) => applied.has(part));
}

function isFromBefore({ up }: Replaced, digest: string | undefined): boolean {
  return digest !== undefined && up.includes(digest);
}

/** The lowest revision of which a database has some parts, and not all. */
export function findHalfWay(graph: Graph, applied: ReadonlySet<string>): Whole | undefined {
  return wholesOf(graph).find(({ replaces }) => listReplaced(replaces).some((part) => applied.has(part)));
}

export function wordHalfWay({ id, replaces }: Whole, applied: ReadonlySet<string>): UpdownError {
  const all = [...listReplaced(replaces), id];
  const there = all.filter((part) => applied.has(part));
  const lacking = [...replaces.revisions, id].filter((part) => !applied.has(part));
  return new UpdownError(
    'half-way',
    `The database has only a part of what revision "${id}" has replaced: it has applied ${plural(there.length, 'revision')} of that, the last of them "${there.at(-1)}", and lacks ${listNames(lacking, 5)}`,
    { hint: `Nothing was changed. ${leadOut(id, replaces)}`, subject: id },
  );
}

/** What to do about a database that is half-way: a run and a script say the same. */
export function leadOut(id: string, { commit }: Replaced): string {
  const files =
    commit === undefined
      ? 'the files from before the squash, of an older release'
      : `the files from before the squash: git worktree add ../before-${id} ${commit}`;
  return `Upgrade it with ${files}, and there: updown upgrade ${id}. Then run this again.`;
}
