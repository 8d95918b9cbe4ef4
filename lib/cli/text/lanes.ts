/** One line of the picture's left side: box-drawing characters, two columns a lane, a ● where the revision stands. */
export interface LaneRow {
  readonly lanes: string;
  /** The revision on this row (its index) and the lane it stands in; a row without one only joins lanes. */
  readonly revision?: number | undefined;
  readonly lane?: number;
  /** There are lanes to the right that were not drawn; the revision's own may be one of them. */
  readonly cut: boolean;
}

export interface LaneLimits {
  /** Lanes drawn at most. */
  readonly most: number;
  /** With more open than this, lanes to one parent join early, on a row of their own. */
  readonly comfortable: number;
}

/** A parent that is not in the picture. */
export const HIDDEN = -1;

const FREE = -2;

interface Sheet {
  readonly limits: LaneLimits;
  readonly rows: LaneRow[];
  /** What each lane leads to: a revision's index, HIDDEN or FREE. */
  readonly open: number[];
  /** Lanes that ended in the row above: a head put right below would read as what they lead to. */
  dangling: readonly number[];
  /** The lane in which a base stands in the row above: a line that begins right below would read as its own. */
  based: readonly number[];
}

/** A row's horizontal line, from `left` to `right`: it ties the hub to lanes that come from above or go on below. */
interface Beam {
  readonly hub: number;
  readonly incoming: readonly number[];
  readonly outgoing: readonly number[];
  readonly left: number;
  readonly right: number;
}

/**
 * Gives every edge a lane of its own, from the child's row to the parent's. A lane never changes its column, the first
 * parent goes on in its child's lane, and a parent stands in the leftmost lane that leads to it. Takes, for each
 * revision (children first), the indexes of its parents.
 */
export function layLanes(parents: readonly (readonly number[])[], limits: LaneLimits): LaneRow[] {
  const sheet: Sheet = { limits, rows: [], open: [], dangling: [], based: [] };
  parents.forEach((own, revision) => {
    layRevision(sheet, revision, own);
    if (sheet.open.length > limits.comfortable) for (const parent of own) joinLanes(sheet, parent);
  });
  if (sheet.open.includes(HIDDEN)) pushRow(sheet, beam(-1));
  return sheet.rows;
}

function layRevision(sheet: Sheet, revision: number, parents: readonly number[]): void {
  const [first = FREE, ...others] = parents;
  // A line that comes in and one that goes out on the same side of a row would read as one line.
  if (others.length > 0) joinLanes(sheet, revision);
  const [hub = takeHeadLane(sheet, revision, parents), ...incoming] = lanesTo(sheet.open, revision);
  const outgoing = others.map((parent) => take(sheet.open, nearestFree(sheet.open, hub, sheet.based), parent));
  pushRow(sheet, beam(hub, incoming, outgoing), revision);
  sheet.open[hub] = first;
  if (first === FREE) {
    sheet.dangling = [...sheet.dangling, hub];
    sheet.based = [hub];
  }
  free(sheet.open, incoming);
}

function joinLanes(sheet: Sheet, revision: number): void {
  const [hub = 0, ...incoming] = revision === HIDDEN ? [] : lanesTo(sheet.open, revision);
  if (incoming.length === 0) return;
  pushRow(sheet, beam(hub, incoming));
  free(sheet.open, incoming);
}

/** Beside a lane to one of its parents, so that the two meet without crossing others; else as far left as is free. */
function takeHeadLane({ open, dangling }: Sheet, revision: number, parents: readonly number[]): number {
  const beside = parents.map((parent) => (parent === HIDDEN ? -1 : open.indexOf(parent))).find((lane) => lane >= 0);
  return take(open, nearestFree(open, beside ?? -1, dangling), revision);
}

/** Every lane passed on the way is taken, so the nearest is also the one that crosses least. Right before left. */
function nearestFree(open: readonly number[], from: number, except: readonly number[] = []): number {
  const isFree = (lane: number): boolean => lane >= 0 && (open[lane] ?? FREE) === FREE && !except.includes(lane);
  for (let distance = 1; ; distance++) {
    if (isFree(from + distance)) return from + distance;
    if (isFree(from - distance)) return from - distance;
  }
}

function take(open: number[], lane: number, to: number): number {
  while (open.length <= lane) open.push(FREE);
  open[lane] = to;
  return lane;
}

function free(open: number[], lanes: readonly number[]): void {
  for (const lane of lanes) open[lane] = FREE;
  while (open.at(-1) === FREE) open.pop();
}

function lanesTo(open: readonly number[], to: number): number[] {
  const lanes: number[] = [];
  for (let lane = open.indexOf(to); lane >= 0; lane = open.indexOf(to, lane + 1)) lanes.push(lane);
  return lanes;
}

function beam(hub: number, incoming: readonly number[] = [], outgoing: readonly number[] = []): Beam {
  const lanes = [hub, ...incoming, ...outgoing];
  return { hub, incoming, outgoing, left: Math.min(...lanes), right: Math.max(...lanes) };
}

function pushRow(sheet: Sheet, line: Beam, revision?: number): void {
  const { limits, rows, open } = sheet;
  const drawn = open.slice(0, limits.most).map((to, lane) => {
    const glyph = lane === line.hub ? (revision === undefined ? '├' : '●') : glyphAt(lane, to, line);
    return glyph + (lane >= line.left && lane < line.right ? '─' : ' ');
  });
  const row = { lanes: drawn.join('').trimEnd(), cut: open.length > limits.most };
  rows.push(revision === undefined ? row : { ...row, revision, lane: line.hub });
  // An edge to a hidden revision ends one row below its child, or as soon as no line crosses it.
  sheet.dangling = lanesTo(open, HIDDEN).filter((lane) => lane < line.left || lane > line.right);
  free(open, sheet.dangling);
  sheet.based = [];
}

function glyphAt(lane: number, to: number, { incoming, outgoing, left, right }: Beam): string {
  if (outgoing.includes(lane)) return lane === right ? '╮' : lane === left ? '╭' : '┬';
  if (incoming.includes(lane)) return lane === right ? '╯' : '┴';
  if (lane > left && lane < right) return to === FREE ? '─' : '┼';
  return to === FREE ? ' ' : to === HIDDEN ? '┊' : '│';
}
