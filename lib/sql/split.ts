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
  return new PsqlSplitter(text);
}

interface Open {
  readonly start: number;
  end: number;
  readonly words: string[];
  /** Only words so far. */
  leading: boolean;
}

/** A body or a CASE in it. */
interface Edge {
  readonly start: number;
  readonly word: 'begin' | 'case';
}

class PsqlSplitter implements Splitter {
  private readonly text: string;
  private open: Open | undefined;
  private parentheses: number[] = [];
  /** Every bare word counts, also behind the first other token. */
  private initial: string[] = [];
  private body: Edge[] = [];
  private last = '';
  private readonly found: Misreading[] = [];

  constructor(text: string) {
    this.text = text;
  }

  push(token: Token): Span | undefined {
    const word = token.kind === 'word' ? this.text.slice(token.start, token.end).toLowerCase() : '';
    const mark = token.kind === 'punctuation' ? this.text.charAt(token.start) : '';
    this.checkOpened(word);
    if (mark === ';' && this.parentheses.length === 0 && this.body.length === 0) return this.finish(token.end);
    this.extend(token, word);
    if (mark === '(') this.parentheses.push(token.start);
    if (mark === ')') this.parentheses.pop();
    if (word !== '') this.count(word, token.start);
    this.last = word || mark;
    return undefined;
  }

  rest(): Span | undefined {
    return this.finish(undefined);
  }

  words(): readonly string[] {
    return this.open?.words ?? [];
  }

  previous(): string {
    return this.last;
  }

  openParenthesis(): number | undefined {
    return this.parentheses[0];
  }

  misreadings(): readonly Misreading[] {
    return this.found;
  }

  /** Behind the BEGIN of a body stands ATOMIC. */
  private checkOpened(word: string): void {
    const [opened] = this.body;
    if (opened !== undefined && this.body.length === 1 && this.last === 'begin' && word !== 'atomic')
      this.misread(opened.start, 'begin', 'name');
  }

  private extend({ start, end }: Token, word: string): void {
    this.open ??= { start, end, words: [], leading: true };
    this.open.end = end;
    this.open.leading &&= word !== '';
    if (this.open.leading) this.open.words.push(word);
  }

  private count(word: string, start: number): void {
    if (this.initial.length < 4) this.initial.push(word);
    if (this.parentheses.length > 0) return;
    if (makesRoutine(this.initial)) this.countInRoutine(word, start);
    else if (word === 'atomic' && this.last === 'begin') this.misread(start, 'begin', 'missed');
  }

  private countInRoutine(word: string, start: number): void {
    if (word === 'begin') {
      if (this.body.length > 0) this.misread(start, word, 'name');
      this.body.push({ start, word });
    } else if (word === 'case' && this.body.length > 0) {
      if (this.isLabel()) this.misread(start, word, 'name');
      this.body.push({ start, word });
    } else if (word === 'end' && this.body.length > 0) {
      this.closeWith(start);
    }
  }

  /** A body's own END stands where a statement of it could begin, and no other one does. */
  private closeWith(start: number): void {
    const ends = this.last === ';' || this.last === 'atomic';
    const inner = this.body.at(-1);
    if (inner === undefined) return;
    if (ends !== (this.body.length === 1) || this.isLabel()) {
      if (ends) this.misread(inner.start, inner.word, 'open');
      else this.misread(start, 'end', 'name');
    }
    this.body.pop();
  }

  /** `t.end`, `1 AS end`. A label without AS looks like a keyword until the counting does not come out. */
  private isLabel(): boolean {
    return this.last === '.' || this.last === 'as';
  }

  private misread(start: number, word: Misreading['word'], reason: Misreading['reason']): void {
    this.found.push({ start, word, reason });
  }

  private finish(stop: number | undefined): Span | undefined {
    const { open } = this;
    const inner = this.body.at(-1);
    if (inner !== undefined) this.misread(inner.start, inner.word, this.last === 'begin' ? 'name' : 'open');
    this.open = undefined;
    this.parentheses = [];
    this.initial = [];
    this.body = [];
    this.last = '';
    return open && { start: open.start, end: open.end, stop: stop ?? open.end, words: open.words };
  }
}

function makesRoutine([first, second, third, fourth]: readonly string[]): boolean {
  if (first !== 'create') return false;
  const object = second === 'or' && third === 'replace' ? fourth : second;
  return object === 'function' || object === 'procedure';
}
