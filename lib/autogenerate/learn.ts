import { UpdownError } from '../errors.ts';
import type { Change } from '../schema/change.ts';
import type { Name } from '../schema/name.ts';
import { quoteRelation } from '../sql/quote.ts';
import type { FileFailure } from '../verify/file.ts';
import { keyOfChange, type Piece } from './piece.ts';
import { type Draft, pieceAt } from './text.ts';

/** What is known so far of what can't be run as it was planned. */
export interface Knowledge {
  /** Tables whose row of ours is in the way of what is only about rows. */
  readonly withoutRows: Set<string>;
  /** Changes whose SQL failed on a row of ours, and how, on the way up and on the way down. */
  readonly failed: { readonly up: Map<string, string>; readonly down: Map<string, string> };
  /** Changes whose SQL the server refuses, and why, on the way up and on the way down. */
  readonly refused: { readonly up: Map<string, string>; readonly down: Map<string, string> };
  labelsApart: boolean;
  /** Bodies of functions are not looked into while they are made. */
  bodiesUnchecked: boolean;
  /** Whether the other planner was asked for what is left. */
  second: 'unasked' | 'asked' | 'answered';
  /** What a table was called in front of the renames. */
  readonly oldNameOf: (table: string) => string;
}

/** Thrown where another database has to be asked. */
export class StartAgain extends Error {}

interface Failed {
  readonly pieces: readonly Piece[];
  readonly draft: Draft;
  readonly op: 'up' | 'down';
}

/** Finds what to leave out, or to do otherwise. Throws `StartAgain` where the database is not what it was. */
export function learn(known: Knowledge, failure: FileFailure, { pieces, draft, op }: Failed): void {
  const at = failure.place === undefined ? undefined : pieceAt(draft, failure.place.line);
  const piece = at === undefined ? undefined : pieces[at];
  const change = piece?.change;
  if (failure.code === newLabel && !known.labelsApart && op === 'up') {
    known.labelsApart = true;
    throw new StartAgain(failure.message);
  }
  if (piece === undefined || change === undefined) throw unattributed(failure);
  learnRows(known, failure, tablesOf(change), { op, key: keyOfChange(change) });
  if (!known.bodiesUnchecked && makesRoutine(piece)) known.bodiesUnchecked = true;
  else known.refused[op].set(keyOfChange(change), failure.message);
}

/** Itself, or what is dropped for its sake and made again. */
function makesRoutine({ statements }: Piece): boolean {
  return statements.some((statement) => /^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE) /.test(statement));
}

/** A row of ours that is in the way is left out: first those of these tables, and then that of the one which the server names. */
export function learnRows(
  known: Knowledge,
  failure: FileFailure,
  tables: readonly string[],
  of?: { readonly op: 'up' | 'down'; readonly key: string },
): void {
  if (!isOfRows(failure)) return;
  const named = failure.table === undefined ? [] : [quoteRelation(failure.table)];
  for (const some of [tables, named]) {
    const filled = some.map(known.oldNameOf).filter((table) => !known.withoutRows.has(table));
    if (filled.length === 0) continue;
    for (const table of filled) known.withoutRows.add(table);
    if (of !== undefined) known.failed[of.op].set(of.key, failure.message);
    throw new StartAgain(failure.message);
  }
}

/** A label of an enum type can't be used in the transaction that adds it. */
const newLabel = '55P04';

/** Class 22 and 23: a value that does not fit, a constraint that a row does not satisfy. */
function isOfRows({ code }: FileFailure): boolean {
  return /^2[23]/.test(code);
}

function tablesOf(change: Change): readonly string[] {
  const own =
    'of' in change
      ? change.of.kind === 'table'
        ? [change.of.name]
        : []
      : change.kind.startsWith('table-')
        ? [change.name as Name]
        : [];
  const referenced =
    change.kind === 'constraint-dropped' && change.value.references !== null ? [change.value.references.table] : [];
  return [...own, ...referenced].map(quoteRelation);
}

export function unattributed({ message, code, place }: FileFailure): UpdownError {
  return new UpdownError('sql', `What was generated can't be run: ${message}`, {
    hint: 'Write this revision by hand: updown revision -m "…". Nothing was written, and nothing but scratch was touched.',
    place,
    sqlstate: code === '' ? undefined : code,
  });
}
