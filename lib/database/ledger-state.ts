import { UpdownError } from '../errors.ts';
import { asksEngine, type EngineName, engineOf } from '../ledger/engine.ts';
import { ledgerFormat, printRelation } from '../ledger/name.ts';
import { printLacksRest } from '../ledger/renewal.ts';
import { printDisabling, printGrants, printReadGrants, sayBootstrap } from '../ledger/rights.ts';
import { ownReading, printSilence } from '../ledger/setting.ts';
import { quoteIdent } from '../sql/quote.ts';
import { ask, askAll, type Question, SQL } from './question.ts';
import { ownQuestion, type Row, SendError, type Session } from './session.ts';
import { printSessionSettings, type SessionSetting, toSessionSettings } from './session-setting.ts';

/** What the server and its ledger say, read in one round trip. Reading never creates anything. */
export interface LedgerState {
  readonly server: Server;
  /** Undefined where there is no ledger yet: nothing is applied. */
  readonly ledger: { readonly project: string; readonly format: number; readonly complete: boolean } | undefined;
  /** Each applied revision, oldest entry first, with the digest of the up.sql it was applied from. */
  readonly applied: ReadonlyMap<string, string>;
  /** Revisions of the files that the ledger has in several, as they were before a squash; only where there are any. */
  readonly wholes?: readonly string[] | undefined;
  /** What else the ledger says of them; only where it was asked for. */
  readonly entries?: ReadonlyMap<string, Entry> | undefined;
  /** The digest of the plan that did what was done last; only where entries were asked for. */
  readonly lastPlan?: string | undefined;
  /** Everyone who has applied or recorded a revision there, also one that is not applied any more; only where entries were asked for. */
  readonly migrators?: readonly string[] | undefined;
  readonly unfinished: readonly Unfinished[];
  /** Entries that somebody has deleted: a later one says that it stood on theirs. */
  readonly torn?: readonly Torn[];
  /** Where there is no ledger yet, or none that tells of anything: a few tables that somebody else made. */
  readonly strangers?: readonly string[] | undefined;
}

export interface Server {
  readonly version: string;
  /** What its extensions make of it. */
  readonly engine: EngineName;
  /** Whether it is one of several on which no schema is changed: a worker of Citus. */
  readonly worker: boolean;
  readonly database: string;
  readonly user: string;
  readonly standby: boolean;
  readonly readOnly: boolean;
  /** What the role and the database that the session is for have set. */
  readonly settings: readonly SessionSetting[];
  /** Of the backend that answered: behind a pooler not the one we were told at login (F25). */
  readonly pid: number;
}

export interface Entry {
  readonly digest: string;
  readonly parents: readonly string[];
  readonly at: string;
  readonly who: string;
  readonly channel: string;
  readonly script: string | undefined;
  readonly event: string;
}

/** What no entry says was applied, though an `up` could only run on top of it. */
export interface Torn {
  readonly id: string;
  readonly above: string;
}

/** A non-transactional step that was started and not finished. */
export interface Unfinished {
  readonly id: string;
  readonly op: 'up' | 'down';
  /** How many of its statements are recorded as done. */
  readonly statements: number;
  readonly at: string;
  readonly who: string;
  readonly pid: number;
  /** What they have left in their session, such as a temporary table or a setting: in another one it is gone. */
  readonly inSession: readonly string[];
  /** Whether that backend is still there. */
  readonly alive: boolean;
}

/** `entries` asks for all that is recorded of each revision; planning needs no more than `state`. */
export type Depth = 'state' | 'entries';

/** What the ledger is asked for: a run writes to it afterwards. */
export interface Asked {
  readonly depth?: Depth;
  readonly writes?: boolean;
}

export async function readLedgerState(session: Session, schema: string, asked: Asked = {}): Promise<LedgerState> {
  return (await tryState(session, schema, asked)) ?? (await readWithout(session, schema, asked));
}

