import { lockKeys } from '../ledger/name.ts';
import { ownReading } from '../ledger/setting.ts';
import { redact } from '../libpq/redact.ts';
import { ownQuestion, type Row, type Session } from './session.ts';

/*
 * One message each, with its own settings: a transaction around several would hold snapshots and locks between them, which an index build waits
 * for (F17). All that is put into the text are numbers of our own.
 */

/** Another backend, as an operator needs to know it at night. */
export interface Peer {
  readonly pid: number;
  /** What the server knows of it; undefined where it has no such thing, or this role may not see it. */
  readonly application: string | undefined;
  readonly user: string | undefined;
  readonly address: string | undefined;
  readonly state: string | undefined;
  /** When its query began, in UTC. */
  readonly since: string | undefined;
  /** `pid 4711 (psql, user postgres, from 127.0.0.1)` */
  readonly who: string;
  /** `active for 00:01:07` */
  readonly doing: string;
  /** What it runs, or ran last, on one line; of a step of ours which one. */
  readonly query: string;
  /** All of that in one line. */
  readonly words: string;
}

/** Whoever holds the ledger's lock, or undefined where it is free by now. */
export async function findHolder(session: Session, schema: string): Promise<Peer | undefined> {
  const [product, ledger] = lockKeys(schema);
  const rows = await session.send(
    `${select} JOIN pg_catalog.pg_locks l ON l.pid = a.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = ${product} AND l.objid::bigint = ${ledger >>> 0} AND l.objsubid = 2
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`,
    ownQuestion,
  );
  return toPeer(rows[0]?.[0]);
}

export async function findBackend(session: Session, pid: number): Promise<Peer | undefined> {
  const rows = await session.send(`${select} WHERE a.pid = ${pid}`, ownQuestion);
  return toPeer(rows[0]?.[0]);
}

/** What a backend waits for, and how far its index build or other long work is. */
export interface Activity {
  readonly blocker: Peer | undefined;
  readonly build: Progress | undefined;
  /** How far a VACUUM, CLUSTER, ANALYZE or COPY is. */
  readonly work: Progress | undefined;
  /** For how long it has waited for the lock that it waits for, in milliseconds; undefined where it waits for none, or the server does not say. */
  readonly waited: number | undefined;
  /** How long it has had nothing to do: what it was sent has not come, or its answer has not gone out. */
  readonly idleSeconds: number;
}

/** How far long work is, as the server's `pg_stat_progress_*` has it. */
export interface Progress {
  /** `VACUUM: scanning heap, 45 %`; of an index build without its command. */
  readonly words: string;
  readonly command: string;
  readonly phase: string | undefined;
  /** Of this phase, where the server knows its size. */
  readonly percent: number | undefined;
  /** Rows done, where it counts them. */
  readonly rows: number | undefined;
}

export async function readActivity(session: Session, pid: number): Promise<Activity> {
  const major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
  const [blockers, builds, idle, works, waits] = await session.send(
    `${select} WHERE a.pid = ANY (pg_catalog.pg_blocking_pids(${pid})) ORDER BY a.xact_start LIMIT 1;
SELECT command, phase, CASE WHEN phase LIKE '%loading tuples%' THEN 100 * tuples_done / nullif(tuples_total, 0)
       WHEN blocks_total > 0 THEN 100 * blocks_done / blocks_total END::text AS percent, NULL AS rows,
       CASE WHEN lockers_total > 0 THEN pg_catalog.format('waits for %s of %s older transactions', lockers_total - lockers_done, lockers_total) END AS lockers
  FROM pg_catalog.pg_stat_progress_create_index WHERE pid = ${pid};
SELECT extract(epoch FROM pg_catalog.clock_timestamp() - state_change)::integer::text AS seconds FROM pg_catalog.pg_stat_activity WHERE pid = ${pid} AND state = 'idle';
${printWork(major)} WHERE pid = ${pid} LIMIT 1;
${printWait(major)} WHERE pid = ${pid} AND NOT granted LIMIT 1`,
    ownQuestion,
  );
  const waited = waits?.[0]?.waited;
  return {
    blocker: toPeer(blockers?.[0]),
    build: toProgress(builds?.[0], ''),
    work: toProgress(works?.[0], `${works?.[0]?.command}: `),
    waited: waited == null ? undefined : Number(waited),
    idleSeconds: Number(idle?.[0]?.seconds ?? 0),
  };
}

