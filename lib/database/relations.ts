import { asksEngine, engineOf } from '../ledger/engine.ts';
import { arrayValue } from '../sql/quote.ts';
import { ask, askAll, SQL } from './question.ts';
import type { Row, Session } from './session.ts';

export interface ProductionRelation {
  readonly name: string;
  /** With indexes, TOAST, and partitions or children. */
  readonly bytes: number;
  /** As the planner estimates them; 0 where nobody has counted yet. A partitioned table's own estimate is of its partitions' rows. */
  readonly rows: number;
  /** Since the statistics were last reset. */
  readonly written: number;
  readonly scans: number;
  readonly since: string | null;
}

/** Sizes take a lock for a moment: whoever holds the table closed is not waited for. */
export async function readRelations(
  session: Session,
  names: readonly string[],
): Promise<ReadonlyMap<string, ProductionRelation>> {
  if (names.length === 0) return new Map();
  const [[row] = []] = await session.send(`SELECT ${asksEngine} AS engine`);
  const engine = engineOf(row?.engine);
  const [, rows = []] = await askAll(session, [
    SQL`SELECT pg_catalog.set_config('lock_timeout', '1s', true)`,
    SQL`WITH RECURSIVE named AS (
  SELECT c.oid AS root, c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) = ANY (${arrayValue(names)}::text[])
  UNION ALL SELECT named.root, h.inhrelid FROM named JOIN pg_catalog.pg_inherits h ON h.inhparent = named.oid
)
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(r.relname) AS name, pg_catalog.sum(`
      .append(engine.printSize('named.oid'))
      .append(`)::text AS bytes,
       pg_catalog.sum(CASE c.relkind WHEN 'p' THEN 0 ELSE greatest(c.reltuples, 0) END)::bigint::text AS rows,
       pg_catalog.sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::text AS written, pg_catalog.sum(s.seq_scan + coalesce(s.idx_scan, 0))::text AS scans,
       (SELECT d.stats_reset::text FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()) AS since
  FROM named JOIN pg_catalog.pg_class r ON r.oid = named.root JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
  JOIN pg_catalog.pg_class c ON c.oid = named.oid LEFT JOIN pg_catalog.pg_stat_user_tables s ON s.relid = named.oid
 GROUP BY n.nspname, r.relname`),
  ]);
  return new Map(rows.map((row) => [row.name ?? '', toRelation(row)]));
}

/** Without a schema, in any. */
export async function hasRelation(session: Session, name: string, schema: string | undefined): Promise<boolean> {
  const question = SQL`SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ${name}`;
  if (schema !== undefined) question.append(SQL` AND n.nspname = ${schema}`);
  const [row] = await ask(session, question.append(')::text AS found'));
  return row?.found === 'true';
}

function toRelation(row: Row): ProductionRelation {
  const count = (column: string) => Number(row[column] ?? 0);
  return {
    name: row.name ?? '',
    bytes: count('bytes'),
    rows: count('rows'),
    written: count('written'),
    scans: count('scans'),
    since: row.since ?? null,
  };
}
