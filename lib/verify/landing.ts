import type { FileUnderTest } from '../review/file-under-test.ts';
import { diff } from '../schema/diff.ts';
import type { Schema } from '../schema/schema.ts';
import { apply, applyFile, type FileFailure, isRefused, isTransactional, type Refused, type Site } from './file.ts';
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

/** A revision up, down and up again. */
export async function judge(site: Site, stair: Stair, before: Schema, withRows: boolean): Promise<Landed> {
  const { id, name, up, down } = stair;
  const found: RevisionVerdict = { id, name, up: 'ok', down: 'ok', again: 'skipped', differences: [], repeated: [] };
  const failed = await apply(site, up);
  if (isRefused(up) || failed !== undefined)
    return {
      verdict: { ...found, up: 'failed', down: 'skipped', failure: failed && { ...failed, op: 'up' } },
      after: undefined,
    };
  const after = await site.reader.read();
  if (typeof down === 'string') return { verdict: { ...found, down }, after };
  return judgeDown(site, { found, before, after, up, down, withRows });
}

interface Descent {
  /** What is known so far. */
  readonly found: RevisionVerdict;
  readonly before: Schema;
  readonly after: Schema;
  readonly up: FileUnderTest;
  readonly down: FileUnderTest | Refused;
  readonly withRows: boolean;
}

async function judgeDown(site: Site, { found, before, after, up, down, withRows }: Descent): Promise<Landed> {
  const failed = await apply(site, down);
  if (isRefused(down) || failed !== undefined) {
    const stands = isRefused(down) || isRolledBack(down, failed);
    return {
      verdict: { ...found, down: 'failed', failure: failed && { ...failed, op: 'down' } },
      after: stands ? after : undefined,
    };
  }
  const differences = diff(before, await site.reader.read());
  const isAlike = differences.length === 0 || onlyOf(differences) === 'column order';
  const rows = withRows && isAlike ? await tryRows(site, { before, after, up, down }) : undefined;
  return judgeAgain(site, { ...found, differences, rows }, up, after);
}

async function judgeAgain(site: Site, found: RevisionVerdict, up: FileUnderTest, after: Schema): Promise<Landed> {
  const failed = await applyFile(site, up);
  if (failed !== undefined)
    return { verdict: { ...found, again: 'failed', failure: { ...failed, op: 'again' } }, after: undefined };
  const repeated = diff(after, await site.reader.read());
  return { verdict: { ...found, again: 'ok', repeated }, after: repeated.length === 0 ? after : undefined };
}

function isRolledBack(file: FileUnderTest, { cause }: Pick<FileFailure, 'cause'> = {}): boolean {
  return isTransactional(file) && cause !== 'limit';
}
