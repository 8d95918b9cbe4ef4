import { UpdownError } from '../errors.ts';
import { toMilliseconds } from './duration.ts';
import { placeAt } from './locate.ts';
import { sanitizeLine } from './quote.ts';
import type { Directives, Inspected, Statement } from './source.ts';

/** A file that becomes part of another one. */
export interface Joined {
  /** Said above it: which revision it was. */
  readonly title: string;
  readonly inspected: Inspected;
  /** What is left out of it. */
  readonly dropped: readonly Statement[];
}

/**
 * The texts of several files as that of one, one behind the other, byte for byte but for what is left out. Throws `input` for what would not be
 * the same in one transaction. `between` is SQL that stands between two of them.
 */
export function joinFiles(files: readonly Joined[], { between = '' }: { readonly between?: string } = {}): string {
  for (const [index, file] of files.entries()) refuseApart(file, index === files.length - 1);
  const directives = printDirectives(files.map(({ inspected }) => inspected.source.directives));
  return `${directives}${files.map(printFile).join(`\n${between}`)}`;
}

function refuseApart({ inspected, title }: Joined, isLast: boolean): void {
  const { source, statements } = inspected;
  const refuse = (why: string, at?: Statement) => {
    throw new UpdownError('input', `"${source.file}" can't be part of one file: ${why}`, {
      hint: `Leave it out: make one of the revisions below it, and one of those above. From base, and without --join, the SQL is generated from the schema, and no text is needed.`,
      place: placeAt(source, at?.start ?? 0),
      subject: title.split(' ')[0],
    });
  };
  if (source.directives.noTransaction) refuse('it runs outside a transaction');
  if (source.directives.unparsed) refuse('it is marked unparsed, so that nobody can say what it does');
  for (const one of statements) {
    if (!one.transactional) refuse(`${one.label} can't run inside a transaction`, one);
    // What it sets would hold for the files behind it, which ran without.
    const sets = one.session === true || one.setsUnseen === true || /\bset_config\b/i.test(one.text);
    if (sets && !isLast) refuse(`${one.label} would also apply to the revisions after it`, one);
  }
}

/** The shortest wait for a lock that one of them asks for, and the longest time for a statement. */
function printDirectives(all: readonly Directives[]): string {
  const waits = all.flatMap(({ lockTimeout }) => lockTimeout ?? []).sort(byLength);
  const times = all.flatMap(({ statementTimeout }) => statementTimeout ?? []).sort(byLength);
  const allowed = new Map(all.flatMap(({ allow }) => allow).map(({ rule, reason }) => [rule, reason]));
  const [wait, time] = [waits[0], times.at(-1)];
  const words = [
    ...(wait === undefined ? [] : [`lock-timeout=${wait}`]),
    ...(time === undefined ? [] : [`statement-timeout=${time}`]),
    ...[...allowed].map(([rule, reason]) => `allow ${rule}: ${reason}`),
  ];
  return words.map((word) => `-- updown: ${word}\n`).join('');
}

/** 0 is no limit. */
function byLength(one: string, other: string): number {
  const length = (text: string) => toMilliseconds(text) || Number.POSITIVE_INFINITY;
  return length(one) === length(other) ? 0 : length(one) - length(other);
}

function printFile({ title, inspected, dropped }: Joined): string {
  const { source, statements, terminated } = inspected;
  const start = statements[0]?.start ?? source.text.length;
  const head = source.text.slice(0, start).replace(/^[ \t]*--+\s*updown\b\s*:.*(\n|$)/gim, '');
  let text = head;
  let at = start;
  for (const one of dropped) {
    const end = endOf(source.text, one);
    text += `${source.text.slice(at, one.start)}-- left out: ${sanitizeLine(one.label)}\n`;
    at = end;
  }
  text += source.text.slice(at);
  const isDropped = dropped.length > 0 && dropped.at(-1)?.start === statements.at(-1)?.start;
  const end = terminated || statements.length === 0 || isDropped ? '' : ';\n';
  return `-- ${sanitizeLine(title)}\n${text.trimEnd()}\n${end}`;
}

/** Up to its semicolon, which a comment may stand in front of. */
function endOf(text: string, { end }: Statement): number {
  const found = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*;/.exec(text.slice(end));
  return found === null ? end : end + found[0].length;
}
