import { type Place, UpdownError } from '../errors.ts';
import { type Classified, classify, readingSetBy } from './classify.ts';
import { viewOf } from './column.ts';
import { destroysOf } from './destroy.ts';
import { labelOf } from './label.ts';
import { lineCounter, placeAt } from './locate.ts';
import { parse } from './parser.ts';
import { type ReadingSetting, setsReadingIn } from './reading.ts';
import { type Scanned, scan } from './scan.ts';
import type { Inspected, SqlSource, Statement } from './source.ts';
import type { Misreading, Span } from './split.ts';
import { createStatements } from './statements.ts';

export interface InspectOptions {
  readonly direction: 'up' | 'down';
}

/** The input gate (F47-F60): what passes may be sent and emitted. The parser must be loaded. */
export function inspect(source: SqlSource, { direction }: InspectOptions): Inspected {
  const scanned = scan(source);
  if (direction === 'up' && source.directives.irreversible) throw irreversibleUp(source);
  const statements = source.directives.unparsed ? unparsed(source, scanned) : parsed(source, scanned);
  return {
    source,
    statements,
    terminated: scanned.terminated,
    variables: scanned.variables,
    warnings: direction === 'up' && statements.length === 0 ? [noStatement(source)] : [],
  };
}

function parsed(source: SqlSource, { spans, misreadings }: Scanned): readonly Statement[] {
  const misreading = misreadings.find(({ reason }) => reason !== 'missed');
  if (misreading !== undefined) throw misread(source, misreading);
  const lineAt = lineCounter(source.text);
  const spanOf = spanFinder(source, spans);
  const statements = createStatements(source.text);
  // Most files hold no such call: their trees are not searched for one.
  const calls = /set_config|U&"/i.test(source.text);
  const cuts = viewOf(spans.length, (index) => spans[index]?.stop ?? 0);
  for (const { node, start, stop, more } of parse(source, cuts)) {
    const classified = classify(node);
    const called = calls ? readingSetBy(node) : undefined;
    const reading = classified.reading ?? called;
    const span = more ? undefined : spanOf(start, stop);
    const label = classified.label ?? labelOf(span?.words ?? []);
    judge(source, start, label, classified);
    if (reading !== undefined) throw changedReading(reading, placeAt(source, start));
    if (span === undefined) continue;
    const { end } = span;
    const { transactional, index, found, trace, session, setsUnseen, mayCommit, addsValue } = classified;
    const destroys = destroysOf(node);
    const facts = {
      transactional,
      label,
      index,
      found,
      trace,
      session,
      setsUnseen,
      mayCommit,
      addsValue,
      destroys: destroys.length > 0 ? destroys : undefined,
    };
    statements.push({ start, end, line: lineAt(start) }, facts);
  }
  return statements.view();
}

/** What psql cuts for each statement of the parser, without the comments behind it, which would swallow what is appended (F59). */
function spanFinder(source: SqlSource, spans: readonly Span[]): (start: number, stop: number) => Span {
  let next = 0;
  return (start, stop) => {
    const span = spans[next++];
    if (span?.start !== start || span.end > stop || (spans[next]?.start ?? stop) < stop) {
      throw otherwiseCut(placeAt(source, start));
    }
    return span;
  };
}

function judge(source: SqlSource, offset: number, label: string, { verb, transactional }: Classified): void {
  const { noTransaction } = source.directives;
  const place = (): Place => placeAt(source, offset);
  if (verb === 'savepoint' ? noTransaction : verb !== undefined) throw transactionVerb(label, noTransaction, place());
  if (!transactional && !noTransaction) throw needsNoTransaction(label, place());
}

/** The server judges the SQL; what would break the step around it is still found, by the words a statement begins with. */
function unparsed(source: SqlSource, { spans, openParenthesis, misreadings }: Scanned): readonly Statement[] {
  const { noTransaction } = source.directives;
  const [misreading] = misreadings;
  if (misreading !== undefined) throw misread(source, misreading);
  const [first, second] = spans;
  const last = spans.at(-1);
  if (first === undefined || last === undefined) return [];
  for (const { words, start } of spans) {
    if (isTransactionVerb(words)) throw transactionVerb(labelOf(words), noTransaction, placeAt(source, start));
  }
  const reading = setsReadingIn(source.text);
  if (reading !== undefined) throw changedReading(reading.name, placeAt(source, reading.offset));
  if (openParenthesis !== undefined) throw unclosedParenthesis(placeAt(source, openParenthesis));
  if (noTransaction && second !== undefined) throw severalUnparsed(placeAt(source, second.start));
  const { start } = first;
  const label = second === undefined ? labelOf(first.words) : `${spans.length} statements`;
  const text = source.text.slice(start, last.end);
  return [{ start, end: last.end, text, line: lineCounter(source.text)(start), transactional: !noTransaction, label }];
}

