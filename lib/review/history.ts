import { SendError } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { begin, cleaning } from '../plan/block.ts';
import { type Pins, pinFile, printPins, printRole } from '../plan/pins.ts';
import type { Progress } from '../plan/progress.ts';
import { resetRole } from '../plan/step.ts';
import type { Signal } from '../signal.ts';
import { offsetOfCodePoint, placeAt } from '../sql/locate.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Inspected } from '../sql/source.ts';
import type { Scratch } from './scratch.ts';

/** A revision's file, checked and ready to be sent. */
export interface Piece {
  readonly op: 'up' | 'down';
  readonly id: string;
  readonly name: string;
  readonly inspected: Inspected;
}

export interface Course {
  /** What the plan stands on, to be run first. */
  readonly history: readonly Piece[];
  readonly plan: readonly Piece[];
  readonly pins: Pins;
  readonly emit: (event: Progress) => void;
  readonly signal: Signal | undefined;
}

/** Brings scratch to where the plan starts. */
export async function runHistory(scratch: Scratch, course: Course): Promise<void> {
  for (const piece of course.history) {
    refuseInterrupted(course);
    await runPiece(scratch, piece, course);
  }
  if (scratch.watcher === undefined) await scratch.session.send(forgetEmptiness);
}

export function refuseInterrupted({ signal }: Course): void {
  if (!signal?.aborted) return;
  throw new UpdownError('interrupted', 'interrupted: nothing but scratch was touched', {
    hint: 'Run the command again.',
  });
}

/** A table that was analyzed or indexed while it was empty would be planned as empty; one that never was is planned as one with rows. */
const forgetEmptiness =
  "UPDATE pg_catalog.pg_class SET reltuples = -1 WHERE relkind IN ('r', 'm') AND relpages = 0 AND oid >= 16384";

/** Embedded, the server has no login to go back to: it must be named. */
function resetOf({ watcher }: Scratch): string {
  const reset = resetRole.join('');
  return watcher === undefined
    ? reset.replace('RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION postgres')
    : reset;
}

export function cleaningOf(scratch: Scratch): string {
  return `${resetOf(scratch)}${cleaning.join('; ')};\n`;
}

/** As a run does it, but for the ledger. */
async function runPiece(scratch: Scratch, piece: Piece, course: Course): Promise<void> {
  const { source, statements } = piece.inspected;
  const pins = pinFile(course.pins, source.directives);
  if (!source.directives.noTransaction) {
    const head = `${begin}${printPins(pins, 'SET LOCAL')}${printRole(pins, 'SET LOCAL')}`;
    return sendHistory(scratch, piece, course, {
      text: `${head}${source.text}\n;\n${cleaningOf(scratch)}COMMIT;\n`,
      at: head.length,
    });
  }
  await scratch.session.send(printPins(pins, 'SET') + printRole(pins, 'SET'));
  for (const { text, start } of statements) await sendHistory(scratch, piece, course, { text, at: -start });
  await scratch.session.send(cleaningOf(scratch));
}

/** In process no role is there but the superuser, and those the files name are made as they are asked for. */
async function sendHistory(
  scratch: Scratch,
  piece: Piece,
  course: Course,
  { text, at }: { readonly text: string; readonly at: number },
): Promise<void> {
  for (;;) {
    try {
      await scratch.session.send(text, { dropsRows: true });
      return;
    } catch (error) {
      refuseInterrupted(course);
      if (!(error instanceof SendError) || error.fields === undefined || error.lost) throw wordLost(error);
      if (text.startsWith(begin)) await scratch.session.send('ROLLBACK');
      if (await makeRole(scratch, error.fields)) continue;
      throw wordHistory(scratch, piece, text, at, error);
    }
  }
}

export function wordLost(error: unknown): UpdownError {
  const message = error instanceof Error ? error.message : String(error);
  const isGone = !(error instanceof SendError) || error.lost;
  return new UpdownError(
    isGone ? 'connection' : 'sql',
    isGone ? `Scratch is gone: ${message}` : `Scratch can't be looked at: ${message}`,
    {
      hint: 'Run the command again, or on another scratch server. Nothing but scratch was touched.',
      cause: error,
    },
  );
}

function wordHistory(
  { watcher }: Scratch,
  { id, inspected }: Piece,
  text: string,
  at: number,
  { fields }: SendError,
): UpdownError {
  const { source } = inspected;
  const offset = fields?.position === undefined ? undefined : offsetOfCodePoint(text, fields.position - 1) - at;
  const inFile = offset !== undefined && offset >= 0 && offset <= source.text.length;
  return new UpdownError('sql', `Scratch can't be brought to where the plan starts: ${fields?.message}`, {
    hint:
      watcher === undefined
        ? 'PostgreSQL in this process has its limits (extensions, languages, collations): name a server for scratch, --scratch postgres://…'
        : 'The scratch server needs what the history asks for: its extensions, its roles, its version.',
    place: placeAt(source, inFile ? offset : 0),
    subject: id,
    ...(fields !== undefined && { sqlstate: fields.code }),
    notes: [`revision: ${id}`],
  });
}

export async function makeRole(
  { session, watcher }: Scratch,
  { message }: { readonly message: string },
): Promise<boolean> {
  const [, role] = /^role "(.+)" does not exist$/.exec(message) ?? [];
  if (watcher !== undefined || role === undefined) return false;
  await session.send(`CREATE ROLE ${quoteIdent(role)}`);
  return true;
}
