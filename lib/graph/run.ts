import { UpdownError } from '../errors.ts';
import type { Graph } from './graph.ts';
import { nodeOf } from './node-of.ts';
import { ancestorsOf, inOrder, usersOf } from './walk.ts';

/** Revisions that can be taken for one: whatever stands on one of them stands on the last one, and they stand on one revision, or on none. */
export interface ClosedRun {
  /** In graph order; the last one is that on which others may stand. */
  readonly ids: readonly string[];
  readonly last: string;
  /** What the first of them stands on; undefined at base. */
  readonly below: string | undefined;
  /** All that is applied where it begins. */
  readonly applied: ReadonlySet<string>;
}

/** What lies above `below` and not above `last`. Throws `not-closed` where something else stands on its inside. */
export function findClosedRun(graph: Graph, below: string | undefined, last: string): ClosedRun {
  const whole = ancestorsOf(graph, [last]);
  if (below !== undefined && !whole.has(below)) {
    throw new UpdownError('not-an-ancestor', `"${below}" is not below "${last}"`, {
      hint: 'A range goes up along one branch: the older end comes first, and is not part of it.',
    });
  }
  const applied = ancestorsOf(graph, below === undefined ? [] : [below]);
  const inside = new Set([...whole].filter((id) => !applied.has(id)));
  const ids = inOrder(graph, inside);
  if (ids.length < 2) {
    throw new UpdownError('usage', `Between ${below ?? 'base'} and "${last}" there are not two revisions to combine`, {
      hint: 'A range a:b has the revisions above a, up to b: see updown history.',
    });
  }
  refuseOpen(graph, inside, last);
  return { ids, last, below, applied };
}

function refuseOpen(graph: Graph, inside: ReadonlySet<string>, last: string): void {
  for (const id of inOrder(graph, inside)) {
    const [outside] = id === last ? [] : usersOf(graph)(id).filter((other) => !inside.has(other));
    if (outside === undefined) continue;
    const by = nodeOf(graph, outside).parents.includes(id) ? 'is based on' : 'depends on';
    throw new UpdownError(
      'not-closed',
      `"${outside}" ${by} "${id}", which would be removed: only "${last}" is left of these`,
      {
        hint: `End the range at "${id}", or above what joins the two; what was never applied may be moved: updown rebase ${outside} --onto ${last}`,
        subject: outside,
      },
    );
  }
}

/** What the last one has to say of labels: those of all of them. */
export function labelsOf(graph: Graph, ids: readonly string[]): readonly string[] {
  return [...new Set(ids.flatMap((id) => nodeOf(graph, id).labels))];
}
