import { UpdownError } from '../errors.ts';
import type { StepEvent } from '../plan/step-event.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { type Scratch, scratchSettings } from '../review/scratch.ts';
import type { Setting } from '../schema/extra.ts';
import { createSchemaReader } from '../schema/read.ts';
import type { Schema } from '../schema/schema.ts';
import { apply, type FileFailure, isRefused, isTransactional, type Refused, type Site, textOf } from './file.ts';
import { judge, type Landed, type Stair } from './landing.ts';
import { emptyGap, type Gap, isForWant, missingIn, withoutMissing } from './missing.ts';
import { mayWriteRows } from './touched.ts';
import type { RevisionVerdict } from './verdict.ts';

export interface Stairway {
  /** What is run in front of the first revision, and not judged. */
  readonly history: readonly (FileUnderTest | Refused)[];
  readonly stairs: readonly Stair[];
  /** Whether a row in every table goes up and down with it. */
  readonly withRows: boolean;
  readonly emit: (event: StepEvent) => void;
  /** Makes a throwaway database, hands it over, and drops it. */
  readonly open: <T>(body: (site: Site) => Promise<T>) => Promise<T>;
}

/** What is the same of all throwaway databases for the same files. */
export interface SiteSettings extends Pick<Site, 'pins' | 'sharesServer' | 'missing' | 'signal'> {
  /** The schema of the ledger, which no snapshot has in it. */
  readonly ledger: string;
}

/** Some of its revisions, by their places: from the first one to the one before `to`. */
interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * Each revision up, down and up again, with a snapshot at each landing. Where that leaves a database that is not what the files make, the
 * next revision is judged on a new one. One above an up.sql that fails is judged without what that would have made.
 */
async function climb(stairway: Stairway, part: Part): Promise<readonly RevisionVerdict[]> {
  const verdicts: RevisionVerdict[] = [];
  while (part.from + verdicts.length < part.to) {
    await stairway.open((site) => climbFrom(site, stairway, part, verdicts));
  }
  return verdicts;
}

/** The same in several parts at a time, each on databases of its own, which go up to where the part begins. */
export async function climbInParts(stairway: Stairway, parts: number): Promise<readonly RevisionVerdict[]> {
  const { length } = stairway.stairs;
  const size = Math.max(1, Math.ceil(length / Math.max(1, parts)));
  const starts = Array.from({ length: Math.ceil(length / size) }, (_, index) => index * size);
  const ranges = starts.map((from) => ({ from, to: Math.min(length, from + size) }));
  const found = await Promise.allSettled(ranges.map((part) => climb(stairway, part)));
  return found.flatMap((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value;
  });
}

export function siteOf({ ledger, ...settings }: SiteSettings, scratch: Scratch): Site {
  const reader = createSchemaReader(scratch.watcher ?? scratch.session, ledger);
  const read = async () => withoutScratch(await reader.read());
  return { scratch, reader: { ...reader, read }, ...settings };
}

/** What a temporary database has by itself is no part of what the files make. */
function withoutScratch(schema: Schema): Schema {
  const isOwn = ({ name: { role, setting } }: Setting) => role === null && setting in scratchSettings;
  return { ...schema, settings: schema.settings.filter((setting) => !isOwn(setting)) };
}

/** Goes on behind the revisions that have a verdict, for as long as the database is what the files make. */
async function climbFrom(
  site: Site,
  stairway: Stairway,
  { from, to }: Part,
  verdicts: RevisionVerdict[],
): Promise<void> {
  const { history, stairs } = stairway;
  const gap = await applyBelow(site, history, stairs.slice(0, from + verdicts.length), verdicts);
  let before = await site.reader.read();
  let isSoiled = false;
  for (const stair of stairs.slice(from + verdicts.length, to)) {
    const doubts = isSoiled;
    const landed = await tell(stairway, stair, async () => {
      const found = await judge(site, stair, before, { withRows: stairway.withRows, gap });
      return doubts && mayBeOfRows(stair, found.verdict) ? undefined : found;
    });
    if (landed === undefined) return;
    verdicts.push(landed.verdict);
    if (landed.after === undefined) return;
    widen(gap, site, stair, landed.verdict.up);
    before = landed.after;
    isSoiled ||= mayLeaveRows(stair, landed.verdict);
  }
}

