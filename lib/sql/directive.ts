import { UpdownError } from '../errors.ts';
import { isNear, suggest } from '../suggest.ts';
import { isDuration } from './duration.ts';
import { lex } from './lexer.ts';
import { type Located, placeAt } from './locate.ts';
import { sanitizeLine } from './quote.ts';
import type { Directives } from './source.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Reads the `-- updown: …` comments before the first token of SQL; what follows is not even lexed. */
export function readDirectives(source: Located): Directives {
  const directives = none();
  // Every applied file is read for its digest, and most of them have none.
  if (!/updown/i.test(source.text) && !lookalike.test(source.text)) return directives;
  for (const { kind, start, end } of lex(source.text)) {
    if (kind !== 'comment') break;
    const directive = directiveIn(source, start, end);
    if (directive !== undefined) apply(source, directives, directive);
  }
  return directives;
}

/** For comments behind the head, where a directive would have no effect: better refused than ignored. */
export function refuseStray(source: Located, start: number, end: number): void {
  const directive = directiveIn(source, start, end);
  if (directive === undefined) return;
  throw refusal(source, directive.offset, 'A directive must stand before the first statement', {
    hint: `Move "-- updown: ${sanitizeLine(directive.text)}" to the head of the file.`,
  });
}

interface Directive {
  readonly text: string;
  readonly offset: number;
}

const flags = { 'no-transaction': 'noTransaction', irreversible: 'irreversible', unparsed: 'unparsed' } as const;
const durations = { 'lock-timeout': 'lockTimeout', 'statement-timeout': 'statementTimeout' } as const;
const examples: Readonly<Record<string, string>> = {
  'no-transaction': 'no-transaction',
  irreversible: 'irreversible',
  unparsed: 'unparsed',
  'lock-timeout': 'lock-timeout=2s',
  'statement-timeout': 'statement-timeout=10min',
  allow: 'allow <rule>: <reason>',
};

const known = `(?:${Object.keys(flags).join('|')})[ \\t\\r]*$|(?:${Object.keys(durations).join('|')})[ \\t]*=|allow[ \\t]+[\\w-]+[ \\t]*:`;
const named = '\\p{L}[\\p{L}\\w-]{1,7}(?: \\p{L}{1,6})?';
/** A word or two, a colon and a directive: found anywhere in a text, so that most files are not lexed for it. */
const lookalike = new RegExp(`(?<!-)--+[ \\t]*(${named})[ \\t]*:[ \\t]*((?:${known}).*)`, 'imu');

function none(): Mutable<Directives> {
  return { noTransaction: false, irreversible: false, unparsed: false, allow: [] };
}

/** What a comment asks for, if it speaks to this program at all. */
function directiveIn(source: Located, start: number, end: number): Directive | undefined {
  // Most comments are prose: a look at their first letters is all that those cost.
  const opening = /^(--+|\/\*+)\s*updown\b\s*(:?)\s*/i.exec(source.text.slice(start, Math.min(end, start + 200)));
  if (opening === null) return misspelt(source, start, end);
  const [all, dashes = '', colon] = opening;
  const text = source.text.slice(start + all.length, end).trimEnd();
  const offset = start + all.length;
  if (colon === '') return mistaken(source, text, offset);
  if (dashes.startsWith('-')) return { text, offset };
  throw refusal(source, start, 'A directive must be a "--" comment', {
    hint: `Write "-- updown: ${sanitizeLine(text.replace(/\*+\/$/, ''))}" on a line of its own.`,
  });
}

/** `-- updown no-transaction`: surely meant, and without effect. Other prose about updown is let be. */
function mistaken(source: Located, text: string, offset: number): undefined {
  const [name = ''] = /^[\w-]+(?=$|\s*=)/.exec(text) ?? [];
  if (!Object.hasOwn(examples, name)) return undefined;
  throw refusal(source, offset, 'A directive needs a colon after "updown"', {
    hint: `Write "-- updown: ${sanitizeLine(text)}".`,
  });
}

/** `-- up-down: no-transaction`: a word like ours, a colon and a directive; without all three it is prose, as is "down: irreversible". */
function misspelt(source: Located, start: number, end: number): undefined {
  const match = lookalike.exec(source.text.slice(start, end));
  const [all = '', word = '', text = ''] = match ?? [];
  if (match?.index !== 0 || /^down$/i.test(word) || !isNear(word.toLowerCase(), 'updown', 2)) return;
  throw refusal(source, start + all.indexOf(word), `"${sanitizeLine(word)}" is not "updown"`, {
    hint: `Write "-- updown: ${sanitizeLine(text.trimEnd())}".`,
  });
}

function apply(source: Located, directives: Mutable<Directives>, { text, offset }: Directive): void {
  const [, name = text, value = ''] = /^([\w-]+)\s*=\s*(.*)$/s.exec(text) ?? [];
  const flag = own(flags, text);
  const duration = name === text ? undefined : own(durations, name);
  if (flag !== undefined) {
    if (directives[flag]) throw repeated(source, offset, text);
    directives[flag] = true;
  } else if (duration !== undefined) {
    if (directives[duration] !== undefined) throw repeated(source, offset, name);
    if (!isDuration(value)) throw badDuration(source, offset, name, value);
    directives[duration] = value;
  } else if (/^allow\b/.test(text)) {
    allow(source, directives, text.slice('allow'.length).trimStart(), offset);
  } else {
    throw unknown(source, offset, text);
  }
}

function allow(source: Located, directives: Mutable<Directives>, value: string, offset: number): void {
  const [, rule, reason] = /^([a-z][a-z0-9-]*)\s*:\s*(\S.*)$/.exec(value) ?? [];
  if (rule === undefined || reason === undefined) {
    throw refusal(source, offset, 'An "allow" directive needs a rule and a reason', {
      hint: 'Write "-- updown: allow <rule>: <reason>".',
    });
  }
  if (directives.allow.some((allowed) => allowed.rule === rule)) throw repeated(source, offset, `allow ${rule}`);
  directives.allow = [...directives.allow, { rule, reason }];
}

function own<T extends object>(table: T, name: string): T[keyof T] | undefined {
  return Object.hasOwn(table, name) ? table[name as keyof T] : undefined;
}

function unknown(source: Located, offset: number, text: string): UpdownError {
  const guess = suggest(/^[\w-]*/.exec(text)?.[0] ?? '', Object.keys(examples));
  const hint =
    guess === undefined
      ? `Known are: ${Object.values(examples).join(', ')}.`
      : `Did you mean "-- updown: ${examples[guess]}"? Write one directive on a line, with nothing after it.`;
  return refusal(source, offset, `Unknown directive "${sanitizeLine(text)}"`, { hint });
}

function repeated(source: Located, offset: number, name: string): UpdownError {
  return refusal(source, offset, `The directive "${name}" is given twice`, { hint: 'Keep one of them.' });
}

function badDuration(source: Located, offset: number, name: string, value: string): UpdownError {
  return refusal(source, offset, `"${sanitizeLine(value)}" is not a duration`, {
    hint: `Write a whole number and a unit, such as "-- updown: ${name}=2s", from 1ms to 24d (units: us, ms, s, min, h, d), or 0 for no limit.`,
  });
}

function refusal(source: Located, offset: number, message: string, { hint }: { readonly hint: string }): UpdownError {
  return new UpdownError('input', message, { hint, place: placeAt(source, offset) });
}
