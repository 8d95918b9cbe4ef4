import type { Row, Session } from '../../lib/database/session.ts';

/** What happened, by the plainest of queries: nothing of the review is used. */
export interface Raw {
  readonly locks: readonly string[];
  readonly rewrites: readonly string[];
  readonly builds: readonly string[];
  readonly scans: readonly string[];
  readonly error?: string;
}

const probe = `SELECT c.oid, c.oid::regclass::text AS name, c.relkind AS kind, i.indrelid AS "table", pg_relation_filenode(c.oid)::text AS file, s.seq_scan AS scans
  FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_stat_xact_all_tables s ON s.relid = c.oid WHERE c.oid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace`;

/** On a database with rows, in a transaction that is rolled back. */
export async function measureRaw(session: Session, statements: readonly string[]): Promise<readonly Raw[]> {
  // As a new session: one that has looked a foreign key up before keeps that plan, and locks no index but the one it uses.
  await session.send('DISCARD PLANS');
  await session.send("BEGIN; SET LOCAL search_path = public; SET LOCAL timezone = 'UTC'");
  const [first = []] = await session.send(inEmptyPath(probe)).then(last);
  const old = new Map(first.map((row) => [row.oid, row]));
  const measured: Raw[] = [];
  let before = old;
  try {
    for (const text of statements) {
      await session.send(text);
      const [relations = []] = await session.send(inEmptyPath(probe)).then(last);
      const [locks = []] = await session.send(
        "SELECT relation::text AS oid, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND mode <> 'AccessShareLock'",
      );
      measured.push(compare(old, before, relations, locks, text));
      before = new Map(relations.map((row) => [row.oid, row]));
    }
    return measured;
  } catch (error) {
    return [...measured, { locks: [], rewrites: [], builds: [], scans: [], error: (error as Error).message }];
  } finally {
    await session.send('ROLLBACK');
  }
}

function inEmptyPath(query: string): string {
  return `SET LOCAL search_path = ''; ${query}; SET LOCAL search_path = public`;
}

function last(sets: readonly (readonly Row[])[]): readonly (readonly Row[])[] {
  return [sets.find((rows) => rows.length > 0) ?? []];
}

type Rows = ReadonlyMap<string | null | undefined, Row>;

const strength = [
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

function compare(old: Rows, before: Rows, after: readonly Row[], locks: readonly Row[], text: string): Raw {
  const strongest = new Map<string, number>();
  for (const { oid, mode } of locks) {
    const row = before.get(oid) ?? old.get(oid);
    if (!old.has(oid) || row?.name == null) continue;
    // The planner of 16 and later opens the index of a partitioned table, which has no rows; that of 15 does not.
    if (row.kind === 'I' && (mode === 'RowShareLock' || mode === 'RowExclusiveLock')) continue;
    strongest.set(row.name, Math.max(strongest.get(row.name) ?? 0, strength.indexOf(mode ?? '')));
  }
  const then = (row: Row) => (old.has(row.oid) ? before.get(row.oid) : undefined);
  const files = new Set(Array.from(before.values(), ({ file }) => file));
  const isWork = !/\bTRUNCATE\b|wipe\(/.test(text);
  return {
    locks: Array.from(strongest, ([name, rank]) => `${name} ${strength[rank]}`).sort(),
    rewrites: after
      .filter((row) => isWork && row.kind !== 'S' && row.file !== null && then(row) && then(row)!.file !== row.file)
      .map((row) => then(row)!.name!)
      .sort(),
    builds: after
      .filter((row) => row.kind === 'i' && !before.has(row.oid) && old.has(row.table) && !files.has(row.file))
      .map(({ name }) => name!)
      .sort(),
    scans: after
      .filter((row) => then(row) && Number(row.scans) > Number(then(row)!.scans))
      .map((row) => then(row)!.name!)
      .sort(),
  };
}
