import { type Question, SQL } from '../database/question.ts';
import type { Row } from '../database/session.ts';
import type { Firing, Writing } from './advice-facts.ts';
import { letterOf } from './firing.ts';
import { objectKey } from './object-row.ts';
import type { RelationRow, Snapshot } from './snapshot.ts';

/** The query for the rules and triggers of a table that the statement, or a safe way of it, writes. */
export function writingOf({ oid }: RelationRow): Question {
  return SQL``
    .append(`SELECT c.relforcerowsecurity::text AS forced, pg_catalog.to_json(ARRAY(SELECT pg_catalog.quote_ident(r.rulename) FROM pg_catalog.pg_rewrite r
     WHERE r.ev_class = c.oid AND r.ev_type = '2' AND r.ev_enabled IN ('O', 'A') ORDER BY 1))::text AS rules,
    coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('oid', g.oid::bigint, 'name', pg_catalog.quote_ident(g.tgname), 'row', g.tgtype & 1 <> 0, 'early', g.tgtype & 2 <> 0,
      'events', pg_catalog.concat_ws(' ', CASE WHEN g.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN g.tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN g.tgtype & 16 <> 0 THEN 'UPDATE' END),
      'columns', pg_catalog.to_json(ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (g.tgattr::smallint[]))), 'state', g.tgenabled,
      'calls', (SELECT 'function ' || pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(p.proname) || '()' FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace m ON m.oid = p.pronamespace WHERE p.oid = g.tgfoid)) ORDER BY g.tgname)
     FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND coalesce(pg_catalog.to_jsonb(g) ->> 'tgparentid', '0') = '0'), '[]')::text AS triggers
   FROM pg_catalog.pg_class c WHERE c.oid = `)
    .append(SQL`${oid}::oid`);
}

export function toWriting({ name }: RelationRow, rows: readonly Row[], base: Snapshot): readonly Writing[] {
  return rows.map(({ forced, rules, triggers }) => ({
    relation: name,
    forced: forced === 'true',
    rules: JSON.parse(rules ?? '[]') as readonly string[],
    triggers: (JSON.parse(triggers ?? '[]') as readonly (Omit<Firing, 'before'> & { readonly oid: number })[]).map(
      ({ oid, ...firing }) => ({ ...firing, before: stateOf(oid, base) ?? firing.state }),
    ),
  }));
}

function stateOf(trigger: number, { objects }: Snapshot): string | undefined {
  const item = objects.get(objectKey({ catalog: 'pg_trigger', oid: trigger }))?.item;
  return item?.kind === 'trigger' ? letterOf(item.value.enabled) : undefined;
}
