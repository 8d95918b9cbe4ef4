import { nodeOf } from '../../graph/node-of.ts';
import { needsOf, reach, usersOf } from '../../graph/walk.ts';
import type { Review } from '../../review/review.ts';
import { sanitizeLine } from '../../sql/quote.ts';
import { cutText, displayWidth, plural } from '../../words.ts';
import { type Box, place } from './layout.ts';
import { html, type Markup, trusted } from './markup.ts';

const mostDrawn = 60;
const boxHeight = 44;

type State = 'applied' | 'planned' | 'unmeasured' | 'other';

/** The graph around the plan, its path marked. A long history is not drawn whole: what is far from the plan is left out. */
export function printDag(review: Review): Markup {
  const { graph, steps, unmeasured } = review;
  const plan = [...steps.map(({ id }) => id), ...unmeasured];
  const drawn = chooseDrawn(review, plan);
  const stateOf = states(review);
  const numberOf = new Map(plan.map((id, index) => [id, index + 1]));
  const ids = graph.order.filter((id) => drawn.has(id));
  const boxes = ids.map((id) => toBox(review, id));
  const lines = ids.flatMap((id) => {
    const { parents } = nodeOf(graph, id);
    const needs = graph.dependencies.get(id) ?? [];
    return [
      ...parents.map((from) => ({ from, to: id, kind: 'parent' })),
      ...needs.filter((from) => !parents.includes(from)).map((from) => ({ from, to: id, kind: 'needs' })),
    ].filter(({ from }) => drawn.has(from));
  });
  const picture = place(boxes, lines);
  const paths = lines.map(({ to, kind }, index) => {
    const isPath = numberOf.has(to);
    const tip = isPath ? 'tip-plan' : 'tip';
    return html`<path class="edge ${kind}${isPath ? ' path' : ''}" d="${toPath(picture.paths[index] ?? [])}" marker-end="url(#${tip})"/>`;
  });
  const nodes = boxes.map((box) => {
    const { x, y } = picture.boxes.get(box.id) ?? { x: 0, y: 0 };
    const node = printNode(review, box, stateOf(box.id), numberOf.get(box.id));
    return html`<g transform="translate(${x - box.width / 2} ${y - box.height / 2})">${node}</g>`;
  });
  const { width, height } = picture;
  const left = graph.order.length - ids.length;
  return html`<div class="dag" tabindex="0" role="region" aria-label="The graph of revisions">
<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="Revisions from the oldest down; those of the plan are numbered">
<defs>${tip('tip')}${tip('tip-plan')}</defs>
${paths}${nodes}
</svg></div>
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

function labelOf({ graph }: Review, id: string): string {
  return cutText(sanitizeLine(graph.nodes.get(id)?.message ?? ''), 30, '…');
}

function toBox(review: Review, id: string): Box {
  const columns = Math.max(displayWidth(cutText(id, 30, '…')) + 5, displayWidth(labelOf(review, id)));
  return { id, width: Math.round(Math.max(110, columns * 7.6 + 24)), height: boxHeight };
}

function printNode(review: Review, { id, width, height }: Box, state: State, number: number | undefined): Markup {
  const { labels = [], message = '' } = review.graph.nodes.get(id) ?? {};
  const title = `${id} ${message}${labels.length > 0 ? ` (${labels.join(', ')})` : ''}`;
  const box = html`<title>${sanitizeLine(title)}</title><rect class="node ${state}" width="${width}" height="${height}" rx="7"/>
<text x="12" y="18" class="id ${state}">${number === undefined ? '' : `${number}. `}${cutText(id, 30, '…')}</text><text x="12" y="34" class="message ${state}">${labelOf(review, id)}</text>`;
  return state === 'planned' ? html`<a href="#step-${number}">${box}</a>` : box;
}

function tip(id: string): Markup {
  return html`<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>`;
}

/** A line through points, its corners rounded. */
function toPath(points: readonly { readonly x: number; readonly y: number }[]): Markup {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return html``;
  const bends = rest.slice(0, -1).map(({ x, y }, index) => {
    const next = rest[index + 1] ?? last;
    return `Q${at(x, y)} ${at((x + next.x) / 2, (y + next.y) / 2)}`;
  });
  return trusted(`M${at(first.x, first.y)}${bends.join('')}L${at(last.x, last.y)}`);
}

function at(x: number, y: number): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
