import { type Question, SQL } from '../database/question.ts';
import type { Row } from '../database/session.ts';
import type { BatchObstacle, TableBatchObstacles } from './advice-facts.ts';
import { findFunctions } from './asked-functions.ts';
import { reachedFrom, type Trigger, wordKeys, wordTrigger } from './batch-obstacle-reasons.ts';
import type { Effects } from './effects.ts';
import type { RelationRow, Snapshot } from './snapshot.ts';
import { readTriggerBody } from './trigger-body.ts';

/** A table whose rows a statement writes, or that a foreign key changes with them. */
export interface WrittenTable {
  readonly table: RelationRow;
  /** The table that the statement writes. It differs from `table` where a foreign key changes the rows. */
  readonly of: string;
}

/** Finds the tables that an UPDATE or a DELETE writes. No other statement is cut into batches. */
export function findWrittenTables(
  { relations, constraints }: Snapshot,
  label: string,
  { locks }: Effects,
): readonly WrittenTable[] {
  if (!/^(UPDATE|DELETE)\b/.test(label)) return [];
  const rows = [...relations.values()];
  const written = new Set(
    locks.flatMap(({ relation, kind, mode }) => (/table$/.test(kind) && mode !== 'ROW SHARE' ? relation : [])),
  );
  return rows
    .filter(({ name, index }) => index === null && written.has(name))
    .flatMap((table) => [
      { table, of: table.name },
      ...reachedFrom(table, rows, [...constraints.values()]).map((one) => ({ table: one, of: table.name })),
    ]);
}

/** The query for its triggers (also those a partition has from its parent), rules, unique columns, parents, and what calls functions. */
export function batchObstaclesOf({ table: { oid } }: WrittenTable): Question {
  const asking = (catalog: string, objid: string, more = '') => `EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND d.objid = ${objid} AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
        AND (SELECT p.provolatile <> 'i' FROM pg_catalog.pg_proc p WHERE p.oid = d.refobjid) AND d.refobjid >= 16384${more})`;
  return SQL``
    .append(`SELECT coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', pg_catalog.quote_ident(g.tgname), 'row', g.tgtype & 1 <> 0, 'early', g.tgtype & 2 <> 0,
      'events', pg_catalog.concat_ws(' ', CASE WHEN g.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN g.tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN g.tgtype & 16 <> 0 THEN 'UPDATE' END),
      'columns', pg_catalog.to_json(ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (g.tgattr::smallint[]))),
      'language', l.lanname, 'body', f.prosrc, 'ours', f.oid >= 16384, 'asks', ${asking('pg_trigger', 'g.oid', ' AND d.refobjid <> g.tgfoid')}) ORDER BY g.tgname)
     FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid JOIN pg_catalog.pg_language l ON l.oid = f.prolang
     WHERE g.tgrelid = c.oid AND (NOT g.tgisinternal OR f.oid >= 16384) AND g.tgenabled <> 'D'), '[]')::text AS triggers,
    pg_catalog.to_json(ARRAY(SELECT DISTINCT a.attname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
      WHERE i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion) AND (a.attnum = ANY (i.indkey::smallint[]) OR EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid AND d.refclassid = d.classid AND d.refobjid = c.oid AND d.refobjsubid IN (0, a.attnum)))))::text AS unique,
    pg_catalog.to_json(ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> ''))::text AS generated,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', pg_catalog.quote_ident(r.rulename), 'events', CASE r.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END))
     FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type IN ('2', '3', '4') AND r.ev_enabled <> 'D' AND pg_catalog.pg_get_ruledef(r.oid) !~ '[[:space:]]DO NOTHING;$')::text AS rules,
    pg_catalog.to_json(ARRAY(SELECT 'constraint ' || pg_catalog.quote_ident(k.conname) FROM pg_catalog.pg_constraint k
      WHERE k.contype = 'c' AND (k.conrelid = c.oid OR k.contypid IN (SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND k.contypid <> 0)) AND ${asking('pg_constraint', 'k.oid')}
      UNION ALL SELECT 'policy ' || pg_catalog.quote_ident(y.polname) FROM pg_catalog.pg_policy y
      WHERE y.polrelid = c.oid AND c.relrowsecurity AND (${asking('pg_policy', 'y.oid')} OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
        AND d.objid = y.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid))))::text AS checked,
    pg_catalog.to_json(ARRAY(WITH RECURSIVE above(oid) AS (SELECT h.inhparent FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid
      UNION SELECT h.inhparent FROM above JOIN pg_catalog.pg_inherits h ON h.inhrelid = above.oid) SELECT above.oid::pg_catalog.regclass::text FROM above))::text AS above
   FROM pg_catalog.pg_class c WHERE c.oid = `)
    .append(SQL`${oid}::oid`);
}

/** User-defined functions are passed by name, since one of them may hide a built-in function. */
export function toBatchObstacles(
  written: WrittenTable,
  rows: readonly Row[],
  snapshot: Snapshot,
): readonly TableBatchObstacles[] {
  const [row] = rows;
  if (row === undefined) return [];
  const { table, of } = written;
  const list = <T>(json: string | null | undefined) => JSON.parse(json ?? '[]') as readonly T[];
  const own = new Set(findFunctions(snapshot).map(({ name }) => name));
  const triggers = list<Trigger>(row.triggers).map((one) => ({ ...one, effect: readTrigger(one, own) }));
  const isWritten = table.name === of;
  const fires = triggers.flatMap((one) => wordTrigger(one, table.name, isWritten));
  const unique = list<string>(row.unique);
  const isAnyUnique = list<string>(row.generated).some((name) => unique.includes(name));
  const found: readonly BatchObstacle[] = [
    ...fires,
    ...list<{ name: string; events: string }>(row.rules).map(({ name, events }) => ({
      events,
      columns: [],
      why: `rule ${name} on ${table.name} does more than the statement says`,
    })),
    ...list<string>(row.checked).map((name) => ({
      events: 'UPDATE DELETE',
      columns: [],
      why: `${name} of ${table.name} asks a function or another table`,
    })),
    ...(isWritten && unique.length > 0
      ? [
          {
            events: 'UPDATE',
            columns: isAnyUnique ? [] : unique,
            why: `it sets what a unique index or an exclusion constraint of ${table.name} is over, and whether values meet depends on the order`,
          },
        ]
      : []),
    ...(isWritten ? wordKeys(table, snapshot) : []),
  ];
  return [
    {
      relation: of,
      above: isWritten ? list<string>(row.above) : [],
      assigned: isWritten
        ? triggers.flatMap(({ row: each, early, events, effect }) =>
            each && early && /\bUPDATE\b/.test(events) ? (effect?.assigned ?? []) : [],
          )
        : [],
      // A foreign key may write its rows by another kind of statement than the one that is looked at.
      obstacles: isWritten ? found : found.map((obstacle) => ({ ...obstacle, events: 'DELETE', columns: [] })),
    },
  ];
}

function readTrigger(
  { language, body, ours, asks }: Trigger,
  own: ReadonlySet<string>,
): ReturnType<typeof readTriggerBody> {
  if (asks) return undefined;
  if (!ours) return { assigned: [], keeps: false };
  return language === 'plpgsql' ? readTriggerBody(body, own) : undefined;
}
