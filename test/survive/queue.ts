import postgres from 'postgres';
import { type CliOutcome, updown } from '../support/cli.ts';
import { type Database, psql, withDatabase } from '../support/database.ts';
import type { Outcome } from '../support/process.ts';
import { withProject, writeProject } from '../support/project.ts';
import { untilBackend, whileHeld } from './broken.ts';

/** What a migration behind a long reader does to everybody else. Times in milliseconds. */
export interface Queue {
  readonly outcome: Outcome;
  /** The worst and the median wait of the short readers, and how many reads there were. */
  readonly worst: number;
  readonly median: number;
  readonly reads: number;
  /** The worst wait for a table nobody locks: what the machine itself did in that time. */
  readonly noise: number;
  /** How long the long reader stayed after the migration came to wait, and how long after it left the migration was done. */
  readonly held: number;
  readonly after: number;
}

export const lockTimeout = 500;
export const stay = 3_000;
const alter = 'ALTER TABLE t ADD COLUMN x integer';

/** The migration as updown runs it: with a lock timeout, tried again until it goes through. */
export function measureUpdown(): Promise<Queue> {
  const up = `-- updown: lock-timeout=${lockTimeout}ms\n${alter};\n`;
  return measure((database) => runIn([{ id: 'a1', up }], database));
}

/** The same statement as psql runs it. */
export function measurePsql(): Promise<Queue> {
  return measure(({ url }) => psql(url, ['-c', alter]));
}

async function runIn(revisions: Parameters<typeof writeProject>[1], { url }: Database): Promise<CliOutcome> {
  let outcome: CliOutcome | undefined;
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    outcome = await updown(['upgrade', '--allow-existing', '--url', url], { cwd });
  });
  return outcome!;
}

async function measure(migrate: (database: Database) => Promise<Outcome>): Promise<Queue> {
  let queue: Queue | undefined;
  await withDatabase(async (database) => {
    await database.query('CREATE TABLE t (n integer); INSERT INTO t VALUES (1); CREATE TABLE quiet (n integer)');
    const readers = [1, 2, 3].map(() => startReader(database.url, 't'));
    const control = startReader(database.url, 'quiet');
    queue = await whileHeld(database.url, 'SELECT count(*) FROM t', async (release) => {
      const migrating = migrate(database);
      await untilBackend(database.query, waitsForTable);
      const began = performance.now();
      await new Promise((resolve) => setTimeout(resolve, stay));
      await release();
      const left = performance.now();
      const outcome = await migrating;
      const after = performance.now() - left;
      const waits = (await Promise.all(readers.map((stop) => stop()))).flat().sort((a, b) => a - b);
      const noise = Math.max(...(await control()));
      const [worst, median] = [waits.at(-1)!, waits[Math.floor(waits.length / 2)]!];
      return { outcome, worst, median, reads: waits.length, noise, held: left - began, after };
    });
  });
  return queue!;
}

const waitsForTable =
  "datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%ALTER TABLE t ADD COLUMN%'";

/** Reads one row, again and again; stopping it tells how long each read took. */
function startReader(url: string, table: string): () => Promise<readonly number[]> {
  const client = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: 'reader' } });
  const waits: number[] = [];
  let stopped = false;
  const reading = (async () => {
    await client.unsafe('SELECT 1');
    while (!stopped) {
      const began = performance.now();
      await client.unsafe(`SELECT n FROM ${table} LIMIT 1`).simple();
      waits.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return async () => {
    stopped = true;
    await reading;
    await client.end({ timeout: 1 });
    return waits;
  };
}
