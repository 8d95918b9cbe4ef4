/**
 * The lexical grammar of PostgreSQL, as the server's scan.l and psql's psqlscan.l have it in common. Where the two part, or two versions of
 * one, a token tells of it and `scan` refuses it: see "What psql reads otherwise" in docs/script.md.
 */
export type TokenKind =
  | 'comment'
  | 'word'
  | 'name'
  | 'string'
  | 'dollar'
  | 'number'
  | 'parameter'
  | 'variable'
  | 'backslash'
  | 'operator'
  | 'punctuation';

/** Offsets are UTF-16 indices. `closed` is false where the text ends before the quote or comment does (F58). */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly closed: boolean;
  /** Where an E'' string goes on, on a later line, in a piece that ends elsewhere for psql, which has forgotten the E by then. */
  readonly forgotten?: number | undefined;
}

/** Every token of a text, comments included, space left out. Lazy: who needs only the head reads only the head. */
export function* lex(text: string, from = 0, to: number = text.length): Generator<Token, void, undefined> {
  let at = skipSpace(text, from);
  while (at < to) {
    const token = tokenAt(text, at);
    yield token;
    at = skipSpace(text, token.end);
  }
}

/** A scanner looks at the text from `start` on and returns the token that begins there. */
type Scanner = (text: string, start: number) => Token;

function tokenAt(text: string, start: number): Token {
  return scannerFor(text, start)(text, start);
}

function scannerFor(text: string, start: number): Scanner {
  const code = text.charCodeAt(start);
  if (isNameStart(code)) return scanWord;
  if (isDigit(code)) return scanNumber;
  const character = text.charAt(start);
  return byCharacter[character] ?? (operatorCharacters.includes(character) ? scanOperator : scanPunctuation);
}

const byCharacter: Readonly<Record<string, Scanner>> = {
  "'": scanString,
  '"': scanName,
  $: scanDollar,
  ':': scanColon,
  '\\': (_, at) => token('backslash', at, at + 1),
  '.': (text, at) => (isDigit(text.charCodeAt(at + 1)) ? scanNumber : scanPunctuation)(text, at),
  '-': (text, at) => (text[at + 1] === '-' ? scanLineComment : scanOperator)(text, at),
  '/': (text, at) => (text[at + 1] === '*' ? scanBlockComment : scanOperator)(text, at),
};

const operatorCharacters = '~!@#^&|`?+-*/%<>=';

function scanWord(text: string, start: number): Token {
  const prefixed = prefixedQuote(text, start);
  if (prefixed !== undefined) return prefixed;
  let at = start + 1;
  // `$` continues a word: `a$$b` is one name, no dollar quote.
  while (isNamePart(text.charCodeAt(at)) || text[at] === '$') at++;
  return token('word', start, at);
}

/** E'…' B'…' X'…' N'…' U&'…' U&"…": the letter belongs to the quote. */
function prefixedQuote(text: string, start: number): Token | undefined {
  const letter = text.charAt(start).toLowerCase();
  const next = text[start + 1];
  if (next === "'" && 'ebxn'.includes(letter)) return quoted('string', text, start, start + 2, letter === 'e');
  if (letter !== 'u' || next !== '&') return undefined;
  if (text[start + 2] === "'") return quoted('string', text, start, start + 3, false);
  if (text[start + 2] === '"') return doubled('name', text, start, start + 3);
  return undefined;
}

function scanString(text: string, start: number): Token {
  return quoted('string', text, start, start + 1, false);
}

function scanName(text: string, start: number): Token {
  return doubled('name', text, start, start + 1);
}

/** A '…' string; after its end, one that begins on a later line continues it, in the same mode. */
function quoted(kind: TokenKind, text: string, start: number, from: number, escapes: boolean): Token {
  let forgotten: number | undefined;
  for (let at = from; ; ) {
    const end = escapes ? closingEscaped(text, at) : closing(text, at, "'");
    if (end === -1) return token(kind, start, text.length, false);
    const next = continuation(text, end);
    if (next === -1) return token(kind, start, end, true, forgotten);
    // psql reads line by line, without the line feed: it never sees the two pieces as one string.
    if (escapes && text.slice(end, next).includes('\n') && closing(text, next, "'") !== closingEscaped(text, next))
      forgotten ??= next - 1;
    at = next;
  }
}

