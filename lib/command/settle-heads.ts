import { listMoves } from '../graph/fork.ts';
import type { Graph } from '../graph/graph.ts';
import type { Revision } from '../graph/revision.ts';

/** The commands by which several heads become one. */
export function settleHeads(graph: Graph<Revision>, heads: readonly string[]): string {
  const [move] = listMoves(graph, heads);
  const merge = `updown merge ${heads.join(' ')}`;
  if (move === undefined) return `Join them: ${merge}`;
  return `Put one on the other, where no database has it yet: updown rebase ${move.id} --onto ${move.onto}. Or join them: ${merge}`;
}