async function tryState(session: Session, schema: string, asked: Asked): Promise<LedgerState | undefined> {
  const { depth = 'state', writes = false } = asked;
  try {
    const text = `${ownReading}\n${facts}${printState(schema)}${depth === 'entries' ? printEntries(schema) : ''}`;
    const [server, header, applied, unfinished, entries, last] = await session.send(text, ownQuestion);
    if (header?.[0]?.hides === 'true') throw await hiddenLedger(session, schema);
    return {
      server: await readServer(session, server?.[0]),
      ledger: toLedger(header?.[0], schema),
      applied: toApplied(applied?.[0]?.applied),
      entries: entries && toEntries(entries[0]?.entries),
      lastPlan: last?.[0]?.script ?? undefined,
      migrators: last && (JSON.parse(last[0]?.migrators ?? '[]') as string[]),
      unfinished: (unfinished ?? []).map(toUnfinished),
      torn: toTorn(applied?.[0]?.torn),
      strangers: header?.[0]?.silent === 'true' ? await readStrangers(session, schema) : undefined,
    };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    if (!isAbsent(error)) throw await wordFailure(session, error, schema, writes);
    return undefined;
  }
}

/** A ledger that tells of nothing yet, or no more, is as none. Asked before it is asked once more: another run may be at its first step. */
async function readStrangers(session: Session, schema: string): Promise<readonly string[]> {
  const [tables = [], again] = await askAll(session, [
    await findStrangers(schema),
    SQL`SELECT `.append(`(${printSilence(schema)})::text AS silent`),
  ]);
  return again?.[0]?.silent === 'true' ? tables.map(({ name }) => name ?? '') : [];
}

/**
 * Something of the ledger was not there: all of it, or another run has made it meanwhile, or what stands in its place is not ours. Tables are
 * asked for before the ledger: another run makes that first, and may do so between.
 */
async function readWithout(session: Session, schema: string, asked: Asked): Promise<LedgerState> {
  const [server] = await session.send(`${ownReading}\n${facts}`, ownQuestion);
  const [tables, found] = await askAll(session, [await findStrangers(schema), findRelations(schema)]);
  if (found?.[0]?.journal == null) {
    const strangers = (tables ?? []).map(({ name }) => name ?? '');
    return {
      server: await readServer(session, server?.[0]),
      ledger: undefined,
      applied: new Map(),
      unfinished: [],
      strangers,
    };
  }
  const state = await tryState(session, schema, asked);
  if (state !== undefined) return state;
  const gone = relations.filter((name) => found[0]?.[name] == null);
  // A journal alone is somebody else's.
  const [first] = gone;
  const { missing } = await import('./damage.ts');
  throw first === undefined || gone.length === relations.length - 1
    ? foreignLedger(schema)
    : missing(schema, first === 'worker' ? 'TABLE' : 'VIEW', first);
}

async function findStrangers(schema: string): Promise<Question> {
  const { printStrangers } = await import('../ledger/strangers.ts');
  return SQL`WITH ledger (schema) AS (SELECT ${schema}::name)\n`.append(printStrangers('(SELECT schema FROM ledger)'));
}

const relations = ['journal', 'worker', 'applied', 'unfinished'] as const;

/** One row, with a column for each: NULL where there is none of that name. */
function findRelations(schema: string): Question {
  const [journal, worker, applied, unfinished] = relations.map((name) => `${quoteIdent(schema)}.${name}`);
  return SQL`SELECT pg_catalog.to_regclass(${journal})::text AS journal, pg_catalog.to_regclass(${worker})::text AS worker,
       pg_catalog.to_regclass(${applied})::text AS applied, pg_catalog.to_regclass(${unfinished})::text AS unfinished`;
}

const facts = `SELECT pg_catalog.current_setting('server_version') AS version, pg_catalog.current_database() AS database, current_user AS "user", pg_catalog.pg_backend_pid()::text AS pid,
       pg_catalog.pg_is_in_recovery()::text AS standby, pg_catalog.current_setting('transaction_read_only') AS read_only,
       ${asksEngine} AS engine, ${printSessionSettings} AS settings;
`;