function toProgress(row: Row | undefined, head: string): Progress | undefined {
  if (row === undefined) return undefined;
  const { command, phase, percent, rows, lockers } = row;
  const words = [phase, percent && `${percent} %`, lockers, rows && `${rows} rows`].filter(Boolean).join(', ');
  return {
    words: `${head}${words}`,
    command: command ?? '',
    phase: phase ?? undefined,
    percent: percent == null ? undefined : Number(percent),
    rows: rows == null ? undefined : Number(rows),
  };
}

/** Since when a lock is waited for, PostgreSQL tells from 14 on. */
function printWait(major: number): string {
  const since = major >= 14 ? 'waitstart' : 'NULL::timestamptz';
  return `SELECT (1000 * extract(epoch FROM pg_catalog.clock_timestamp() - ${since}))::bigint::text AS waited FROM pg_catalog.pg_locks`;
}

/** Each view with the version it came with, its command, what it is at, how much of how much is done, and the rows where it counts them. */
const progressViews = [
  [12, 'vacuum', "'VACUUM'", 'phase', 'heap_blks_scanned', 'heap_blks_total', 'NULL::bigint'],
  [12, 'cluster', 'command', 'phase', 'heap_blks_scanned', 'heap_blks_total', 'heap_tuples_written'],
  [13, 'analyze', "'ANALYZE'", 'phase', 'sample_blks_scanned', 'sample_blks_total', 'NULL::bigint'],
  [14, 'copy', 'command', 'NULL', 'bytes_processed', 'bytes_total', 'tuples_processed'],
] as const;

function printWork(major: number): string {
  const selects = progressViews
    .filter(([since]) => since <= major)
    .map(
      ([, view, command, phase, done, total, rows]) =>
        `SELECT pid, ${command} AS command, ${phase} AS phase, CASE WHEN ${total} > 0 THEN 100 * ${done} / ${total} END::text AS percent, ${rows}::text AS rows FROM pg_catalog.pg_stat_progress_${view}`,
    );
  const none =
    'SELECT 0 AS pid, NULL::text AS command, NULL::text AS phase, NULL::text AS percent, NULL::text AS rows WHERE false';
  return `SELECT command, phase, percent, rows FROM (${[none, ...selects].join('\n UNION ALL ')}) AS works`;
}

const select = `${ownReading}
SELECT a.pid::text, a.application_name, a.usename, pg_catalog.host(a.client_addr) AS address, a.state, a.query,
       pg_catalog.to_char(coalesce(a.query_start, a.backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
       pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - coalesce(a.query_start, a.backend_start))::text AS age
  FROM pg_catalog.pg_stat_activity a`;

function toPeer(row: Row | undefined): Peer | undefined {
  if (row === undefined) return undefined;
  const known = [row.application_name, row.usename && `user ${row.usename}`, row.address && `from ${row.address}`];
  const who = `pid ${row.pid} (${known.filter(Boolean).join(', ')})`;
  const doing = `${row.state ?? 'state hidden'} for ${row.age}`;
  const query = wordQuery(row.query ?? '');
  return {
    pid: Number(row.pid),
    application: row.application_name || undefined,
    user: row.usename || undefined,
    address: row.address || undefined,
    state: row.state || undefined,
    since: row.since || undefined,
    who,
    doing,
    query,
    words: `${who}, ${doing}${query === '' ? '' : `: ${query}`}`,
  };
}

/** What it does, in short: of a step of ours which one, because its text begins with settings that say nothing. Half a password is one, too. */
function wordQuery(text: string): string {
  const [, op, id] = /\bCALL \S+\.(?:enter|resume)\('(up|down)', '([^']+)'/.exec(text) ?? [];
  return op === undefined ? redact(text).replace(/\s+/g, ' ').trim().slice(0, 100) : `${op} of revision ${id}`;
}
