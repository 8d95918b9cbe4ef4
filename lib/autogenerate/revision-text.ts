import { toSubject } from '../schema/word.ts';
import { sanitizeLine } from '../sql/quote.ts';
import type { Part, Run } from './climb.ts';
import { directivesOf } from './climb.ts';
import type { Piece } from './piece.ts';
import { commentOf, printDraft } from './text.ts';
import type { Impact } from './watch.ts';

/** What both files of a revision say of themselves. */
export interface About {
  readonly message: string;
  /** `"schema.sql"` */
  readonly from: string;
  /** `PostgreSQL 18.3 (in-process)` */
  readonly scratch: string;
  /** Further lines: what is lost, or stands elsewhere. */
  readonly notes: readonly string[];
}

export function printUp({ kind, transactional, up }: Part, about: About, verbatim: string | undefined): string {
  const header = headerOf(up, about, kind === 'first' ? [`It is the text of ${about.from}.`] : []);
  if (verbatim !== undefined) return `${commentOf(header).join('\n')}\n\n${verbatim}`;
  return printRun(up, { transactional, header });
}

export function printDown({ transactional, down }: Part, about: About): string {
  return printRun(down, { transactional, header: headerOf(down, { ...about, message: `Undo: ${about.message}` }, []) });
}

function printRun(
  { settings, pieces, left }: Run,
  { transactional, header }: { readonly transactional: boolean; readonly header: readonly string[] },
): string {
  return printDraft({ directives: directivesOf(transactional), header, settings, pieces, notes: left.flatMap(notesOf) })
    .text;
}

/** What this file does, takes away and locks. */
function headerOf(
  { pieces, impact }: Run,
  { message, from, scratch, notes }: About,
  more: readonly string[],
): readonly string[] {
  const destroyed = pieces.filter(({ destroys }) => destroys);
  const aside = pieces.flatMap((piece) => piece.aside ?? []);
  return [
    message,
    '',
    `Generated from ${from}. Tested on ${scratch}, up and down, with a row in every table.`,
    'Review it before you apply it.',
    ...more,
    ...(pieces.length === 0 ? [] : ['', 'Changes:', ...some(pieces.map(({ words }) => `  ${words}`))]),
    ...(aside.length === 0
      ? []
      : [
          '',
          'Dropped and created again, because it depends on what changes:',
          ...some(aside.map((words) => `  ${words}`)),
        ]),
    ...(destroyed.length === 0
      ? []
      : ['', 'Drops, with the data in it:', ...destroyed.map(({ change }) => `  ${change ? toSubject(change) : ''}`)]),
    ...lockLines(impact),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ];
}

const most = 60;

function some(lines: readonly string[]): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `  and ${lines.length - most} more`];
}

function lockLines({ locks, rewrites }: Impact): readonly string[] {
  return [
    ...(locks.length === 0
      ? []
      : [
          '',
          'Locks held until the end of the transaction:',
          ...some(locks.map(({ table, mode }) => `  ${table} (${mode})`)),
        ]),
    ...(rewrites.length === 0
      ? []
      : ['', 'Tables that are rewritten, and can not be read meanwhile:', ...rewrites.map((table) => `  ${table}`)]),
  ];
}

/** What the file leaves to its author, in comments. */
function notesOf({ words, why, statements }: Piece): readonly string[] {
  const reason = why === undefined ? '' : `: ${why}`;
  return [
    `-- not generated: ${sanitizeLine(`${words}${reason}`)}`,
    ...commentOf(statements.flatMap((statement) => statement.split('\n')).map((line) => `  ${line}`)),
  ];
}
