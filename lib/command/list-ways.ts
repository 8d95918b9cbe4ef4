import { forkOf, listMoves, type Move } from '../graph/fork.ts';
import type { Revision } from '../graph/revision.ts';
import { headsOf } from '../graph/walk.ts';
import { loadProject, type ProjectOptions } from '../project/load.ts';

/** How several heads become one. */
export interface Ways {
  /** Whether git has left both sides of a conflict in the manifest. */
  readonly settles: boolean;
  readonly heads: readonly string[];
  /** What stands below one of the heads and not below all, and what that stands on; newest first. */
  readonly fork: readonly Revision[];
  /** What `rebase` can move, the one first that is most likely meant. To join the heads is always possible. */
  readonly moves: readonly Move[];
}

/** Reads the files alone, also those that git has left in conflict. */
export function listWays(options: ProjectOptions = {}): Ways {
  const { graph, settled } = loadProject(options, { settles: true });
  const heads = headsOf(graph);
  return {
    settles: settled !== undefined,
    heads,
    fork: forkOf(graph, heads),
    moves: listMoves(graph, heads, settled?.newcomers),
  };
}
