import { sanitizeLine } from '../../sql/quote.ts';
import { cutText, displayWidth } from '../../words.ts';
import { type Box, type Line, place } from './layout.ts';
import { html, type Markup, trusted } from './markup.ts';

const boxHeight = 44;
const longest = 30;

/** A revision as a graph has it: two lines in a box, which looks as its state says. */
export interface DagNode {
  readonly id: string;
  /** Before the id: its number in a plan, or a mark. */
  readonly lead?: string;
  /** Behind it: `head`. */
  readonly marks?: readonly string[];
  readonly message: string;
  /** A class of the page's style. */
  readonly state: string;
  /** All of it, for who points there. */
  readonly title: string;
  readonly href?: string | undefined;
}

export interface DagLine extends Line {
  readonly kind: 'parent' | 'needs';
  readonly isPath: boolean;
}

export interface DagOptions {
  /** What a screen reader says of it. */
  readonly label: string;
  /** Whether the oldest stands at the bottom. */
  readonly upward?: boolean;
}

/** The graph of revisions, which are given parents first. Lines to what is not among them are left out. */
export function drawDag(nodes: readonly DagNode[], all: readonly DagLine[], options: DagOptions): Markup {
  const drawn = new Set(nodes.map(({ id }) => id));
  const lines = all.filter(({ from, to }) => drawn.has(from) && drawn.has(to));
  const boxes = nodes.map(toBox);
  const { width, height, ...picture } = place(boxes, lines, options.upward === true);
  const paths = lines.map(({ kind, isPath }, index) => {
    const end = isPath ? 'tip-plan' : 'tip';
    return html`<path class="edge ${kind}${isPath ? ' path' : ''}" d="${toPath(picture.paths[index] ?? [])}" marker-end="url(#${end})"/>`;
  });
  const groups = nodes.map((node, index) => {
    const box = boxes[index] ?? toBox(node);
    const { x, y } = picture.boxes.get(node.id) ?? { x: 0, y: 0 };
    return html`<g transform="translate(${x - box.width / 2} ${y - box.height / 2})">${printNode(node, box)}</g>`;
  });
  return html`<div class="dag" tabindex="0" role="region" aria-label="The graph of revisions">
<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="${options.label}">
<defs>${tip('tip')}${tip('tip-plan')}</defs>
${paths}${groups}
</svg></div>`;
}

function nameOf({ lead = '', id, marks = [] }: DagNode): string {
  return [lead, cutText(sanitizeLine(id), longest, '…'), ...(marks.length > 0 ? [`(${marks.join(', ')})`] : [])]
    .filter((part) => part !== '')
    .join(' ');
}

function wordsOf({ message }: DagNode): string {
  return cutText(sanitizeLine(message), longest, '…');
}

function toBox(node: DagNode): Box {
  const columns = Math.max(displayWidth(nameOf(node)) + 1, displayWidth(wordsOf(node)));
  return { id: node.id, width: Math.round(Math.max(110, columns * 7.6 + 24)), height: boxHeight };
}

function printNode(node: DagNode, { width, height }: Box): Markup {
  const { state, title, href } = node;
  const box = html`<title>${sanitizeLine(title)}</title><rect class="node ${state}" width="${width}" height="${height}" rx="7"/>
<text x="12" y="18" class="id ${state}">${nameOf(node)}</text><text x="12" y="34" class="message ${state}">${wordsOf(node)}</text>`;
  return href === undefined ? box : html`<a href="${href}">${box}</a>`;
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
