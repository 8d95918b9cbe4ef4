import { existsSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { type MigrateOptions, type RunResult, UpdownError, type UpgradeTarget, upgrade } from '../../lib/index.ts';
import { type Database, type DatabaseOptions, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { type ProxyHooks, withProxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';

/** A project and a database for one test. */
export interface Trial {
  readonly database: Database;
  readonly cwd: string;
  /** Writes the project's files anew. */
  readonly edit: (revisions: readonly TestRevision[]) => Promise<void>;
  /** Writes `updown.json`. */
  readonly configure: (config: object) => Promise<void>;
  /** Runs an upgrade, by way of a proxy with these hooks and with this application name. */
  readonly upgrade: (options?: MigrateOptions & UpgradeTarget, hooks?: ProxyHooks, name?: string) => Promise<Ended>;
  /** The same trial by another address. */
  readonly at: (url: string) => Trial;
}

export interface Ended {
  readonly error: UpdownError | undefined;
  /** The revisions it says it ran. */
  readonly ran: readonly string[];
  /** What it sent besides its bookkeeping. */
  readonly sent: readonly string[];
}

export async function withTrial(
  revisions: readonly TestRevision[],
  body: (trial: Trial) => Promise<void>,
  options: DatabaseOptions = {},
): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    await withDatabase((database) => body(createTrial(cwd, database, database.url)), options);
  });
}

function createTrial(cwd: string, database: Database, url: string): Trial {
  return {
    database,
    cwd,
    edit: async (changed) => void (await writeProject(cwd, changed)),
    configure: (config) => writeFile(join(cwd, 'updown.json'), JSON.stringify(config)),
    upgrade: (options = {}, hooks = {}, name) =>
      run({ cwd, env: {}, wait: 120_000, ...options }, named(url, name), hooks),
    at: (other) => createTrial(cwd, database, other),
  };
}

function named(url: string, name: string | undefined): string {
  const address = new URL(url);
  if (name !== undefined) address.searchParams.set('application_name', name);
  return address.href;
}

async function run(options: MigrateOptions, address: string, hooks: ProxyHooks): Promise<Ended> {
  let ended: Ended | undefined;
  await withProxy(address, hooks, async ({ url, queries }) => {
    const result = await upgrade({ ...options, url }).catch((error: unknown) => error);
    if (result instanceof Error && !(result instanceof UpdownError)) throw result;
    const sent = queries.map(({ text }) => text).filter(isOfFile);
    const steps = result instanceof UpdownError ? [] : (result as RunResult).steps;
    ended = {
      error: result instanceof UpdownError ? result : undefined,
      ran: steps.map(({ id }) => id),
      sent: sent.map(bare),
    };
  });
  return ended!;
}

/** Neither a question, nor its end, nor a setting, nor a block with an entry in the ledger. */
function isOfFile(text: string): boolean {
  return !/^(SELECT|WITH|SET|BEGIN|COMMIT$)\b/.test(bare(text));
}

function bare(text: string): string {
  return text.replace(/^(--.*\n|\s+)+/, '').replace(/;\s*$/, '');
}

/** Loses the connection between a statement and its record: the statement has run, and nothing says so. */
export function cutBeforeRecord(statement: number): ProxyHooks {
  return { onQuery: ({ text }) => (text.includes(`.progress('up', 'b1', ${statement - 1}, `) ? 'drop' : 'pass') };
}

/** The events of one revision, each with its statement: `start 0, progress 1, up`. */
export async function readEvents({ query }: Database, id = 'b1'): Promise<string> {
  const rows = await query(`SELECT event, statement FROM updown.journal WHERE revision = '${id}' ORDER BY seq`);
  return rows.map(({ event, statement }) => (statement === null ? event : `${event} ${statement}`)).join(', ');
}

/** Lets something wait for a lock or a snapshot another session holds, and ends it there, as an operator would. */
export async function breakOff<T>({ url, query }: Database, hold: string, run: () => Promise<T>): Promise<T> {
  return await whileHeld(url, hold, async (_release, holder) => {
    const running = run();
    // A build may wait for others for a moment: only the wait for the holder lasts. Asked and ended in one: a wait that was seen may be over by the next statement, and another one begin behind that.
    await until('a backend that waits is ended', async () => {
      const ended = await query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${waiting} AND ${holder} = ANY (pg_blocking_pids(pid))`,
      );
      return ended.length > 0;
    });
    return await running;
  });
}

/** Another session is in a transaction, and has done this in it, until it is released or the body is done. */
export async function whileHeld<T>(
  url: string,
  sql: string,
  body: (release: () => Promise<void>, pid: number) => Promise<T>,
): Promise<T> {
  const holder = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: 'holder' } });
  try {
    await holder.unsafe(`BEGIN; ${sql}`).simple();
    const [row] = await holder.unsafe('SELECT pg_backend_pid() AS pid').simple();
    return await body(async () => void (await holder.unsafe('COMMIT').simple()), Number(row?.pid));
  } finally {
    await holder.end({ timeout: 1 });
  }
}

const waiting =
  "datname = current_database() AND application_name NOT IN ('holder', 'updown-test') AND wait_event_type = 'Lock'";

/** Until there is such a backend. */
export async function untilBackend(
  query: Database['query'],
  condition: string,
): Promise<readonly Record<string, unknown>[]> {
  return await until(`there is a backend with ${condition}`, async () => {
    const rows = await query(`SELECT * FROM pg_stat_activity WHERE ${condition}`);
    return rows.length > 0 && rows;
  });
}

/** A table whose file is on a full disk: the kernel's own answer to each write is "No space left on device". */
export async function fillDisk({ query }: Trial['database'], dataFolder: string, table: string): Promise<void> {
  const [row] = await query(`SELECT pg_relation_filepath('${table}') AS path`);
  const file = join(dataFolder, String(row!.path));
  await rm(file);
  await symlink('/dev/full', file);
}

export const noFullDisk: string | undefined = existsSync('/dev/full') ? undefined : 'there is no /dev/full';
