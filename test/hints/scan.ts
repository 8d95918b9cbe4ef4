import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refusals } from '../../lib/ledger/refusals.ts';

/** A piece of advice in the sources: the literal as it stands, with `…` for what is put in. */
export interface Hint {
  readonly file: string;
  readonly text: string;
}

const lib = fileURLToPath(new URL('../../lib', import.meta.url));

/** Every literal in a place from which an error, a script or `status` takes what to do next. */
export function scanHints(): readonly Hint[] {
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|sql)$/.test(file));
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(lib, file), 'utf8');
    const name = relative(lib, join(lib, file));
    const all = name === 'ledger/refusals.ts' ? inRefusals() : [...inTypeScript(text), ...inSql(text)];
    const found = all.filter((hint) => /[a-z]{2} /i.test(hint) && !/\?\s*$|=>|= \/|\bundefined\b/.test(hint));
    return [...new Set(found)].map((hint) => ({ file: name, text: hint }));
  });
}

/** What the ledger and the head of a script say: they have it from a table. */
function inRefusals(): readonly string[] {
  const all = Object.values(refusals).flatMap((rows) => Object.values(rows));
  return all.map(({ hint }) => hint.replaceAll(/%\d\$[sIL]|\{\w+\}/g, '…'));
}

/** The sections of table.txt by their titles. */
export function readTable(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(new URL('table.txt', import.meta.url), 'utf8');
  const parts = text.split(/^== /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [title = '', ...lines] = part.trim().split('\n');
      return [title, lines.map((line) => line.trim())];
    }),
  );
}

/** The hints of a section that a test obeys one by one: it asks whether it has a case for each. */
export function hintsOf(title: string): readonly string[] {
  const lines = readTable().get(`obeyed: ${title}`) ?? [];
  return lines.map((line) => line.slice(line.indexOf(' | ') + 3));
}

/** Whether that is what was said, with anything in the place of each `…`. */
export function isSaid(hint: string, text: string): boolean {
  const parts = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`${parts.join('[\\s\\S]*')}`).test(hint);
}

/** Behind a name that says so: `hint:`, `const hints =`, `function hintFor`, `usage(…)`, `settleExisting(…)`. */
const openers =
  /\b(?:hint|\w*Hint)\s*(?::|=|\?\?)\s*|\b(?:const|function)\s+(?:\w*[hH]ints?\w*|settle(?!Constraints)[A-Z]\w*|startAhead|inSteps|nextStep|nextOf|nextUpgrade|mend[A-Z]\w*|finishHalf|families|checkUrl|nameRule|howTo\w*|lostWithout|ofMigrators)\b|\b(?:usage|fail|badLine|badSetting|malformed)\(|\bhints?\b[^\n]*=>/g;

function inTypeScript(text: string): readonly string[] {
  return [...text.matchAll(openers)].flatMap(({ 0: opener, index }) => {
    const from = index + opener.length;
    const taken = places[opener.slice(0, -1)];
    if (taken !== undefined) return literalsIn(hintAmong(argumentsOf(text, from), taken));
    const isDefinition = /^(?:const|function)\b/.test(opener);
    return literalsIn(isDefinition ? definitionAt(text, from) : expressionAt(text, from));
  });
}

/** Which argument of these is the hint. */
const places: Readonly<Record<string, number>> = { usage: 2, fail: 2, badLine: 1, badSetting: 3, malformed: 1 };

/** Of one that takes options, it is in those. */
function hintAmong(given: readonly string[], place: number): string {
  return given[place + 1]?.trim().startsWith('{') ? '' : (given[place] ?? '');
}

/** `HINT = '…'`, `HINT = format('…', …)`, `HINT = CASE WHEN … THEN '…'`: up to the end of the statement. */
function inSql(text: string): readonly string[] {
  return [...text.matchAll(/\bHINT\s*=\s*((?:'(?:[^']|'')*'|[^';])*);/g)].flatMap(([, expression = '']) =>
    [...expression.matchAll(/'((?:[^']|'')*)'/g)].map(([, literal = '']) =>
      literal.replaceAll("''", "'").replaceAll(/\$\{[^}]*\}|%[sIL]/g, '…'),
    ),
  );
}

/** Up to the comma, brace or semicolon that ends it. */
function expressionAt(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    at = skipLiteral(text, at);
    const character = text[at] ?? '';
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character) && --depth < 0) return text.slice(from, at);
    if (depth === 0 && ',;'.includes(character)) return text.slice(from, at);
  }
  return text.slice(from);
}

/** Up to the next line that begins at the margin with what closes it. */
function definitionAt(text: string, from: number): string {
  const end = /\n(?:[)}\]][^\n]*|(?=\n)|(?=(?:export|function|const)\b))/.exec(text.slice(from));
  return text.slice(from, end === null ? undefined : from + end.index);
}

function argumentsOf(text: string, from: number): readonly string[] {
  const found: string[] = [];
  for (let at = from; text[at] !== undefined && text[at] !== ')'; at++) {
    const argument = expressionAt(text, at);
    found.push(argument);
    at += argument.length;
    if (text[at] !== ',') break;
  }
  return found;
}

/** The index of a literal's last character, where one begins here. */
function skipLiteral(text: string, at: number): number {
  const quote = text[at] ?? '';
  if (!`'"\``.includes(quote) || quote === '') return at;
  let end = at + 1;
  while (end < text.length && text[end] !== quote) {
    if (text[end] === '\\') end++;
    else if (quote === '`' && text.startsWith('${', end)) end = closingBrace(text, end + 2);
    end++;
  }
  return end;
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  let at = from;
  for (; at < text.length && depth > 0; at++) {
    at = skipLiteral(text, at);
    if (text[at] === '{') depth++;
    if (text[at] === '}') depth--;
  }
  return at - 1;
}

function literalsIn(code: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < code.length; at++) {
    if (code.startsWith('//', at)) at = code.indexOf('\n', at) === -1 ? code.length : code.indexOf('\n', at);
    const end = skipLiteral(code, at);
    if (end === at) continue;
    found.push(plain(code.slice(at + 1, end)));
    at = end;
  }
  return found;
}

function plain(literal: string): string {
  let text = '';
  for (let at = 0; at < literal.length; at++) {
    if (literal.startsWith('${', at)) {
      at = closingBrace(literal, at + 2);
      text += '…';
    } else if (literal[at] === '\\') text += literal[++at];
    else text += literal[at];
  }
  return text;
}
