import type { Node } from 'libpg-query';
import { lex, type Token } from './lexer.ts';

/** What the parser is shown of a part of a text. Offsets into it, and into the text it is of, are UTF-16 indices. */
export interface Excerpt {
  readonly text: string;
  /** Where the part ends in the whole text. */
  readonly end: number;
  /** Where in the whole text an offset stands. */
  readonly offsetOf: (offset: number) => number;
  /** A node with what was left out of the texts that are looked into: the body of a DO. */
  readonly restore: (node: Node) => Node;
}

/**
 * A part as the parser is to see it. A tree takes a hundred times the size of its text, and as WebAssembly's memory never shrinks, one long
 * statement would keep all that. So in a long part the contents of long strings and comments are left out, and a long list of rows or of
 * constants is shown in pieces, with all that stands around it: the grammar of the whole is that of every piece.
 */
export function* shorten(text: string, from: number, to: number): Generator<Excerpt, void, undefined> {
  if (to - from <= longest) {
    yield { text: text.slice(from, to), end: to, offsetOf: (offset) => from + offset, restore: (node) => node };
    return;
  }
  const { holes, list } = survey(text, from, to);
  if (list === undefined) {
    yield excerptOf(text, [[from, to]], holes, to);
    return;
  }
  let first = list.start;
  for (const cut of [...list.cuts, list.end]) {
    yield excerptOf(
      text,
      [
        [from, list.start],
        [first, cut],
        [list.end, to],
      ],
      holes,
      to,
    );
    first = cut + 1;
  }
}

const longest = 1 << 18;
/** Between two cuts of a list. */
const listPiece = 1 << 16;
const longToken = 1 << 10;

/** What is left out, and what stands in its place; `body` is what it holds, where that is a text. */
interface Hole {
  readonly start: number;
  readonly end: number;
  readonly put: string;
  readonly body?: { readonly start: number; readonly end: number };
}

/** Items between commas; the cuts are some of these. */
interface List {
  readonly start: number;
  end: number;
  readonly cuts: number[];
}

/** What is open: a parenthesis or a bracket, or the text as a whole. */
interface Level {
  readonly start: number;
  /** Groups in parentheses with a comma between, and nothing else, as far as this one goes. */
  rows: List | undefined;
  /** A comma right behind the last group. */
  comma: number | undefined;
  closed: boolean;
  /** Constants alone, so far. */
  constants: List | undefined;
}

function survey(text: string, from: number, to: number): { holes: readonly Hole[]; list: List | undefined } {
  const holes: Hole[] = [];
  const levels: Level[] = [levelAt(from)];
  let list: List | undefined;
  for (const token of lex(text, from, to)) {
    const hole = token.end - token.start > longToken ? holeFor(text, token) : undefined;
    if (hole !== undefined) holes.push(hole);
    if (token.kind === 'comment') continue;
    for (const found of follow(levels, text, token)) if (isLonger(found, list)) list = found;
  }
  return { holes, list };
}

/** Takes the next token; gives the lists that it ends. */
function follow(levels: Level[], text: string, token: Token): readonly List[] {
  const level = levels.at(-1);
  if (level === undefined) return noLists;
  const mark = token.kind === 'punctuation' ? text.charAt(token.start) : '';
  if (mark === '(' || mark === '[') {
    open(level, token.start, mark);
    levels.push(levelAt(token.end));
  } else if ((mark === ')' || mark === ']') && levels.length > 1) {
    levels.pop();
    const outer = levels.at(-1) ?? level;
    close(outer, level.start - 1, token.end, mark);
    const { constants } = level;
    const ended = constants === undefined ? noLists : [{ ...constants, end: token.start }];
    return outer.rows === undefined ? ended : [...ended, outer.rows];
  } else if (mark === ',') separate(level, token.start);
  else pass(level, isConstant(text, token));
  return noLists;
}

const noLists: readonly List[] = [];

function isLonger(found: List, than: List | undefined): boolean {
  return found.cuts.length > 0 && (than === undefined || found.end - found.start > than.end - than.start);
}

function separate(level: Level, comma: number): void {
  level.comma = level.closed ? comma : undefined;
  level.closed = false;
  if (level.constants !== undefined) cutAt(level.constants, comma);
}

function pass(level: Level, isConstant: boolean): void {
  level.closed = false;
  level.comma = undefined;
  if (!isConstant) level.constants = undefined;
}

function levelAt(start: number): Level {
  return { start, rows: undefined, comma: undefined, closed: false, constants: { start, end: start, cuts: [] } };
}

