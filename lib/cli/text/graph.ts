import { cutText, displayWidth, sanitizeLine } from '../../index.ts';
import { HIDDEN, type LaneLimits, type LaneRow, layLanes } from './lanes.ts';

export type DrawnState = 'applied' | 'pending' | 'late' | 'unfinished' | 'unknown' | 'unknown-state';

/** A revision as the picture shows it. */
export interface DrawnRevision {
  readonly id: string;
  readonly parents: readonly string[];
  readonly dependsOn: readonly string[];
  readonly labels: readonly string[];
  readonly message: string;
  /** `unknown-state` where no database was asked. */
  readonly state: DrawnState;
  /** Applied, with no applied child. */
  readonly current: boolean;
  readonly head: boolean;
}

type Paint = (text: string) => string;

/** Colours. They only repeat what marks and words already say. */
export interface Style extends Readonly<Record<DrawnState, Paint>> {
  readonly id: Paint;
  readonly badge: Paint;
  readonly label: Paint;
  readonly lane: Paint;
  readonly dim: Paint;
}

export interface LegendOptions {
  readonly unicode: boolean;
  readonly style: Style;
}

export interface GraphOptions extends LegendOptions {
  readonly width: number;
}

/** Columns between the lanes and the text. */
const GAP = 2;
/** The text keeps this many columns, whatever the lanes would like to have. */
const LEAST_TEXT = 20;
/** A message gives way to what stands behind it, down to this many columns. */
const LEAST_MESSAGE = 12;

/** One line a revision, newest first, and one between only where lanes must meet. Children come before parents. */
export function drawGraph(revisions: readonly DrawnRevision[], options: GraphOptions): string[] {
  const limits = laneLimits(options.width);
  const rows = layLanes(parentIndexes(revisions), limits);
  const margin = textColumn(rows, limits);
  return rows.map((row) => drawRow(row, revisions[row.revision ?? -1], margin, options));
}

/** What the marks mean, for the states there are. */
export function drawLegend(present: Iterable<DrawnState>, { unicode, style }: LegendOptions): string {
  const states = new Set(present);
  const known = (Object.keys(meanings) as DrawnState[]).filter((state) => states.has(state));
  return known.map((state) => `${style[state](markOf(state, unicode))} ${meanings[state]}`).join('  ');
}

const meanings: Readonly<Record<DrawnState, string>> = {
  applied: 'applied',
  pending: 'pending',
  late: 'late',
  unfinished: 'unfinished',
  unknown: 'not in the files',
  'unknown-state': 'no database asked',
};

const marks: Readonly<Record<DrawnState, readonly [unicode: string, ascii: string]>> = {
  applied: ['●', '*'],
  pending: ['○', 'o'],
  late: ['◆', '!'],
  unfinished: ['◐', 'x'],
  unknown: ['✗', '?'],
  'unknown-state': ['•', '#'],
};

function markOf(state: DrawnState, unicode: boolean): string {
  return marks[state][unicode ? 0 : 1];
}

function parentIndexes(revisions: readonly DrawnRevision[]): number[][] {
  const indexes = new Map(revisions.map(({ id }, index) => [id, index]));
  return revisions.map(({ parents }, child) =>
    [...new Set(parents)].map((parent) => {
      const index = indexes.get(parent) ?? HIDDEN;
      return index > child ? index : HIDDEN;
    }),
  );
}

function laneLimits(width: number): LaneLimits {
  const room = width - LEAST_TEXT - GAP - '...*'.length;
  return { most: Math.max(1, Math.floor(room / 2)), comfortable: Math.max(2, Math.floor(width / 8)) };
}

/** Texts start in one column; the few rows whose lanes reach further push their own text on. */
function textColumn(rows: readonly LaneRow[], { comfortable }: LaneLimits): number {
  const widest = rows.reduce((most, { lanes }) => Math.max(most, lanes.length), 0);
  return Math.min(widest, 2 * comfortable + 1) + GAP;
}

function drawRow(row: LaneRow, revision: DrawnRevision | undefined, margin: number, options: GraphOptions): string {
  const { unicode, style } = options;
  const paintLane: Paint = (text) => (text === '' ? '' : style.lane(unicode ? text : toAscii(text)));
  const lanes = row.cut ? row.lanes + ellipsisOf(unicode) : row.lanes;
  if (revision === undefined) return paintLane(lanes);
  const at = row.lanes.includes('●') ? row.lanes.indexOf('●') : lanes.length;
  const [before, after] = [lanes.slice(0, at), lanes.slice(at + 1)];
  const width = before.length + 1 + after.length;
  const picture = paintLane(before) + style[revision.state](markOf(revision.state, unicode)) + paintLane(after);
  const start = Math.max(margin, width + GAP);
  const text = describe(revision, options.width - start, options);
  return text === '' ? picture : picture + ' '.repeat(start - width) + text;
}

/** A crossing stays `|`, as in git: a line that passes behind. `+` is where lines meet. */
const asciiLanes: Readonly<Record<string, string>> = {
  '│': '|',
  '┼': '|',
  '┊': ':',
  '─': '-',
  '├': '+',
  '╮': '.',
  '╭': '.',
  '┬': '.',
  '╯': "'",
  '┴': "'",
};

function toAscii(lanes: string): string {
  return lanes.replace(/[^ .]/g, (glyph) => asciiLanes[glyph] ?? glyph);
}

function ellipsisOf(unicode: boolean): string {
  return unicode ? '…' : '...';
}

function describe(revision: DrawnRevision, room: number, { unicode, style }: GraphOptions): string {
  const { id, head, current, labels, message, dependsOn } = revision;
  const badges = [...(head ? ['head'] : []), ...(current ? ['current'] : [])];
  const before: Part[] = [
    [sanitizeLine(id), style.id],
    [badges.length > 0 ? `(${badges.join(', ')})` : '', style.badge],
    [labels.length > 0 ? sanitizeLine(`[${labels.join(', ')}]`) : '', style.label],
  ];
  const after: Part[] = [[dependsOn.length > 0 ? sanitizeLine(`needs ${dependsOn.join(', ')}`) : '', style.dim]];
  const left = room - displayWidth(textOf([...before, ...after])) - 1;
  const shown = cutText(sanitizeLine(message), Math.max(left, LEAST_MESSAGE), ellipsisOf(unicode));
  return paintParts([...before, [shown, (text) => text], ...after], room, ellipsisOf(unicode));
}

type Part = readonly [text: string, paint: Paint];

function textOf(parts: readonly Part[]): string {
  return parts
    .map(([text]) => text)
    .filter((text) => text !== '')
    .join(' ');
}

/** Cuts the line before it is painted: colour codes take no room, and none is left open. */
function paintParts(parts: readonly Part[], room: number, ellipsis: string): string {
  const whole = textOf(parts);
  const cut = cutText(whole, room, ellipsis);
  const kept = cut === whole ? whole : cut.slice(0, -ellipsis.length);
  let painted = '';
  let start = 0;
  for (const [text, paint] of parts) {
    if (text === '' || start >= kept.length) continue;
    painted += (start > 0 ? ' ' : '') + paint(kept.slice(start, start + text.length));
    start += text.length + 1;
  }
  return cut === whole ? painted : painted + cut.slice(kept.length);
}
