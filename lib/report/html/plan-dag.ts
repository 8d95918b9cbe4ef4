import { needsOf, reach, usersOf } from '../../graph/walk.ts';
import type { Review } from '../../review/review.ts';
import { plural } from '../../words.ts';
import { type DagNode, drawDag } from './dag.ts';
import { linesOf, titleOf } from './dag-lines.ts';
import { html, type Markup } from './markup.ts';

const mostDrawn = 60;

type State = 'applied' | 'planned' | 'unmeasured' | 'other';

/** The graph around the plan, its path marked. A long history is not drawn whole: what is far from the plan is left out. */
export function printDag(review: Review): Markup {
  const { graph, steps, unmeasured } = review;
  const plan = [...steps.map(({ id }) => id), ...unmeasured];
  const drawn = chooseDrawn(review, plan);
  const stateOf = states(review);
  const numberOf = new Map(plan.map((id, index) => [id, index + 1]));
  const shown = graph.order.flatMap((id) => (drawn.has(id) ? (graph.nodes.get(id) ?? []) : []));
  const nodes = shown.map((revision): DagNode => {
    const { id, message } = revision;
    const [state, number] = [stateOf(id), numberOf.get(id)];
    return {
      id,
      lead: number === undefined ? '' : `${number}.`,
      message,
      state,
      title: titleOf(revision),
      href: state === 'planned' ? `#step-${number}` : undefined,
    };
  });
  const lines = shown
    .flatMap((revision) => linesOf(revision, graph.dependencies.get(revision.id) ?? []))
    .map((line) => ({ ...line, isPath: numberOf.has(line.to) }));
  const label = 'Revisions from the oldest down; those of the plan are numbered';
  const left = graph.order.length - shown.length;
  return html`${drawDag(nodes, lines, { label })}
<p class="legend"><span><span class="key planned"></span> the plan</span> <span><span class="key applied"></span> there before</span> <span><span class="key other"></span> not in this plan</span>${
    unmeasured.length > 0 ? html` <span><span class="key unmeasured"></span> not measured</span>` : undefined
  }${left > 0 ? html` <span>${plural(left, 'more revision')} not drawn</span>` : undefined}</p>`;
}

/** The plan, then what is next to it, and next to that. */
function chooseDrawn({ graph }: Review, plan: readonly string[]): ReadonlySet<string> {
  if (graph.order.length <= mostDrawn / 2) return new Set(graph.order);
  const drawn = new Set(plan.slice(0, mostDrawn));
  const [needs, users] = [needsOf(graph), usersOf(graph)];
  for (let generation = 0; generation < 2; generation++) {
    const next = [...drawn].flatMap((id) => [...needs(id), ...users(id)]);
    for (const id of next) if (drawn.size < mostDrawn) drawn.add(id);
  }
  return drawn;
}

function states({ graph, from, steps, unmeasured }: Review): (id: string) => State {
  const applied = reach(from, needsOf(graph));
  const measured = new Set(steps.map(({ id }) => id));
  return (id) =>
    measured.has(id) ? 'planned' : unmeasured.includes(id) ? 'unmeasured' : applied.has(id) ? 'applied' : 'other';
}