function isTransactionVerb([first, second, third]: readonly string[]): boolean {
  if (first === 'start' || first === 'prepare') return second === 'transaction';
  if (first === 'rollback') return second !== 'to' && third !== 'to';
  return ['begin', 'commit', 'end', 'abort'].includes(first ?? '');
}

/** It would end the step's own transaction, with half of the file and no ledger entry in it (F20). */
function transactionVerb(label: string, noTransaction: boolean, place: Place): UpdownError {
  const where = noTransaction ? 'a no-transaction file' : 'a migration';
  return new UpdownError('input', `${label} cannot stand in ${where}`, {
    hint: noTransaction
      ? `Each statement of a no-transaction file is sent on its own, so nothing groups them. Take ${label} out; what must happen together goes into a file without that directive.`
      : `Take ${label} out: a file runs in one transaction already. What must be committed in between goes into another revision.`,
    place,
  });
}

function needsNoTransaction(label: string, place: Place): UpdownError {
  return new UpdownError('input', `${label} cannot run inside a transaction`, {
    hint: 'Put "-- updown: no-transaction" at the head of the file, best with this statement alone in it.',
    place,
  });
}

/** A run has read the whole file by then; psql reads and sends one statement after another (F60, F64). */
function changedReading(name: ReadingSetting, place: Place): UpdownError {
  const [message, hint] = readingHints[name];
  return new UpdownError('input', message, { hint: `Take it out: ${hint}`, place });
}

const readingHints: Readonly<Record<ReadingSetting, readonly [message: string, hint: string]>> = {
  standard_conforming_strings: [
    'standard_conforming_strings must stay on',
    "it changes where a string ends. Write strings that need backslash escapes as E'…'.",
  ],
  backslash_quote: [
    'backslash_quote must stay as it is',
    "it changes which strings the SQL after it may contain. Write a quote in a string as ''.",
  ],
  client_encoding: [
    'client_encoding must stay UTF8',
    'every file is UTF-8, and is sent as that. What follows would be stored as other characters.',
  ],
};

function irreversibleUp(source: SqlSource): UpdownError {
  return new UpdownError('input', 'The directive "irreversible" is in an up.sql', {
    hint: 'Move it to the down.sql of the same revision: that is the one that refuses to run.',
    place: placeAt(source, source.text.search(/irreversible/)),
  });
}

/** Both readers find the edges of a BEGIN ATOMIC body, psql without a grammar. Quoted, a word counts for neither. */
function misread(source: SqlSource, { start, word, reason }: Misreading): UpdownError {
  const typed = source.text.slice(start, start + word.length);
  const messages: Readonly<Record<Misreading['reason'], string>> = {
    name: `psql would count this ${typed} among those of a BEGIN ATOMIC body`,
    open: word === 'case' ? `This ${typed} has no END before the body ends` : 'A body is opened here and never closed',
    missed: 'psql would cut this body at its first semicolon',
  };
  const hints: Readonly<Record<Misreading['word'], string>> = {
    begin: 'If it is a name, write it as "begin".',
    case: 'If it is a name, write it as "case"; if it is an expression, close it with END.',
    end: 'If it is a name, write it as "end"; if it ends the body, put a semicolon before it.',
  };
  const body = { name: '', open: ' If it opens a body, close that with "END;".' };
  const hint =
    reason === 'missed'
      ? 'If it is a name, write it as "begin"; if it opens a body, begin the statement with CREATE FUNCTION or CREATE PROCEDURE.'
      : `${hints[word]}${word === 'begin' ? body[reason] : ''}`;
  return new UpdownError('input', messages[reason], { hint, place: placeAt(source, start) });
}

function otherwiseCut(place: Place): UpdownError {
  return new UpdownError('input', 'psql would cut this statement otherwise than the server', {
    hint: 'Quote the names in it that are words of SQL, too, such as "begin", "case" and "end".',
    place,
  });
}

function severalUnparsed(place: Place): UpdownError {
  return new UpdownError('input', 'A file that is unparsed and no-transaction must hold one statement', {
    hint: 'Give this statement a revision of its own.',
    place,
  });
}

function unclosedParenthesis(place: Place): UpdownError {
  return new UpdownError('input', 'A parenthesis is opened here and never closed', {
    hint: 'Close it with ")".',
    place,
  });
}

/** Merges have nothing to say; elsewhere it may be a file that was forgotten (F55). */
function noStatement(source: SqlSource): Inspected['warnings'][number] {
  return { message: 'The file has no statement', place: placeAt(source, 0) };
}
