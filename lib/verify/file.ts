import type { ServerMessage } from '../database/server-message.ts';
import { SendError, type SendOptions } from '../database/session.ts';
import type { Place } from '../errors.ts';
import { cleaning } from '../ledger/setting.ts';
import {
  attemptLimited,
  attemptOutside,
  cleaningOf,
  makeRole,
  rollBack,
  settle,
  wordLost,
  wordStopped,
} from '../review/attempt.ts';
import { type FileUnderTest, refuseInterrupted } from '../review/file-under-test.ts';
import type { Failure } from '../review/measured.ts';
import type { Scratch } from '../review/scratch.ts';
import type { Name } from '../schema/name.ts';
import type { SchemaReader } from '../schema/read.ts';
import { begin } from '../script/block.ts';
import { type Pins, pinFile, printPins, printRole } from '../script/settings.ts';
import { commandsIn } from '../script/step.ts';
import type { Signal } from '../signal.ts';
import { offsetOfCodePoint, placeAt } from '../sql/locate.ts';
import type { Statement } from '../sql/source.ts';

/** A throwaway database that files are run on, and what reads its schema. */
export interface Site {
  readonly scratch: Scratch;
  readonly reader: SchemaReader;
  readonly pins: Pins;
  /** Whether the files may change what belongs to the whole server: then it is looked at before each commit, and put back. */
  readonly sharesServer: boolean;
  /** Extensions that the files make, and scratch does not have. */
  readonly missing: ReadonlySet<string>;
  readonly signal: Signal | undefined;
}

/** Why a file failed, and where in it, as far as the server says. */
export interface FileFailure extends Failure {
  readonly place?: Place | undefined;
  /** The table that it is about, as far as the server says. */
  readonly table?: Name | undefined;
}

/** A file that is not sent at all: nobody could say what it does. */
export interface Refused {
  readonly refused: FileFailure;
  /** What it says all the same. */
  readonly text: string;
}

export function textOf(file: FileUnderTest | Refused): string {
  return isRefused(file) ? file.text : file.inspected.source.text;
}

export function isRefused(file: FileUnderTest | Refused): file is Refused {
  return 'refused' in file;
}

/** Runs a file, unless it was refused before it could be sent: then that is why it fails. */
export async function apply(site: Site, file: FileUnderTest | Refused): Promise<FileFailure | undefined> {
  return isRefused(file) ? file.refused : applyFile(site, file);
}

/**
 * Runs a file as an upgrade or a downgrade does, but for the ledger. What fails in a transaction is rolled back. `look` is called behind its
 * last statement, while it holds its locks.
 */
export function applyFile(
  site: Site,
  file: FileUnderTest,
  look?: () => Promise<void>,
): Promise<FileFailure | undefined> {
  site.reader.forget(file.inspected.source.text);
  return isTransactional(file) ? applyInTransaction(site, file, look) : applyOutside(site, file);
}

export function isTransactional({ inspected }: FileUnderTest): boolean {
  return !inspected.source.directives.noTransaction;
}

async function applyInTransaction(
  site: Site,
  file: FileUnderTest,
  look?: () => Promise<void>,
): Promise<FileFailure | undefined> {
  const { scratch } = site;
  const looks = look !== undefined || (scratch.restorer !== undefined && site.sharesServer);
  const commit = looks ? '' : 'COMMIT;\n';
  for (;;) {
    const failed =
      (await sendFile(site, file, { before: begin, behind: commit })) ??
      (looks ? await commitKept(scratch, look) : undefined);
    refuseInterrupted(site);
    if (failed === undefined) return undefined;
    await rollBack(scratch, failed);
    if (!(await makeRole(scratch, failed))) return failed;
  }
}

/** Sends a file with the settings that it runs with, and takes away what it leaves in the session. */
export function sendFile(
  site: Site,
  file: FileUnderTest,
  { before = '', behind = '' }: { readonly before?: string; readonly behind?: string },
): Promise<FileFailure | undefined> {
  const own = pinFile(site.pins, file.inspected.source.directives);
  const head = `${before}${printPins(own, 'SET LOCAL')}${printRole(own, 'SET LOCAL')}`;
  return attempt(site, file, head, `\n;\n${cleaningFor(site)}${behind}`);
}

/** Without what takes our prepared queries away, where the file had none of its own. */
function cleaningFor({ scratch, reader }: Site): string {
  const whole = cleaningOf(scratch);
  if (scratch.watcher !== undefined || !reader.isPrepared()) return whole;
  return whole.replace(`${cleaning[1]}; `, '');
}

async function commitKept(scratch: Scratch, look?: () => Promise<void>): Promise<FileFailure | undefined> {
  await look?.();
  return (await settle(scratch)) ?? (await attemptLimited({ session: scratch.session, limit: 0 }, 'COMMIT'));
}

async function attempt(
  { scratch: { session, limit } }: Site,
  file: FileUnderTest,
  head: string,
  end: string,
): Promise<FileFailure | undefined> {
  const { source, statements } = file.inspected;
  const most = Math.min(limit * Math.max(1, statements.length), 0x7fffffff);
  const options: SendOptions = { dropsRows: true, deadlineMilliseconds: most > 0 ? most : undefined };
  try {
    await session.send([head, source.text, end], options);
    return undefined;
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    if (error.timedOut) return wordStopped(limit);
    if (error.fields === undefined || error.lost) throw wordLost(error);
    return wordRefused(error, error.fields, file, [head, end]);
  }
}

function wordRefused(
  { completed }: SendError,
  { code, message, position, schema_name: schema, table_name: name }: ServerMessage,
  { inspected: { source, statements } }: FileUnderTest,
  [head, end]: readonly [string, string],
): FileFailure {
  const told = position === undefined ? undefined : offsetOfCodePoint(`${head}${source.text}${end}`, position - 1);
  const failed = statements[completed.length - commandsIn(head)];
  const at = placeIn(failed, told === undefined ? undefined : told - head.length);
  const isInFile = at !== undefined && at >= 0 && at < source.text.length;
  return {
    ...{ code, message, place: isInFile ? placeAt(source, at) : undefined },
    table: schema === undefined || name === undefined ? undefined : { schema, name },
  };
}

/**
 * Where the server says that it is, as far as that is in the statement that did not complete: of a definition that the server reads again by
 * itself, the position is one in another text.
 */
function placeIn(failed: Statement | undefined, told: number | undefined): number | undefined {
  if (told === undefined) return failed?.start;
  const isInOther = failed !== undefined && (told < failed.start || told >= failed.end);
  return isInOther ? failed.start : told;
}

/** Each statement as a message of its own, as a run does it. */
async function applyOutside(site: Site, file: FileUnderTest): Promise<FileFailure | undefined> {
  const { scratch, pins } = site;
  const { source, statements } = file.inspected;
  const own = pinFile(pins, source.directives);
  await scratch.session.send(printPins(own, 'SET') + printRole(own, 'SET'));
  let failed: FileFailure | undefined;
  for (const statement of statements) {
    failed ??= await applyStatement(site, file, statement);
  }
  if (failed?.cause !== 'limit') await scratch.session.send(cleaningFor(site));
  return failed;
}

async function applyStatement(
  site: Site,
  { inspected }: FileUnderTest,
  statement: Statement,
): Promise<FileFailure | undefined> {
  for (;;) {
    const failed = await attemptOutside(site.scratch, statement);
    refuseInterrupted(site);
    if (failed === undefined) return undefined;
    if (!(await makeRole(site.scratch, failed)))
      return { ...failed, place: placeAt(inspected.source, statement.start) };
  }
}
