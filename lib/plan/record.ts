import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveAll } from '../graph/resolve.ts';
import { ancestorsOf, appliedHeadsOf, inOrder, needsOf, sorted, usersOf } from '../graph/walk.ts';
import { listNames } from '../words.ts';
import type { Plan, Step } from './plan.ts';

/** How an entry is to read: as applied from the files as they are, or as not applied. */
export type RecordAs = 'only' | 'forget';

/**
 * Exactly these revisions are recorded, and nothing else, whatever stands above or below them: how an edit is accepted, a lost entry
 * made again, a half-done step settled. Throws where the record would say of another one what can't be.
 */
export function planRecord(
  graph: Graph,
  applied: ReadonlySet<string>,
  ids: readonly string[],
  { as, isOpen }: { readonly as: RecordAs; readonly isOpen: (id: string) => boolean },
): Plan {
  const wanted = new Set(ids);
  if (as === 'only') refuseHoles(graph, applied, wanted);
  else refuseUsed(graph, applied, wanted);
  const left = new Set(applied);
  for (const id of wanted)
    if (as === 'only') left.add(id);
    else left.delete(id);
  const op = as === 'only' ? 'stamp' : 'unstamp';
  const known = sorted(
    graph,
    [...wanted].filter((id) => graph.nodes.has(id)),
  );
  const unknown = [...wanted].filter((id) => !graph.nodes.has(id)).sort();
  const order = as === 'only' ? known : [...unknown, ...known.toReversed()];
  const isKnown = (id: string): boolean => graph.nodes.has(id);
  return {
    steps: order.filter((id) => isOpen(id)).map((id): Step => ({ op, id })),
    from: appliedHeadsOf(graph, new Set([...applied].filter(isKnown))),
    to: appliedHeadsOf(graph, new Set([...left].filter(isKnown))),
  };
}

/** The revisions meant. What is to be forgotten may be known to the database alone. */
export function resolveRecord(
  graph: Graph,
  applied: ReadonlySet<string>,
  texts: readonly string[],
  as: RecordAs,
  isHalf: (id: string) => boolean = () => false,
): readonly string[] {
  return texts.flatMap((text) => {
    if (as === 'forget' && (applied.has(text) || isHalf(text))) return [text];
    const ids = resolveAll(graph, text);
    if (ids.length > 0) return ids;
    throw new UpdownError('usage', `"${text}" is no revision, and nothing else can be recorded`, {
      hint: `Name the revisions to record: updown stamp --${as} <revision>`,
    });
  });
}

function refuseHoles(graph: Graph, applied: ReadonlySet<string>, wanted: ReadonlySet<string>): void {
  const missing = inOrder(graph, ancestorsOf(graph, wanted)).filter((id) => !applied.has(id) && !wanted.has(id));
  const stands = [...wanted].find((id) => needsOf(graph)(id).some((below) => missing.includes(below)));
  if (missing.length === 0) return;
  throw new UpdownError(
    'wrong-start',
    `"${stands ?? [...wanted][0]}" can't be recorded alone: a revision that it is based on is not applied, ${listNames(missing, 20)}`,
    {
      hint: `If the schema holds what these make, too, record all of it: updown stamp --only ${inOrder(graph, new Set([...missing, ...wanted])).join(' ')}`,
    },
  );
}

function refuseUsed(graph: Graph, applied: ReadonlySet<string>, wanted: ReadonlySet<string>): void {
  const known = [...wanted].filter((id) => graph.nodes.has(id));
  const used = known.find((id) => usersOf(graph)(id).some((above) => applied.has(above) && !wanted.has(above)));
  if (used === undefined) return;
  throw new UpdownError(
    'wrong-start',
    `"${used}" can't be forgotten alone: a revision that is based on it is applied`,
    {
      hint: `Revert those first: updown downgrade ${used}`,
    },
  );
}