/** Whether other rows may be there than behind up.sql alone: a seed twice, or with another key. */
function mayLeaveRows({ up, down }: Stair, { rows }: RevisionVerdict): boolean {
  if (isRefused(up) || typeof down === 'string' || isRefused(down)) return false;
  return mayWriteRows([up, down]) || (rows?.lost ?? []).length > 0;
}

/** Whether rows that should not be there may be why: then it is asked again on a new database. */
function mayBeOfRows({ up, down }: Stair, { failure, differences, repeated }: RevisionVerdict): boolean {
  if (failure !== undefined) return true;
  if (isRefused(up) || typeof down === 'string' || isRefused(down)) return false;
  return differences.length + repeated.length > 0 && mayWriteRows([up, down]);
}

export function upsOf(stairs: readonly Stair[]): readonly (FileUnderTest | Refused)[] {
  return stairs.map(({ up }) => up);
}

/** Runs files that are not judged; throws `sql` for the first that fails. */
export async function applyAll(site: Site, files: readonly (FileUnderTest | Refused)[]): Promise<void> {
  for (const file of files) {
    const failed = await apply(site, file);
    if (failed !== undefined) throw unreached(failed);
  }
}

/** The same, as far as that goes without missing extensions, and without what is made by revisions whose own up.sql fails. */
async function applyBelow(
  site: Site,
  history: readonly (FileUnderTest | Refused)[],
  stairs: readonly Stair[],
  verdicts: readonly RevisionVerdict[],
): Promise<Gap> {
  const gap = emptyGap();
  for (const file of history) {
    for (const name of missingIn([file], site.missing)) gap.lacks.add(name);
    const failed = await apply(site, withoutMissing(file, site.missing));
    if (failed === undefined) continue;
    if (!isForWant(failed, gap)) throw unreached(failed);
    gap.unrun.push({ text: textOf(file), isPartly: false });
  }
  const judged = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
  for (const stair of stairs) {
    const verdict = judged.get(stair.id);
    const failed =
      isUndone(stair, verdict) || (await apply(site, withoutMissing(stair.up, site.missing))) !== undefined;
    widen(gap, site, stair, verdict?.up ?? (failed ? 'failed' : 'ok'));
  }
  return gap;
}

/** Whether its up.sql has failed, and left nothing. */
function isUndone({ up }: Stair, verdict: RevisionVerdict | undefined): boolean {
  return verdict?.up === 'failed' && (isRefused(up) || isTransactional(up));
}

function widen({ lacks, failed, unrun }: Gap, { missing }: Site, { id, up }: Stair, ran: RevisionVerdict['up']): void {
  const own = missingIn([up], missing);
  for (const name of own) lacks.add(name);
  if (ran === 'failed') failed.add(id);
  if (ran !== 'ok') unrun.push({ text: textOf(up), isPartly: ran === 'skipped' && own.length > 0 });
}

function unreached({ message, place, code }: FileFailure): UpdownError {
  return new UpdownError('sql', `Scratch can't be brought to where this starts: ${message}`, {
    hint: 'Correct that file; what its history needs and does not make goes into a file, which "scratch": { "setup": "<file>" } in updown.json names. Nothing but scratch was touched.',
    place,
    sqlstate: code,
  });
}

/** Without an end where there is no verdict yet. */
async function tell(
  { emit, stairs }: Stairway,
  { id, name, up }: Stair,
  work: () => Promise<Landed | undefined>,
): Promise<Landed | undefined> {
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
  if (landed !== undefined) emit({ kind: 'step-end', ...about, milliseconds: performance.now() - started });
  return landed;
}
