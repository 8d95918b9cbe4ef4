import type { Token } from './lexer.ts';

/** A statement as psql cuts it: from its first token to its last, without the semicolon. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** One past the semicolon; where there is none, the same as `end`. */
  readonly stop: number;
  /** The words it begins with, in lower case, up to the first token that is no word. */
  readonly words: readonly string[];
}

/** A word that psql counts as the edge of a BEGIN ATOMIC body, or misses as one, where the server does not read it so. */
export interface Misreading {
  readonly start: number;
  readonly word: 'begin' | 'case' | 'end';
  /** `name`: psql counts it, and it is a name. `open`: what it opens is not closed. `missed`: psql sees no body there, and would cut it. */
  readonly reason: 'name' | 'open' | 'missed';
}

export interface Splitter {
  /** Takes the next token (no comments); gives the statement that it finishes, if it does. */
  push(token: Token): Span | undefined;
  /** What stands behind the last semicolon. */
  rest(): Span | undefined;
  /** The words of the statement so far, and the token before, in lower case. */
  words(): readonly string[];
  previous(): string;
  /** Offset of the outermost parenthesis that is still open. */
  openParenthesis(): number | undefined;
  /** In the order they were found. Asked after `rest`, it tells also of what the text leaves open. */
  misreadings(): readonly Misreading[];
}

/**
 * Cuts as psql does: at semicolons outside parentheses, and outside BEGIN ATOMIC bodies, which psql finds by counting unquoted words
 * outside parentheses, in statements that begin with CREATE [OR REPLACE] FUNCTION or PROCEDURE (F61). The server's grammar knows which of
 * those words are names; where the two would part, there is a misreading.
 */
export function createSplitter(text: string): Splitter {
  let open: { start: number; end: number; words: string[]; leading: boolean } | undefined;
  let parentheses: number[] = [];
  /** Every bare word counts, also behind the first other token. */
  let initial: string[] = [];
  /** Of the body and each CASE in it: where it was opened. */
  let body: { start: number; word: 'begin' | 'case' }[] = [];
  let previous = '';
  const found: Misreading[] = [];

  function push(token: Token): Span | undefined {
    const word = token.kind === 'word' ? text.slice(token.start, token.end).toLowerCase() : '';
    const mark = token.kind === 'punctuation' ? text[token.start]! : '';
    const [opened] = body;
    if (body.length === 1 && previous === 'begin' && word !== 'atomic') misread(opened!.start, 'begin', 'name');
    if (mark === ';' && parentheses.length === 0 && body.length === 0) return finish(token.end);
    open ??= { start: token.start, end: token.end, words: [], leading: true };
    open.end = token.end;
    if (mark === '(') parentheses.push(token.start);
    if (mark === ')') parentheses.pop();
    if (open.leading && word !== '') open.words.push(word);
    else open.leading = false;
    if (word !== '') count(word, token.start);
    previous = word || mark;
    return undefined;
  }

  function count(word: string, start: number): void {
    if (initial.length < 4) initial.push(word);
    if (parentheses.length > 0) return;
    if (!makesRoutine(initial)) {
      if (word === 'atomic' && previous === 'begin') misread(start, 'begin', 'missed');
      return;
    }
    if (word === 'begin') {
      if (body.length > 0) misread(start, word, 'name');
      body.push({ start, word });
    } else if (word === 'case' && body.length > 0) {
      if (isLabel()) misread(start, word, 'name');
      body.push({ start, word });
    } else if (word === 'end' && body.length > 0) {
      closeWith(start);
    }
  }

  /** A body's own END stands where a statement of it could begin, and no other one does. */
  function closeWith(start: number): void {
    const ends = previous === ';' || previous === 'atomic';
    const last = body.at(-1)!;
    if (ends !== (body.length === 1) || isLabel()) {
      if (ends) misread(last.start, last.word, 'open');
      else misread(start, 'end', 'name');
    }
    body.pop();
  }

  /** `t.end`, `1 AS end`. A label without AS looks like a keyword until the counting does not come out. */
  function isLabel(): boolean {
    return previous === '.' || previous === 'as';
  }

  function misread(start: number, word: Misreading['word'], reason: Misreading['reason']): void {
    found.push({ start, word, reason });
  }

  function finish(stop: number | undefined): Span | undefined {
    const span = open && { start: open.start, end: open.end, stop: stop ?? open.end, words: open.words };
    const last = body.at(-1);
    if (last !== undefined) misread(last.start, last.word, previous === 'begin' ? 'name' : 'open');
    open = undefined;
    parentheses = [];
    initial = [];
    body = [];
    previous = '';
    return span;
  }

  return {
    push,
    rest: () => finish(undefined),
    words: () => open?.words ?? [],
    previous: () => previous,
    openParenthesis: () => parentheses[0],
    misreadings: () => found,
  };
}

function makesRoutine([first, second, third, fourth]: readonly string[]): boolean {
  if (first !== 'create') return false;
  const object = second === 'or' && third === 'replace' ? fourth : second;
  return object === 'function' || object === 'procedure';
}
