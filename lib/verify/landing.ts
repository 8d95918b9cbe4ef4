import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Change } from '../schema/change.ts';
import { diff } from '../schema/diff.ts';
import type { Schema } from '../schema/schema.ts';
import {
  apply,
  applyFile,
  type FileFailure,
  isRefused,
  isTransactional,
  type Refused,
  type Site,
  textOf,
} from './file.ts';
import { type Gap, isAboutGap, isDuplicate, isForWant, mayBeOfGap, missingIn, withoutMissing } from './missing.ts';
import { type SeedWatch, watchSeeds, withSeeds } from './seeds.ts';
import { makesTheSame } from './touched.ts';
import { tryRows } from './trial.ts';
import { onlyOf, type RevisionVerdict } from './verdict.ts';

/** One revision of the stairway. */
export interface Stair {
  readonly id: string;
  readonly name: string;
  readonly up: FileUnderTest | Refused;
  /** Or why there is no way back. */
  readonly down: FileUnderTest | Refused | 'missing' | 'irreversible';
}

export interface Landed {
  readonly verdict: RevisionVerdict;
  /** The schema that the next revision starts from; undefined where the database is not what the files make. */
  readonly after: Schema | undefined;
}

/** A revision up, down and up again. Where it fails for want of something, a gap below it may be why: then that is no verdict. */
export async function judge(
  site: Site,
  stair: Stair,
  before: Schema,
  { withRows, gap }: { readonly withRows: boolean; readonly gap: Gap },
): Promise<Landed> {
  const { up, down } = stair;
  const files = typeof down === 'string' ? [up] : [up, down];
  const own = missingIn(files, site.missing);
  if (!isRefused(up) && files.some((file) => withoutMissing(file, site.missing) !== file))
    return passWithout(site, { ...stair, up }, before, own);
  const whole = { ...gap, lacks: new Set([...gap.lacks, ...own]) };
  return excuse(await judgeUp(site, stair, before, { withRows, gap: whole }), up, whole);
}

/** Runs what is left of up.sql without the extensions, for those above it. */
async function passWithout(
  site: Site,
  { id, name, up }: Stair & { readonly up: FileUnderTest },
  before: Schema,
  lacks: readonly string[],
): Promise<Landed> {
  const failed = await apply(site, withoutMissing(up, site.missing));
  const verdict: RevisionVerdict = {
    ...{ id, name, up: 'skipped', down: 'skipped', again: 'skipped', differences: [], repeated: [], lacks },
  };
  if (failed === undefined) return { verdict, after: await site.reader.read() };
  return { verdict, after: isRolledBack(up, failed) ? before : undefined };
}

function excuse({ verdict, after }: Landed, up: FileUnderTest | Refused, gap: Gap): Landed {
  const { failure } = verdict;
  const why = gap.lacks.size > 0 ? { lacks: [...gap.lacks] } : { above: [...gap.failed] };
  // Where up.sql has run once, it is down.sql that keeps it from running again.
  if (failure === undefined || failure.op === 'again') {
    const isOpen = isInDoubt(verdict) && (failure === undefined || isAboutGap(failure, gap));
    return { verdict: isOpen ? { ...verdict, down: 'skipped', again: 'skipped', ...why } : verdict, after };
  }
  const ran = failure.op === 'up' ? '' : textOf(up);
  if (!isForWant(failure, gap, ran)) return { verdict, after };
  return { verdict: { ...verdict, [failure.op]: 'skipped', ...why }, after };
}

/** Whether all that is to be said against it may come from what did not run; so may what speaks for it. */
function isInDoubt({ down, differences, repeated, doubtful = [], rows }: RevisionVerdict): boolean {
  const lost = rows?.lost.some(({ by }) => by === 'down') ?? false;
  return down === 'ok' && doubtful.length > 0 && differences.length === 0 && repeated.length === 0 && !lost;
}

