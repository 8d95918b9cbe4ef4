import postgres from 'postgres';
import { type Server, startServer } from '../test/support/server.ts';
import { median } from './measure.ts';
import { tablePattern } from './revisions.ts';

export interface BenchServer {
  readonly version: string;
  readonly port: number;
  /** The settings that a commit's price hangs on, as the server tells them. */
  readonly settings: string;
  /** What one commit takes: it decides how much of a run is the disk's. */
  readonly commitMilliseconds: number;
  /** The median of some round trips to the server through this port. */
  timeRoundTrip(port: number): Promise<number>;
  /** The address of a database, through another port where one is given. */
  address(database: string, port?: number): string;
  create(database: string): Promise<void>;
  drop(database: string): Promise<void>;
  /** So that no run pays for the pages that another one left dirty. */
  settle(): Promise<void>;
  countTables(database: string): Promise<number>;
  stop(): Promise<void>;
}

/** As in production: whatever is committed is on the disk. */
const settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
};

export async function startBenchServer(): Promise<BenchServer> {
  const server = await startServer({ settings });
  const admin = postgres(server.url, { max: 1, onnotice: () => {} });
  const address: BenchServer['address'] = (database, port) => addressOf(server, database, port);
  try {
    return {
      version: (await admin`SHOW server_version`)[0]!.server_version,
      port: Number(new URL(server.url).port),
      settings: await readSettings(admin),
      commitMilliseconds: await timeCommits(admin),
      timeRoundTrip: (port) => timeRoundTrip(address('postgres', port)),
      address,
      create: async (name) => void (await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE template0`)),
      drop: async (name) => void (await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)),
      settle: async () => void (await admin.unsafe('CHECKPOINT')),
      countTables: (database) => countTables(address(database)),
      stop: () => stop(server, admin),
    };
  } catch (error) {
    await stop(server, admin);
    throw error;
  }
}

/** TLS is off on this server; sslmode spares every tool the question. */
function addressOf({ url }: Server, database: string, port?: number): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  if (port !== undefined) address.port = String(port);
  address.searchParams.set('sslmode', 'disable');
  return address.href;
}

async function readSettings(admin: postgres.Sql): Promise<string> {
  const rows = await admin`
    SELECT name || ' ' || current_setting(name) AS setting FROM pg_settings WHERE name IN ${admin(Object.keys(settings))}
     ORDER BY name`;
  return rows.map(({ setting }) => setting).join(', ');
}

async function timeCommits(admin: postgres.Sql): Promise<number> {
  await admin`CREATE TABLE commits (at timestamptz)`;
  const milliseconds = await timeStatement(admin, 'INSERT INTO commits VALUES (now())');
  await admin`DROP TABLE commits`;
  return milliseconds;
}

function timeRoundTrip(url: string): Promise<number> {
  return withClient(url, (client) => timeStatement(client, 'SELECT 1'));
}

async function timeStatement(client: postgres.Sql, sql: string): Promise<number> {
  const taken: number[] = [];
  for (let each = 0; each < 50; each++) {
    const start = performance.now();
    await client.unsafe(sql).simple();
    taken.push(performance.now() - start);
  }
  return median(taken);
}

function countTables(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const [row] = await client`
      SELECT count(*)::integer AS tables FROM pg_class WHERE relkind = 'r' AND relname LIKE ${tablePattern}`;
    return row!.tables;
  });
}

async function withClient<T>(url: string, body: (client: postgres.Sql) => Promise<T>): Promise<T> {
  const client = postgres(url, { max: 1, fetch_types: false });
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}

async function stop(server: Server, admin: postgres.Sql): Promise<void> {
  await admin.end({ timeout: 1 });
  await server.stop();
}
