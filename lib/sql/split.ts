import type { Token } from './lexer.ts';

/** A statement as the lexer sees it: from its first token to its last, without the semicolon. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** One past the semicolon; where there is none, the same as `end`. */
  readonly stop: number;
  /** The words it begins with, in lower case, up to the first token that is no word. */
  readonly words: readonly string[];
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
}

/** Cuts at semicolons outside parentheses (CREATE RULE) and outside BEGIN ATOMIC bodies (F61). */
export function createSplitter(text: string): Splitter {
  let open: { start: number; end: number; words: string[]; leading: boolean } | undefined;
  let parentheses: number[] = [];
  let body = 0;
  let previous = '';

  function push(token: Token): Span | undefined {
    const word = token.kind === 'word' ? text.slice(token.start, token.end).toLowerCase() : '';
    const mark = token.kind === 'punctuation' ? text[token.start]! : '';
    if (mark === ';' && parentheses.length === 0 && body === 0) return finish(token.end);
    open ??= { start: token.start, end: token.end, words: [], leading: true };
    open.end = token.end;
    if (mark === '(') parentheses.push(token.start);
    if (mark === ')') parentheses.pop();
    if (open.leading && word !== '') open.words.push(word);
    else open.leading = false;
    body += bodyDepth(word);
    previous = word || mark;
    return undefined;
  }

  /** `begin atomic` opens a body, CASE … END nests in it; as a column's name (`t.end`, `AS end`) neither counts. */
  function bodyDepth(word: string): number {
    if (word === 'atomic' && previous === 'begin' && open?.words[0] === 'create') return 1;
    if (body === 0 || previous === '.' || previous === 'as') return 0;
    if (word === 'case') return 1;
    return word === 'end' ? -1 : 0;
  }

  function finish(stop: number | undefined): Span | undefined {
    const span = open && { start: open.start, end: open.end, stop: stop ?? open.end, words: open.words };
    open = undefined;
    parentheses = [];
    body = 0;
    previous = '';
    return span;
  }

  return {
    push,
    rest: () => finish(undefined),
    words: () => open?.words ?? [],
    previous: () => previous,
    openParenthesis: () => parentheses[0],
  };
}