/** row_security off: a policy that hides rows is an error here, never a shorter history (F35). */
function printState(schema: string): string {
  const s = quoteIdent(schema);
  return `SET LOCAL row_security = off;
SELECT detail ->> 'project' AS project, detail ->> 'format' AS format, pg_catalog.row_security_active(${printRelation(schema, 'worker')})::text AS hides,
       (${printSilence(schema)})::text AS silent, (${printLacksRest(schema)})::text AS partial
  FROM ${s}.journal WHERE event = 'header' ORDER BY seq DESC LIMIT 1;
WITH a AS MATERIALIZED (SELECT revision, digest, parents, event, seq FROM ${s}.applied)
SELECT pg_catalog.string_agg(coalesce(digest, '') || ' ' || revision, E'\\n' ORDER BY seq) AS applied,
       (SELECT pg_catalog.string_agg(p.id || ' ' || b.revision, E'\\n' ORDER BY b.seq) FROM a b CROSS JOIN LATERAL unnest(b.parents) AS p(id)
         WHERE b.event = 'up' AND p.id NOT IN (SELECT revision FROM a)
           AND NOT coalesce((SELECT j.event IN ('up', 'stamp') FROM ${s}.journal j WHERE j.revision = p.id AND j.seq < b.seq
                               AND j.event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY j.seq DESC LIMIT 1), false)) AS torn
  FROM a;
SELECT revision, op, statement::text, ${utc('at')} AS at, who, backend_pid::text AS pid,
       (coalesce(detail -> 'session', '[]') || coalesce(detail -> 'settings', '[]'))::text AS in_session,
       ${s}.is_alive(backend_pid, backend_start)::text AS alive FROM ${s}.unfinished ORDER BY seq;
`;
}

function printEntries(schema: string): string {
  const s = quoteIdent(schema);
  return `SELECT pg_catalog.json_agg(pg_catalog.json_build_array(revision, digest, parents, ${utc('at')}, who, channel, script, event) ORDER BY seq)::text AS entries FROM ${s}.applied;
SELECT script, (SELECT pg_catalog.json_agg(DISTINCT who)::text FROM ${s}.journal WHERE event IN ('up', 'stamp')) AS migrators
  FROM ${s}.journal WHERE event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY seq DESC LIMIT 1;
`;
}

function utc(column: string): string {
  return `pg_catalog.to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}

/** 42P01, 3F000: no such table, no such schema. */
function isAbsent({ fields }: SendError): boolean {
  return fields?.code === '42P01' || fields?.code === '3F000';
}

async function wordFailure(session: Session, error: SendError, schema: string, writes: boolean): Promise<Error> {
  const code = error.fields?.code;
  if (code === '42501' && error.fields?.routine === 'check_enable_rls') return hiddenLedger(session, schema);
  if (code === '42501')
    return new UpdownError('privilege', `The ledger in schema "${schema}" may not be read: ${error.fields?.message}`, {
      hint: `Ask its owner: ${await printRights(session, schema, writes)}`,
      sqlstate: code,
    });
  if (code === '42703' || code === '42809') return foreignLedger(schema);
  const { wordMissing } = await import('./damage.ts');
  return (error.fields && wordMissing(error.fields, schema)) ?? error;
}

/** What who asks lacks, as far as can be said. */
async function printRights(session: Session, schema: string, writes: boolean): Promise<string> {
  const [row] = await ask(
    session,
    SQL`SELECT current_user AS "user", EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ${schema} AND c.relname = 'journal')::text AS made`,
  ).catch(() => []);
  const role = row?.user ?? '<role>';
  const isMade = row?.made !== 'false';
  if (!writes)
    return isMade
      ? printReadGrants(schema, role)
      : `GRANT USAGE ON SCHEMA ${quoteIdent(schema)} TO ${quoteIdent(role)};`;
  const grants = isMade
    ? printGrants(schema, role)
    : `GRANT USAGE, CREATE ON SCHEMA ${quoteIdent(schema)} TO ${quoteIdent(role)};`;
  return `${grants} ${sayBootstrap(schema, role)}`;
}

/** Of the worker's rows, those that are hidden would make a live run look like a dead one. */
async function hiddenLedger(session: Session, schema: string): Promise<UpdownError> {
  const s = quoteIdent(schema);
  const [journal, worker] = [`${s}.journal`, `${s}.worker`];
  const [row] = await ask(
    session,
    SQL`SELECT pg_catalog.bool_or(c.relforcerowsecurity)::text AS forced, pg_catalog.string_agg(DISTINCT pg_catalog.pg_get_userbyid(c.relowner), ', ') AS owner
  FROM pg_catalog.pg_class c WHERE c.oid IN (pg_catalog.to_regclass(${journal}), pg_catalog.to_regclass(${worker}))`,
  ).catch(() => []);
  const what = row?.forced === 'true' ? 'FORCE ROW LEVEL SECURITY' : 'A row security policy';
  return new UpdownError('hidden-ledger', `${what} hides entries of the ledger in schema "${schema}" from this role`, {
    hint: `Nothing was sent: a ledger seen in part would make a wrong plan. As the owner of its tables${row?.owner == null ? '' : `, ${row.owner}`}: ${printDisabling(s)}`,
    sqlstate: '42501',
  });
}

function foreignLedger(schema: string): UpdownError {
  return new UpdownError('foreign-ledger', `Schema "${schema}" holds a "journal" that is not updown's`, {
    hint: 'Name another schema for the ledger: --ledger-schema <name>.',
  });
}

