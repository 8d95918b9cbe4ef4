import type { Row } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { ownReading } from '../ledger/setting.ts';
import type { StepEvent } from '../plan/step-event.ts';
import { rollBack } from '../review/attempt.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { type Scratch, scratchSettings } from '../review/scratch.ts';
import { diff } from '../schema/diff.ts';
import type { Setting } from '../schema/extra.ts';
import { createSchemaReader } from '../schema/read.ts';
import type { Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import { begin } from '../script/block.ts';
import type { Pins } from '../script/settings.ts';
import type { Signal } from '../signal.ts';
import { applyFile, type FileFailure, isTransactional, type Site, sendFile } from './file.ts';
import {
  type Counts,
  findLost,
  printCounting,
  printFilling,
  printFillingOfNew,
  type RowsVerdict,
  readCounts,
} from './rows.ts';
import { onlyOf, type RevisionVerdict } from './verdict.ts';

/** One revision of the stairway. */
export interface Stair {
  readonly id: string;
  readonly name: string;
  readonly up: FileUnderTest | Refused;
  /** Or why there is no way back. */
  readonly down: FileUnderTest | Refused | 'missing' | 'irreversible';
}

/** A file that is not sent at all: nobody could say what it does. */
export interface Refused {
  readonly refused: FileFailure;
}

export function isRefused(file: FileUnderTest | Refused): file is Refused {
  return 'refused' in file;
}

export interface Stairway {
  /** What is run in front of the first revision, and not judged. */
  readonly history: readonly (FileUnderTest | Refused)[];
  readonly stairs: readonly Stair[];
  readonly pins: Pins;
  readonly sharesServer: boolean;
  /** The schema of the ledger, which no snapshot has in it. */
  readonly ledger: string;
  /** Whether a row in every table goes up and down with it. */
  readonly withRows: boolean;
  readonly signal: Signal | undefined;
  readonly emit: (event: StepEvent) => void;
  /** Makes a throwaway database, hands it over, and drops it. */
  readonly open: <T>(body: (scratch: Scratch) => Promise<T>) => Promise<T>;
}

/**
 * Each revision up, down and up again, with a snapshot at each landing. Where that leaves a database that is not what the files make, the
 * next revision is judged on a new one. Ends at the first up.sql that fails: nothing stands above it.
 */
export async function climb(stairway: Stairway): Promise<readonly RevisionVerdict[]> {
  const { stairs, open } = stairway;
  const verdicts: RevisionVerdict[] = [];
  while (verdicts.length < stairs.length && verdicts.at(-1)?.up !== 'failed') {
    await open((scratch) => climbFrom(siteOf(stairway, scratch), stairway, verdicts));
  }
  return verdicts;
}

/** The same in several parts at a time, each on databases of its own, which go up to where the part begins. */
export async function climbInParts(stairway: Stairway, parts: number): Promise<readonly RevisionVerdict[]> {
  const { stairs } = stairway;
  const size = Math.max(1, Math.ceil(stairs.length / Math.max(1, parts)));
  const starts = Array.from({ length: Math.ceil(stairs.length / size) }, (_, index) => index * size);
  const found = await Promise.allSettled(starts.map((start) => climb(partOf(stairway, start, size))));
  const verdicts: RevisionVerdict[] = [];
  for (const part of found) {
    // Above an up.sql that fails no other part can begin.
    if (verdicts.at(-1)?.up === 'failed') break;
    if (part.status === 'rejected') throw part.reason;
    verdicts.push(...part.value);
  }
  return verdicts;
}

function partOf(stairway: Stairway, start: number, size: number): Stairway {
  const { history, stairs, emit } = stairway;
  return {
    ...stairway,
    history: [...history, ...upsOf(stairs.slice(0, start))],
    stairs: stairs.slice(start, start + size),
    emit: (event) =>
      emit(event.kind === 'step-start' ? { ...event, position: event.position + start, total: stairs.length } : event),
  };
}

export function siteOf(
  { ledger, pins, signal, sharesServer }: Pick<Stairway, 'ledger' | 'pins' | 'signal' | 'sharesServer'>,
  scratch: Scratch,
): Site {
  const reader = createSchemaReader(scratch.watcher ?? scratch.session, ledger);
  const read = async () => withoutScratch(await reader.read());
  return { scratch, reader: { ...reader, read }, pins, signal, sharesServer };
}

/** What a temporary database has by itself is no part of what the files make. */
function withoutScratch(schema: Schema): Schema {
  const isOwn = ({ name: { role, setting } }: Setting) => role === null && setting in scratchSettings;
  return { ...schema, settings: schema.settings.filter((setting) => !isOwn(setting)) };
}

/** Goes on behind the revisions that have a verdict, for as long as the database is what the files make. */
async function climbFrom(site: Site, stairway: Stairway, verdicts: RevisionVerdict[]): Promise<void> {
  const { history, stairs } = stairway;
  await applyAll(site, [...history, ...upsOf(stairs.slice(0, verdicts.length))]);
  let before = await site.reader.read();
  for (const stair of stairs.slice(verdicts.length)) {
    const landed = await tell(stairway, stair, () => judge(site, stairway, stair, before));
    verdicts.push(landed.verdict);
    if (landed.after === undefined) return;
    before = landed.after;
  }
}

export function upsOf(stairs: readonly Stair[]): readonly (FileUnderTest | Refused)[] {
  return stairs.map(({ up }) => up);
}

/** Runs files that are not judged; throws `sql` for the first that fails. */
export async function applyAll(site: Site, files: readonly (FileUnderTest | Refused)[]): Promise<void> {
  for (const file of files) {
    const failed = await apply(site, file);
    if (failed === undefined) continue;
    throw new UpdownError('sql', `Scratch can't be brought to where this starts: ${failed.message}`, {
      hint: 'Mend that file; what its history stands on and does not make goes into a file that "scratch": { "setup": "<file>" } of updown.json names. Nothing but scratch was touched.',
      place: failed.place,
      sqlstate: failed.code,
    });
  }
}

export async function apply(site: Site, file: FileUnderTest | Refused): Promise<FileFailure | undefined> {
  return isRefused(file) ? file.refused : applyFile(site, file);
}

interface Landed {
  readonly verdict: RevisionVerdict;
  /** The schema that the next revision starts from; undefined where the database is not what the files make. */
  readonly after: Schema | undefined;
}

async function tell({ emit, stairs }: Stairway, { id, name, up }: Stair, work: () => Promise<Landed>): Promise<Landed> {
  const started = performance.now();
  const position = stairs.findIndex((stair) => stair.id === id) + 1;
  const statements = isRefused(up) ? 0 : up.inspected.statements.length;
  const about = { op: 'up', id } as const;
  emit({
    kind: 'step-start',
    ...about,
    name,
    position,
    total: stairs.length,
    statements,
    transactional: isRefused(up) || isTransactional(up),
  });
  const landed = await work();
  emit({ kind: 'step-end', ...about, milliseconds: performance.now() - started });
  return landed;
}

async function judge(site: Site, { withRows }: Stairway, stair: Stair, before: Schema): Promise<Landed> {
  const { id, name, up, down } = stair;
  const found: RevisionVerdict = { id, name, up: 'ok', down: 'ok', again: 'skipped', differences: [], repeated: [] };
  const failedUp = await apply(site, up);
  if (isRefused(up) || failedUp !== undefined)
    return stopped({ ...found, up: 'failed', down: 'skipped', failure: failedUp && of(failedUp, 'up') });
  const after = await site.reader.read();
  if (typeof down === 'string') return { verdict: { ...found, down }, after };
  const failedDown = await apply(site, down);
  if (isRefused(down) || failedDown !== undefined) {
    const verdict: RevisionVerdict = { ...found, down: 'failed', failure: failedDown && of(failedDown, 'down') };
    return { verdict, after: isRefused(down) || isRolledBack(down, failedDown) ? after : undefined };
  }
  const differences = diff(before, await site.reader.read());
  const isAlike = differences.length === 0 || onlyOf(differences) === 'column order';
  const rows = withRows && isAlike ? await tryRows(site, { before, after, up, down }) : undefined;
  const failedAgain = await applyFile(site, up);
  if (failedAgain !== undefined)
    return stopped({ ...found, differences, rows, again: 'failed', failure: of(failedAgain, 'again') });
  const repeated = diff(after, await site.reader.read());
  const verdict: RevisionVerdict = { ...found, differences, rows, again: 'ok', repeated };
  return { verdict, after: repeated.length === 0 ? after : undefined };
}

function of(failure: FileFailure, op: 'up' | 'down' | 'again'): RevisionVerdict['failure'] {
  return { ...failure, op };
}

function stopped(verdict: RevisionVerdict): Landed {
  return { verdict, after: undefined };
}

function isRolledBack(file: FileUnderTest, { cause }: Pick<FileFailure, 'cause'> = {}): boolean {
  return isTransactional(file) && cause !== 'limit';
}

interface Trial {
  readonly before: Schema;
  readonly after: Schema;
  readonly up: FileUnderTest;
  readonly down: FileUnderTest;
}

/** Up and down once more with a row in every table, in a transaction that is rolled back; undefined where a file cannot run in one. */
async function tryRows(site: Site, { before, after, up, down }: Trial): Promise<RowsVerdict | undefined> {
  if (!isTransactional(up) || !isTransactional(down)) return undefined;
  const { session } = site.scratch;
  let failed: FileFailure | undefined;
  try {
    await session.send(begin);
    const touched = touchedTables([up, down]);
    const old = before.tables.filter(touched);
    const filled = await count(site, printFilling(before, old), old);
    failed = await sendFile(site, up, {});
    if (failed !== undefined) return { lost: [], dropped: [], failed: `up.sql: ${failed.message}` };
    const made = after.tables.filter(touched);
    const between = await count(site, printFillingOfNew(before, after, made), made);
    failed = await sendFile(site, down, {});
    if (failed !== undefined) return { lost: [], dropped: [], failed: `down.sql: ${failed.message}` };
    const behind = await count(site, '', old);
    return findLost({ before: filled, between, behind });
  } finally {
    await rollBack(site.scratch, failed ?? { code: '', message: '' });
  }
}

/**
 * Tables whose rows these files may change: those whose names they say. All of them where a file says less than it does: it calls something, or
 * takes along what hangs on what it drops.
 */
function touchedTables(files: readonly FileUnderTest[]): (table: Table) => boolean {
  const text = files.map(({ inspected }) => inspected.source.text).join('\n');
  if (/\b(do|call|execute|perform|cascade|select|trigger|rule)\b/i.test(text)) return () => true;
  return ({ name }) => text.toLowerCase().includes(name.name.toLowerCase());
}

async function count({ scratch }: Site, filling: string, tables: readonly Table[]): Promise<Counts> {
  const sets = await scratch.session.send(`${ownReading}${filling}${printCounting(tables)}`);
  return readCounts(tables, (sets.at(-1) ?? []) as readonly Row[]);
}
