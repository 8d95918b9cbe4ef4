import { toSubject } from '../schema/word.ts';
import { sanitizeLine } from '../sql/quote.ts';
import type { Part } from './climb.ts';
import type { Run } from './leg.ts';
import type { Piece } from './piece.ts';
import { commentOf, directivesOf, printDraft, wrap } from './text.ts';

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
  const header = headerOf(
    up,
    { ...about, transactional },
    kind === 'first' ? [`It is the text of ${about.from}.`] : [],
  );
  if (verbatim !== undefined) return `${commentOf(header.flatMap(wrap)).join('\n')}\n\n${verbatim}`;
  return printRun(up, { transactional, header });
}

export function printDown({ transactional, down }: Part, about: About): string {
  return printRun(down, {
    transactional,
    header: headerOf(down, { ...about, transactional, message: `Undo: ${about.message}` }, []),
  });
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
  { message, from, scratch, notes, transactional }: About & Pick<Part, 'transactional'>,
  more: readonly string[],
): readonly string[] {
  const fails = [...new Set(pieces.flatMap((piece) => piece.fails ?? []))];
  const rounds = [...new Set(pieces.flatMap((piece) => piece.rounds ?? []))];
  const destroyed = pieces.filter(({ destroys }) => destroys).map(({ change }) => (change ? toSubject(change) : ''));
  const aside = pieces.flatMap((piece) => piece.aside ?? []);
  const locks = impact.locks.map(({ table, mode }) => `${table} (${mode})`);
  return [
    message,
    '',
    `Generated from ${from}. Tested on ${scratch}, up and down, with a row in every table.`,
    'Review it before you apply it.',
    ...more,
    ...section('Changes:', some(pieces.map(({ words }) => words))),
    ...section('Dropped and created again, because it depends on what changes:', some(aside)),
    ...section(`It fails, and ${leaving(transactional)}, where:`, some(fails)),
    ...section('It rounds or cuts values without an error, where:', rounds),
    ...section('Drops, with the data in it:', destroyed),
    ...section('Locks held until the end of the transaction:', some(locks)),
    ...section('Tables that are rewritten, and can not be read meanwhile:', impact.rewrites),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ];
}

/** Nothing where there are no lines. What destroys is never cut short. */
function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function leaving(transactional: boolean): string {
  return transactional ? 'changes nothing' : 'leaves an INVALID index';
}

const most = 60;

function some(lines: readonly string[]): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`];
}

/** What the file leaves to its author, in comments. */
function notesOf({ words, why, statements }: Piece): readonly string[] {
  const reason = why === undefined ? '' : `: ${why}`;
  return [
    `-- not generated: ${sanitizeLine(`${words}${reason}`)}`,
    ...commentOf(statements.flatMap((statement) => statement.split('\n')).map((line) => `  ${line}`)),
  ];
}