async function judgeUp(
  site: Site,
  stair: Stair,
  before: Schema,
  { withRows, gap }: { readonly withRows: boolean; readonly gap: Gap },
): Promise<Landed> {
  const { id, name, up, down } = stair;
  const found: RevisionVerdict = { id, name, up: 'ok', down: 'ok', again: 'skipped', differences: [], repeated: [] };
  const isTried = withRows && !isRefused(up) && typeof down !== 'string' && !isRefused(down);
  const seeds = isTried ? await watchSeeds(site, before, [up, down]) : undefined;
  const failed = await apply(site, up);
  if (isRefused(up) || failed !== undefined)
    return {
      verdict: { ...found, up: 'failed', down: 'skipped', failure: failed && { ...failed, op: 'up' } },
      after: isRefused(up) || isRolledBack(up, failed) ? before : undefined,
    };
  const after = await site.reader.read();
  if (typeof down === 'string') return { verdict: { ...found, down }, after };
  await seeds?.between(after);
  const isOfGap = (change: Change) => mayBeOfGap(change, textOf(up), gap);
  const told = withDoubts(found, gap.unrun.length === 0 ? [] : diff(before, after).filter(isOfGap));
  return judgeDown(site, { found: told, before, after, up, down, withRows, seeds, gap });
}

function withDoubts(found: RevisionVerdict, doubtful: readonly Change[]): RevisionVerdict {
  return doubtful.length === 0 ? found : { ...found, doubtful };
}

interface Descent {
  /** What is known so far. */
  readonly found: RevisionVerdict;
  readonly before: Schema;
  readonly after: Schema;
  readonly up: FileUnderTest;
  readonly down: FileUnderTest | Refused;
  readonly withRows: boolean;
  readonly seeds: SeedWatch | undefined;
  readonly gap: Gap;
}

async function judgeDown(site: Site, descent: Descent): Promise<Landed> {
  const { found, before, after, up, down, withRows, seeds, gap } = descent;
  const failed = await apply(site, down);
  if (isRefused(down) || failed !== undefined) {
    const stands = isRefused(down) || isRolledBack(down, failed);
    return {
      verdict: { ...found, down: 'failed', failure: failed && { ...failed, op: 'down' } },
      after: stands ? after : undefined,
    };
  }
  const all = diff(before, await site.reader.read());
  const isExcused = (change: Change) => found.doubtful !== undefined && mayBeOfGap(change, textOf(up), gap);
  const differences = all.filter((change) => !isExcused(change));
  const repetition = { up, after, left: all, gap };
  const isAlike = all.length === 0 || onlyOf(all) === 'column order';
  if (!withRows || !isAlike) return judgeAgain(site, { ...found, differences }, repetition);
  const lost = (await seeds?.behind()) ?? [];
  const rows = withSeeds(await tryRows(site, { before, after, up, down }), lost);
  return judgeAgain(site, { ...found, differences, rows }, repetition);
}

interface Repetition {
  readonly up: FileUnderTest;
  readonly after: Schema;
  /** What is otherwise behind down.sql than in front of up.sql. */
  readonly left: readonly Change[];
  readonly gap: Gap;
}

async function judgeAgain(site: Site, found: RevisionVerdict, { up, after, left, gap }: Repetition): Promise<Landed> {
  const failed = await applyFile(site, up);
  if (failed !== undefined) {
    // up.sql, which fails where it is there, has run before: then it was not there, whatever did not run.
    const isProven = found.differences.length === 0 && isDuplicate(failed) && !isAboutGap(failed, gap);
    const differences = isProven ? left : found.differences;
    return {
      verdict: { ...found, differences, again: 'failed', failure: { ...failed, op: 'again' } },
      after: undefined,
    };
  }
  // What can be no other is not read once more.
  if (left.length === 0 && makesTheSame(up, after)) return { verdict: { ...found, again: 'ok' }, after };
  const repeated = diff(after, await site.reader.read());
  return { verdict: { ...found, again: 'ok', repeated }, after: repeated.length === 0 ? after : undefined };
}

function isRolledBack(file: FileUnderTest, { cause }: Pick<FileFailure, 'cause'> = {}): boolean {
  return isTransactional(file) && cause !== 'limit';
}