async function readServer(session: Session, row: Row | undefined): Promise<Server> {
  const { name, asksWorker } = engineOf(row?.engine);
  return { ...toServer(row), engine: name, worker: asksWorker !== undefined && (await isWorker(session, asksWorker)) };
}

/** Its functions are known only where the extension is. A version that lacks this one has other ways to refuse. */
async function isWorker(session: Session, question: string): Promise<boolean> {
  const [[row] = []] = await session.send(question, ownQuestion).catch((error) => {
    if (error instanceof SendError && !error.lost) return [];
    throw error;
  });
  return row?.worker === 't';
}

function toServer(row: Row | undefined): Omit<Server, 'engine' | 'worker'> {
  return {
    version: row?.version ?? '',
    database: row?.database ?? '',
    user: row?.user ?? '',
    standby: row?.standby === 'true',
    readOnly: row?.read_only === 'on',
    settings: toSessionSettings(row?.settings),
    pid: Number(row?.pid ?? 0),
  };
}

function toLedger(row: Row | undefined, schema: string): LedgerState['ledger'] {
  if (row?.project == null) {
    throw new UpdownError('foreign-ledger', `The ledger in schema "${schema}" has lost its header`, {
      hint: 'Its first entry (event "header") was deleted or changed by hand. Restore it from a backup of the database.',
    });
  }
  const format = Number(row.format);
  if (format > ledgerFormat) {
    throw new UpdownError(
      'newer-ledger',
      `The ledger has format ${format}; this version of updown knows format ${ledgerFormat}`,
      { hint: 'Install the version of updown that the team uses, or a newer one.' },
    );
  }
  return { project: row.project, format, complete: row.partial !== 'true' };
}

/** One text for all: a row of its own for each of a thousand revisions costs more than reading them. */
function toApplied(text: string | null | undefined): ReadonlyMap<string, string> {
  const lines = text ? text.split('\n') : [];
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

type Columns = readonly [
  string,
  string | null,
  readonly string[] | null,
  string,
  string,
  string,
  string | null,
  string,
];

function toEntries(text: string | null | undefined): ReadonlyMap<string, Entry> {
  const parsed: readonly Columns[] = JSON.parse(text ?? '[]');
  return new Map(
    parsed.map(([id, digest, parents, at, who, channel, script, event]) => [
      id,
      { digest: digest ?? '', parents: parents ?? [], at, who, channel, script: script ?? undefined, event },
    ]),
  );
}

function toTorn(text: string | null | undefined): readonly Torn[] {
  const lines = text ? text.split('\n') : [];
  return lines.map((line) => ({ id: line.slice(0, line.indexOf(' ')), above: line.slice(line.indexOf(' ') + 1) }));
}

function toUnfinished(row: Row): Unfinished {
  return {
    id: row.revision ?? '',
    op: row.op === 'down' ? 'down' : 'up',
    statements: Number(row.statement ?? 0),
    at: row.at ?? '',
    who: row.who ?? '',
    pid: Number(row.pid ?? 0),
    inSession: JSON.parse(row.in_session ?? '[]') as readonly string[],
    alive: row.alive === 'true',
  };
}
