import type { Graph } from '../graph/graph.ts';
import { inOrder, needsOf, reach } from '../graph/walk.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Change } from '../schema/change.ts';
import { diff } from '../schema/diff.ts';
import type { Schema } from '../schema/schema.ts';
import { applyFile, type FileFailure } from './file.ts';
import type { Stairway } from './stairway.ts';

/** A merge, and what its branches make in the one order and in the other. */
export interface MergeVerdict {
  readonly id: string;
  /** What the schema of the second order has too much or too little, against the first. */
  readonly differences: readonly Change[];
  /** Why one of the orders can't be run. */
  readonly failure?: (FileFailure & { readonly id: string; readonly order: readonly string[] }) | undefined;
}

/** What stands below a merge in two orders: each branch as a whole, the first one first, and the last one first. */
export interface Orders {
  readonly id: string;
  readonly first: readonly string[];
  readonly last: readonly string[];
}

/** Of each merge among these; left out is one whose branches stand on each other, so that there is one order alone. */
export function ordersOf(graph: Graph, ids: readonly string[]): readonly Orders[] {
  return ids.flatMap((id) => {
    const parents = graph.nodes.get(id)?.parents ?? [];
    if (parents.length < 2) return [];
    const [first, last] = [parents, parents.toReversed()].map((order) => branchAfterBranch(graph, order));
    return first?.join() === last?.join() ? [] : [{ id, first: first ?? [], last: last ?? [] }];
  });
}

function branchAfterBranch(graph: Graph, parents: readonly string[]): readonly string[] {
  const done = new Set<string>();
  for (const parent of parents) {
    for (const id of inOrder(graph, reach([parent], needsOf(graph)))) done.add(id);
  }
  return [...done];
}

/** Runs both orders, each on a database of its own. */
export async function tryOrders(
  { open, setup }: Pick<Stairway, 'open'> & { readonly setup: readonly FileUnderTest[] },
  { id, first, last }: Orders,
  toFile: (id: string) => FileUnderTest,
): Promise<MergeVerdict> {
  const found: Schema[] = [];
  for (const order of [first, last]) {
    const failure = await open(async (site) => {
      for (const file of [...setup, ...order.map(toFile)]) {
        const failed = await applyFile(site, file);
        if (failed !== undefined) return { ...failed, id: file.id, order };
      }
      found.push(await site.reader.read());
      return undefined;
    });
    if (failure !== undefined) return { id, differences: [], failure };
  }
  const [one, other] = found;
  return { id, differences: one === undefined || other === undefined ? [] : diff(one, other) };
}
