import { UpdownError } from '../errors.ts';
import { listNames } from '../words.ts';
import type { Graph } from './graph.ts';
import type { Revision } from './revision.ts';
import { ancestorsOf, descendantsOf, inOrder } from './walk.ts';

/** A revision on another parent, and with it all that stands on it. */
export interface Rebase {
  /** The revision itself, as it is to stand in the manifest. */
  readonly revision: Revision;
  readonly onto: string;
  /** It and what stands on it, dependents too, in graph order. */
  readonly moved: readonly string[];
}

/** Where a revision may be moved to: what is a head once it and all that stands on it are away. */
function headsBeside(graph: Graph, id: string): readonly string[] {
  const moved = descendantsOf(graph, [id]);
  return graph.order.filter(
    (other) => !moved.has(other) && (graph.children.get(other) ?? []).every((child) => moved.has(child)),
  );
}

/** `revision` may have parents that the graph lacks: it does not keep them. `undefined`: it stands there already. */
export function planRebase(graph: Graph, revision: Revision, target: string | undefined): Rebase | undefined {
  const { id } = revision;
  const moved = inOrder(graph, descendantsOf(graph, [id]));
  const onto = target ?? chooseHead(graph, id);
  refuseInside(graph, id, onto, moved);
  const parents = reparent(graph, revision, onto);
  if (parents.join() === revision.parents.join()) return undefined;
  return { revision: { ...revision, parents }, onto, moved };
}

/** The one head beside it that it does not stand on. */
function chooseHead(graph: Graph, id: string): string {
  const below = ancestorsOf(graph, [id]);
  const heads = headsBeside(graph, id);
  const others = heads.filter((head) => !below.has(head));
  const [head = heads[0], ...more] = others;
  if (more.length > 0) {
    throw new UpdownError('multiple-heads', `There are several heads to put "${id}" on: ${listNames(others)}`, {
      hint: `Name one: updown rebase ${id} --onto ${others[0]}`,
      subject: id,
    });
  }
  if (head === undefined) {
    throw new UpdownError('usage', `There is no other head that "${id}" could be moved onto`, {
      hint: 'See `updown heads`.',
    });
  }
  return head;
}

function refuseInside(graph: Graph, id: string, onto: string, moved: readonly string[]): void {
  if (moved.includes(onto)) {
    throw new UpdownError(
      'cycle',
      onto === id
        ? `"${id}" can't be moved onto itself`
        : `"${id}" can't be moved onto "${onto}", which is based on it`,
      { hint: hintHeads(graph, id), subject: id },
    );
  }
  const above = (graph.children.get(onto) ?? []).filter((child) => !moved.includes(child));
  if (above.length === 0) return;
  throw new UpdownError('not-a-head', `Revision "${onto}" is not a head: it is a parent of ${listNames(above)}`, {
    hint: hintHeads(graph, id),
    subject: id,
  });
}

/** One that it does not stand on already. */
function hintHeads(graph: Graph, id: string): string {
  const parents = graph.nodes.get(id)?.parents ?? [];
  const head = headsBeside(graph, id).find((one) => !parents.includes(one));
  return head === undefined ? 'See `updown heads`.' : `Name a head: updown rebase ${id} --onto ${head}`;
}

/** A merge keeps the parents that are none of the other side: it goes on joining them with it. */
function reparent(graph: Graph, { id, parents }: Revision, onto: string): readonly string[] {
  if (parents.length < 2) return [onto];
  const below = ancestorsOf(graph, [onto]);
  const kept = parents.filter((parent) => graph.nodes.has(parent) && !below.has(parent));
  if (kept.length < parents.length) return [...kept, onto];
  throw new UpdownError('usage', `"${id}" joins ${listNames(parents)}, and "${onto}" is based on none of them`, {
    hint: `Join the heads: updown merge ${[id, onto].join(' ')}. Or move one of the revisions below "${id}".`,
    subject: id,
  });
}
