import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { ownPath } from '../ledger/setting.ts';
import { type Dependent, findDrift, findRemoved } from './drift.ts';
import { type Item, takeInventory } from './inventory.ts';
import type { MeasuredStep } from './measured.ts';
import type { Drift } from './rules/rule.ts';
import { highestOid, type Snapshot } from './snapshot.ts';
import { printSnapshot, readAnswers, toSnapshot } from './snapshot-queries.ts';

/** A database with very many tables may take longer, and the comparison is not worth the wait. */
const deadlineMilliseconds = 30_000;

/** Reads the catalogs of the database that the plan is for, in a read-only transaction, and compares them with scratch. */
export async function readDrift(session: Session, start: Snapshot, steps: readonly MeasuredStep[]): Promise<Drift> {
  const major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
  await session.send(
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL ${ownPath}; SET LOCAL lock_timeout = '1s'`,
  );
  const sets = await session.send(printSnapshot({ major, counters: 'reported' }, highestOid, false), {
    deadlineMilliseconds,
  });
  const there = toSnapshot(readAnswers(sets));
  const dependents = await readDependents(session, there, findRemoved(steps, there));
  await session.send('COMMIT');
  return findDrift({ steps, start, there, dependents });
}

/** The catalogs whose objects are looked up in pg_depend. */
const haveDependents: ReadonlySet<string> = new Set(
  'pg_class pg_constraint pg_proc pg_trigger pg_rewrite pg_policy pg_type pg_namespace'.split(' '),
);

/** Finds what prevents a DROP ... RESTRICT: objects that depend on the dropped one or on its parts, and are no parts themselves. */
async function readDependents(
  session: Session,
  there: Snapshot,
  taken: readonly Item[],
): Promise<readonly Dependent[]> {
  const asked = taken.filter(({ catalog }) => haveDependents.has(catalog));
  if (asked.length === 0) return [];
  const given = JSON.stringify(asked.map(({ catalog, oid, number }, at) => ({ at, catalog, oid, number })));
  const on = 'd.refclassid = g.class AND d.refobjid = g.obj AND (g.sub = 0 OR d.refobjsubid = g.sub)';
  const is = (catalog: string) => `d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass`;
  const question = SQL`WITH RECURSIVE gone (at, class, obj, sub) AS (
  SELECT t.at, ('pg_catalog.' || t.catalog)::pg_catalog.regclass::pg_catalog.oid, t.oid, t.number
    FROM pg_catalog.json_to_recordset(${given}::json) AS t (at integer, catalog text, oid oid, number integer)`;
  question.append(`
  UNION SELECT g.at, d.classid, d.objid, d.objsubid FROM gone g JOIN pg_catalog.pg_depend d ON ${on} AND d.deptype IN ('a', 'i', 'P', 'S')
)
SELECT DISTINCT g.at::text AS at, pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS words,
  CASE WHEN ${is('pg_attrdef')} OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE ${is('pg_rewrite')} AND r.oid = d.objid AND r.rulename = '_RETURN') THEN 'pg_class'
    ELSE d.classid::pg_catalog.regclass::text END AS catalog,
  coalesce((SELECT r.ev_class FROM pg_catalog.pg_rewrite r WHERE ${is('pg_rewrite')} AND r.oid = d.objid AND r.rulename = '_RETURN'),
    (SELECT f.adrelid FROM pg_catalog.pg_attrdef f WHERE ${is('pg_attrdef')} AND f.oid = d.objid), d.objid)::bigint::text AS oid,
  coalesce((SELECT f.adnum FROM pg_catalog.pg_attrdef f WHERE ${is('pg_attrdef')} AND f.oid = d.objid), d.objsubid)::text AS number
 FROM gone g JOIN pg_catalog.pg_depend d ON ${on} AND d.deptype = 'n'
WHERE NOT EXISTS (SELECT FROM gone x WHERE x.at = g.at AND x.class = d.classid AND x.obj = d.objid AND (x.sub = 0 OR x.sub = d.objsubid))
ORDER BY 1, 2`);
  const rows = await ask(session, question, { deadlineMilliseconds });
  const byPlace = new Map(Array.from(takeInventory(there).values(), (item) => [placeOf(item), item.object]));
  return rows.map(({ at, words, catalog, oid, number }) => ({
    on: asked[Number(at)]?.object ?? '',
    object: byPlace.get(placeOf({ catalog: catalog ?? '', oid: Number(oid), number: Number(number) })),
    words: words ?? '',
    isConstraint: catalog === 'pg_constraint',
  }));
}

function placeOf({ catalog, oid, number }: Pick<Item, 'catalog' | 'oid' | 'number'>): string {
  return JSON.stringify([catalog, oid, number]);
}
