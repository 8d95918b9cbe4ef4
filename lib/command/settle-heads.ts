import { listMoves } from '../graph/fork.ts';
import type { Graph } from '../graph/graph.ts';
import type { Revision } from '../graph/revision.ts';

type Ids = ReadonlySet<string>;

const none: Ids = new Set();

/** The commands by which several heads become one. */
export function settleHeads(graph: Graph<Revision>, heads: readonly string[], newcomers: Ids = none): string {
  const [move, other] = listMoves(graph, heads, newcomers);
  const merge = `updown merge ${heads.join(' ')}`;
  if (move === undefined) return `Join them: ${merge}`;
  if (newcomers.has(move.id)) {
    const back =
      other === undefined
        ? ''
        : ` If no database has "${other.id}" yet, the other way round: updown rebase ${other.id} --onto ${other.onto}.`;
    return `Put the revisions that are new here after the older ones: updown rebase ${move.id} --onto ${move.onto}.${back} Or leave both where they are, and join them by a merge revision: ${merge}`;
  }
  const round = other === undefined ? '' : ` The other way round: updown rebase ${other.id} --onto ${other.onto}.`;
  // Which of the two is the newcomer, only their authors know.
  return `Put the one that no database has yet on the other: updown rebase ${move.id} --onto ${move.onto}.${round} Or join them: ${merge}`;
}
