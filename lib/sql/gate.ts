import { type Place, UpdownError } from '../errors.ts';
import { type Classified, classify } from './classify.ts';
import { destroysOf } from './destroy.ts';
import { labelOf } from './label.ts';
import { lineCounter, placeAt } from './locate.ts';
import { parse } from './parser.ts';
import { type Scanned, scan } from './scan.ts';
import type { Inspected, SqlSource, Statement } from './source.ts';
import type { Span } from './split.ts';

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

function parsed(source: SqlSource, { spans }: Scanned): readonly Statement[] {
  const lineAt = lineCounter(source.text);
  const spanOf = spanFinder(spans);
  const cuts = spans.map((span) => span.stop);
  return Array.from(parse(source, cuts), ({ node, start, stop }) => {
    const { words, end } = spanOf(start, stop, source.text);
    const classified = classify(node);
    const label = classified.label ?? labelOf(words);
    judge(source, start, label, classified);
    const { transactional, index, found, trace, session, setsUnseen, mayCommit, addsValue } = classified;
    const destroys = destroysOf(node);
    const text = source.text.slice(start, end);
    const facts = {
      ...(index && { index }),
      ...(found && { found }),
      ...(trace && { trace }),
      ...(session && { session }),
      ...(setsUnseen && { setsUnseen }),
      ...(mayCommit && { mayCommit }),
      ...(addsValue && { addsValue }),
      ...(destroys.length > 0 && { destroys }),
    };
    return { start, end, text, line: lineAt(start), transactional, label, ...facts };
  });
}

/** Where the parser's statement has its last token: trailing comments would swallow what is appended (F59). Asked in rising order. */
function spanFinder(
  spans: readonly Span[],
): (start: number, stop: number, text: string) => Pick<Span, 'words' | 'end'> {
  let next = 0;
  return (start, stop, text) => {
    let words: readonly string[] = [];
    let end = start;
    for (; next < spans.length && spans[next]!.end <= stop; next++) {
      const span = spans[next]!;
      if (span.start === start) words = span.words;
      end = span.end;
    }
    // The parser alone decides: where the lexer saw one statement in several, they end at their semicolons.
    return { words, end: end > start ? end : start + text.slice(start, stop).trimEnd().length };
  };
}

function judge(source: SqlSource, offset: number, label: string, { verb, reading, transactional }: Classified): void {
  const { noTransaction } = source.directives;
  const place = (): Place => placeAt(source, offset);
  if (verb === 'savepoint' ? noTransaction : verb !== undefined) throw transactionVerb(label, noTransaction, place());
  if (reading === 'strings') throw changedStrings(place());
  if (reading === 'encoding') throw changedEncoding(place());
  if (!transactional && !noTransaction) throw needsNoTransaction(label, place());
}

/** The server judges the SQL; what would break the step around it is still found, by the words a statement begins with. */
function unparsed(source: SqlSource, { spans, openParenthesis }: Scanned): readonly Statement[] {
  const { noTransaction } = source.directives;
  const [first, second] = spans;
  const last = spans.at(-1);
  if (first === undefined || last === undefined) return [];
  for (const { words, start } of spans) {
    if (isTransactionVerb(words)) throw transactionVerb(labelOf(words), noTransaction, placeAt(source, start));
  }
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

function changedStrings(place: Place): UpdownError {
  return new UpdownError('input', 'standard_conforming_strings must stay on', {
    hint: "Take it out: it changes where a string ends. Write strings that need backslash escapes as E'…'.",
    place,
  });
}

function changedEncoding(place: Place): UpdownError {
  return new UpdownError('input', 'client_encoding must stay UTF8', {
    hint: 'Take it out: every file is UTF-8, and is sent as that. What follows would be stored as other characters.',
    place,
  });
}

function irreversibleUp(source: SqlSource): UpdownError {
  return new UpdownError('input', 'The directive "irreversible" stands in an up.sql', {
    hint: 'Move it to the down.sql of the same revision: that is the one that refuses to run.',
    place: placeAt(source, source.text.search(/irreversible/)),
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
