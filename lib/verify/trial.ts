import { type Row, SendError } from '../database/session.ts';
import { ownReading } from '../ledger/setting.ts';
import { rollBack } from '../review/attempt.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import { begin } from '../script/block.ts';
import { type FileFailure, isTransactional, type Site, sendFile } from './file.ts';
import {
  type Counts,
  findLost,
  printCounting,
  printFilling,
  printFillingOfNew,
  type RowsVerdict,
  readCounts,
} from './rows.ts';
import { touchedTables } from './touched.ts';

export interface Trial {
  readonly before: Schema;
  readonly after: Schema;
  readonly up: FileUnderTest;
  readonly down: FileUnderTest;
}

/** Up and down once more with a row in every table, in a transaction that is rolled back; undefined where a file cannot run in one. */
export async function tryRows(site: Site, { before, after, up, down }: Trial): Promise<RowsVerdict | undefined> {
  if (!isTransactional(up) || !isTransactional(down)) return undefined;
  const { session } = site.scratch;
  let failed: FileFailure | undefined;
  try {
    await session.send(begin);
    const touched = touchedTables([up, down], [before, after]);
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
  } catch (error) {
    // A table that this role may not read, for example: then nothing is known of rows.
    if (!(error instanceof SendError) || error.lost) throw error;
    return undefined;
  } finally {
    await rollBack(site.scratch, failed ?? { code: '', message: '' });
  }
}

export async function count({ scratch }: Site, filling: string, tables: readonly Table[]): Promise<Counts> {
  const sets = await scratch.session.send(`${ownReading}${filling}${printCounting(tables)}`);
  return readCounts(tables, (sets.at(-1) ?? []) as readonly Row[]);
}
