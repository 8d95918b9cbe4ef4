import { SendError } from '../database/session.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import { quoteRelation } from '../sql/quote.ts';
import type { Site } from './file.ts';
import { type Counts, findLost, type LostBetween, type RowsVerdict } from './rows.ts';
import { mayWriteRows, touchedTables } from './touched.ts';
import { count } from './trial.ts';

/** The rows that the history itself has put in, counted beside its files: a row of ours stands for none that a file names by its key. */
export interface SeedWatch {
  /** To be called behind up.sql. */
  between(after: Schema): Promise<void>;
  /** To be called behind down.sql, where the schema is what it was: what is lost. */
  behind(): Promise<readonly LostBetween[]>;
}

/** Undefined where the files write no rows. To be called in front of up.sql. */
export async function watchSeeds(
  site: Site,
  before: Schema,
  files: readonly FileUnderTest[],
): Promise<SeedWatch | undefined> {
  if (!mayWriteRows(files)) return undefined;
  const tables = before.tables.filter(touchedTables(files, [before]));
  const then = await countKnown(site, tables);
  let stood: Counts | undefined;
  if (then === undefined) return undefined;
  return {
    between: async (after) => {
      const known = new Set(tables.map(({ name }) => quoteRelation(name)));
      stood = await countKnown(
        site,
        after.tables.filter(({ name }) => known.has(quoteRelation(name))),
      );
    },
    behind: async () => {
      const now = await countKnown(site, tables);
      return now === undefined || stood === undefined
        ? []
        : findLost({ before: then, between: stood, behind: now }).lost;
    },
  };
}

/** Undefined where this role may not read a table. */
async function countKnown(site: Site, tables: readonly Table[]): Promise<Counts | undefined> {
  try {
    return tables.length === 0 ? new Map() : await count(site, '', tables);
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    return undefined;
  }
}

/** The same loss may be seen both ways: it is told once. */
export function withSeeds(rows: RowsVerdict | undefined, seeds: readonly LostBetween[]): RowsVerdict | undefined {
  if (seeds.length === 0) return rows;
  const { lost, ...others } = rows ?? { lost: [], dropped: [] };
  const isSaid = ({ table, column, by }: LostBetween) =>
    lost.some((one) => one.table === table && one.by === by && (one.column === column || one.column === null));
  return { ...others, lost: [...lost, ...seeds.filter((seed) => !isSaid(seed))] };
}
