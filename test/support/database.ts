import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { findProgram } from './binaries.ts';
import { cleanEnvironment, type Outcome, type ProcessOptions, runProcess } from './process.ts';
import { serverUrl } from './server.ts';
import { giveSign } from './sign.ts';
import { until } from './until.ts';

export interface Database {
  /** The superuser's address of this database. */
  readonly url: string;
  readonly name: string;
  /** The superuser's address of the server's database `postgres`. */
  readonly admin: string;
  /** Runs SQL as the superuser on a connection of its own; of several statements the last one's rows. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** `pg_dump --schema-only -N updown` without the lines that differ between two runs or versions. */
  dump(): Promise<string>;
}

export interface DatabaseOptions {
  /** Default `UTF8`. */
  readonly encoding?: string;
  /** Another server's superuser address, from `startServer`. */
  readonly server?: string;
}

/** A fresh database for one test, dropped afterwards even while something is still connected to it. */
export async function withDatabase(
  body: (database: Database) => Promise<void>,
  { encoding, server }: DatabaseOptions = {},
): Promise<void> {
  const admin = server ?? (await serverUrl());
  const name = `test_${randomBytes(6).toString('hex')}`;
  await createDatabase(administrate(admin), name, encoding ?? 'UTF8');
  giveSign();
  const url = addressOf(admin, name);
  const client = postgres(url, options);
  try {
    await body({ url, name, admin, query: (sql) => query(client, sql), dump: () => dump(url) });
  } finally {
    await client.end({ timeout: 1 });
    await administrate(admin).unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

export interface PsqlOptions extends Pick<ProcessOptions, 'spawned'> {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs the real psql without the user's psqlrc. */
export async function psql(url: string, args: readonly string[], options: PsqlOptions = {}): Promise<Outcome> {
  const program = findProgram('psql');
  if (!program) throw new Error('psql is not on PATH; mark the test with needsPsql');
  const env = cleanEnvironment(options.env);
  return await runProcess(program, ['-X', '-d', url, ...args], { ...options, env });
}

/** Copies the files of template0 where the server can: to write each page to its log as well takes twice the time. */
async function createDatabase(admin: postgres.Sql, name: string, encoding: string): Promise<void> {
  const [row] = await admin.unsafe("SELECT current_setting('server_version_num')::integer AS version");
  const strategy = row?.version >= 150000 ? 'STRATEGY file_copy' : '';
  await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' ${strategy}`);
}

const administrators = new Map<string, postgres.Sql>();

/** Makes and drops databases: a connection of its own for each would take longer than both. An idle one is closed, so that the process can end. */
function administrate(url: string): postgres.Sql {
  const known = administrators.get(url);
  if (known !== undefined) return known;
  const client = postgres(url, { ...options, idle_timeout: 1 });
  administrators.set(url, client);
  return client;
}

/** Asks over a connection of its own each time: a standby may end one. */
export async function untilTrue(url: string, condition: string): Promise<void> {
  await until(condition, async () => (await psql(url, ['-Atc', `SELECT ${condition}`])).stdout === 't\n');
}

function addressOf(admin: string, database: string): string {
  const address = new URL(admin);
  address.pathname = `/${database}`;
  return address.href;
}

const options = { max: 1, onnotice: () => {}, connection: { application_name: 'updown-test' } };

async function query(client: postgres.Sql, sql: string): Promise<readonly Record<string, unknown>[]> {
  const result: readonly unknown[] = await client.unsafe(sql);
  const last = result.at(-1);
  return [...(Array.isArray(last) ? last : result)] as Record<string, unknown>[];
}

/** `pg_dump --schema-only -N updown` without the lines that differ between two runs or versions. */
export async function dump(url: string): Promise<string> {
  const program = findProgram('pg_dump');
  if (!program) throw new Error('pg_dump is not on PATH; mark the test with needsPgDump');
  const args = ['--schema-only', '-N', 'updown', '-d', url];
  const { status, stdout, stderr } = await runProcess(program, args, { env: cleanEnvironment() });
  if (status !== 0) throw new Error(`pg_dump failed: ${stderr}`);
  // \restrict carries a random key.
  return stdout.replace(/^(\\(un)?restrict .*|-- Dumped (from|by) .*)\n/gm, '');
}