function open(level: Level, at: number, mark: string): void {
  level.constants = undefined;
  level.closed = false;
  if (mark === '(' && level.rows !== undefined && level.comma !== undefined) cutAt(level.rows, level.comma);
  else level.rows = mark === '(' ? { start: at, end: at, cuts: [] } : undefined;
  level.comma = undefined;
}

function close(level: Level, start: number, end: number, mark: string): void {
  if (mark !== ')' || level.rows === undefined || start < level.rows.start) return;
  level.rows.end = end;
  level.closed = true;
}

function cutAt({ start, cuts }: List, comma: number): void {
  if (comma - (cuts.at(-1) ?? start) >= listPiece) cuts.push(comma);
}

function isConstant(text: string, { kind, start, end }: Token): boolean {
  if (kind === 'number' || kind === 'string' || kind === 'dollar') return true;
  if (kind === 'operator') return end - start === 1 && '+-'.includes(text.charAt(start));
  return kind === 'word' && end - start <= 5 && /^(?:null|true|false)$/i.test(text.slice(start, end));
}

/** Whether the contents are right, where they have escapes, is the parser's to say. */
function holeFor(text: string, { kind, start, end }: Token): Hole | undefined {
  if (kind === 'comment') return { start, end, put: text.startsWith('--', start) ? '--' : '/**/' };
  if (kind !== 'string' && kind !== 'dollar') return undefined;
  const edge = kind === 'dollar' ? text.indexOf('$', start + 1) + 1 - start : text.indexOf("'", start) + 1 - start;
  const body = { start: start + edge, end: end - (kind === 'dollar' ? edge : 1) };
  const prefix = kind === 'dollar' ? '' : text.slice(start, start + edge - 1);
  if (/^[eu]/i.test(prefix)) {
    return { start, end, put: thin(text, start, end), body };
  }
  return { start, end, put: /^[bx]/i.test(prefix) ? `${prefix}'0'` : `${prefix}'updown ${start}'`, body };
}

/** Without most of what stands between two backslashes or quotes. */
function thin(text: string, start: number, end: number): string {
  const parts: string[] = [];
  let from = start;
  const marks = /[\\']/g;
  for (marks.lastIndex = start; from < end; ) {
    const next = Math.min(marks.exec(text)?.index ?? end, end);
    const rest = text.slice(next, Math.min(next + 1, end));
    parts.push(next - from > 64 ? text.slice(from, from + 32) : text.slice(from, next), rest);
    from = next + 1;
  }
  return parts.join('');
}

type Range = readonly [from: number, to: number];

function excerptOf(text: string, ranges: readonly Range[], holes: readonly Hole[], end: number): Excerpt {
  const parts: string[] = [];
  /** Where in the excerpt a stretch begins that is as it stands, and where that is in the text. */
  const stretches: { readonly at: number; readonly from: number }[] = [];
  let length = 0;
  const add = (part: string): void => {
    parts.push(part);
    length += part.length;
  };
  for (const [from, to] of ranges) {
    let at = from;
    for (let index = firstFrom(holes, from); ; index++) {
      const hole = holes[index];
      if (hole === undefined || hole.start >= to) break;
      stretches.push({ at: length, from: at });
      add(text.slice(at, hole.start));
      stretches.push({ at: length, from: hole.start });
      add(hole.put);
      at = hole.end;
    }
    stretches.push({ at: length, from: at });
    add(text.slice(at, to));
  }
  const bodies = new Map(holes.map((hole) => [hole.put, hole.body] as const));
  return {
    text: parts.join(''),
    end,
    offsetOf: (offset) => {
      const stretch = stretches.findLast(({ at }) => at <= offset) ?? { at: 0, from: 0 };
      return Math.min(stretch.from + offset - stretch.at, end);
    },
    restore: (node) => {
      if (!('DoStmt' in node)) return node;
      const args = node.DoStmt.args?.map((argument) => {
        const word = 'DefElem' in argument && argument.DefElem.arg;
        const body = word && 'String' in word ? bodies.get(`'${word.String.sval}'`) : undefined;
        if (!('DefElem' in argument) || body === undefined) return argument;
        return { DefElem: { ...argument.DefElem, arg: { String: { sval: text.slice(body.start, body.end) } } } };
      });
      return { DoStmt: { ...node.DoStmt, ...(args && { args }) } };
    },
  };
}

/** The holes are in order. */
function firstFrom(holes: readonly Hole[], from: number): number {
  let [low, high] = [0, holes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((holes[middle]?.start ?? from) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