function doubled(kind: TokenKind, text: string, start: number, from: number): Token {
  const end = closing(text, from, '"');
  return end === -1 ? token(kind, start, text.length, false) : token(kind, start, end);
}

/** One past the closing quote, or -1. Two quotes in a row stand for one. */
function closing(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 2)) {
    if (text[at + 1] !== quote) return at + 1;
  }
  return -1;
}

function closingEscaped(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\' || (text[at] === "'" && text[at + 1] === "'")) at++;
    else if (text[at] === "'") return at + 1;
  }
  return -1;
}

/** Where a string goes on behind space with a line end (and `--` comments) and a quote; -1 where it does not. */
function continuation(text: string, from: number): number {
  let lines = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isNewline(code)) lines++;
    else if (code === 0x2d && text.charCodeAt(at + 1) === 0x2d) at = lineEnd(text, at) - 1;
    else if (!isSpace(code)) return lines > 0 && code === 0x27 ? at + 1 : -1;
  }
  return -1;
}

function scanDollar(text: string, start: number): Token {
  dollarTag.lastIndex = start;
  const tag = dollarTag.exec(text)?.[0];
  if (tag !== undefined) {
    const end = text.indexOf(tag, start + tag.length);
    return end === -1 ? token('dollar', start, text.length, false) : token('dollar', start, end + tag.length);
  }
  let at = start + 1;
  while (isDigit(text.charCodeAt(at))) at++;
  return token(at > start + 1 ? 'parameter' : 'punctuation', start, at);
}

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/** `::`, `:=`, or a variable that psql replaces outside quotes where it is set (F63). */
function scanColon(text: string, start: number): Token {
  if (text[start + 1] === ':' || text[start + 1] === '=') return token('operator', start, start + 2);
  psqlVariable.lastIndex = start;
  const variable = psqlVariable.exec(text)?.[0];
  return variable === undefined
    ? token('operator', start, start + 1)
    : token('variable', start, start + variable.length);
}

const psqlVariable = /:(?:[\w\u0080-\uffff]+|'[\w\u0080-\uffff]+'|"[\w\u0080-\uffff]+"|\{\?[\w\u0080-\uffff]+\})/y;

function scanNumber(text: string, start: number): Token {
  number.lastIndex = start;
  return token('number', start, start + (number.exec(text)?.[0].length ?? 1));
}

/** `1..2` is 1, two dots and 2. */
const number =
  /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?!\.)(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y;

function scanLineComment(text: string, start: number): Token {
  return token('comment', start, lineEnd(text, start));
}

/** The server ends a `--` comment at a lone carriage return, too. */
function lineEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isNewline(text.charCodeAt(at))) at++;
  return at;
}

function scanBlockComment(text: string, start: number): Token {
  let depth = 1;
  blockEdge.lastIndex = start + 2;
  while (depth > 0) {
    const edge = blockEdge.exec(text);
    if (edge === null) return token('comment', start, text.length, false);
    depth += edge[0] === '/*' ? 1 : -1;
  }
  return token('comment', start, blockEdge.lastIndex);
}

const blockEdge = /\/\*|\*\//g;

/** A run of operator characters; a comment inside it ends it. */
function scanOperator(text: string, start: number): Token {
  let at = start + 1;
  while (at < text.length && operatorCharacters.includes(text.charAt(at))) {
    const pair = text.slice(at, at + 2);
    if (pair === '--' || pair === '/*') break;
    at++;
  }
  return token('operator', start, at);
}

function scanPunctuation(_: string, start: number): Token {
  return token('punctuation', start, start + 1);
}

function token(kind: TokenKind, start: number, end: number, closed = true, forgotten?: number): Token {
  return { kind, start, end, closed, forgotten };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Without the vertical tab: PostgreSQL takes it for space from 16 on. */
const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b);

const isNewline = (code: number): boolean => code === 0x0a || code === 0x0d;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Every character beyond ASCII may stand in a name, as in the server. */
export const isNameStart = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code >= 0x80;

const isNamePart = (code: number): boolean => isNameStart(code) || isDigit(code);
