import { listMoves } from '../graph/fork.ts';
import type { Graph } from '../graph/graph.ts';
import type { Revision } from '../graph/revision.ts';

/** The commands by which several heads become one. */
export function settleHeads(graph: Graph<Revision>, heads: readonly string[]): string {
  const [move, other] = listMoves(graph, heads);
  const merge = `updown merge ${heads.join(' ')}`;
  if (move === undefined) return `Join them: ${merge}`;
  const round = other === undefined ? '' : ` The other way round: updown rebase ${other.id} --onto ${other.onto}.`;
  // Which of the two is the newcomer, only their authors know.
  return `Put the one that no database has yet on the other: updown rebase ${move.id} --onto ${move.onto}.${round} Or join them: ${merge}`;
}
