import type { Row } from '../database/session.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Bond, TableBonds } from './advice-facts.ts';
import type { Effects } from './effects.ts';
import { findNodes, parseLoosely } from './parsed.ts';

import { childrenOf, type RelationRow, type Snapshot } from './snapshot.ts';
import { isHarmlessExpression, readTriggerBody } from './trigger-body.ts';

/** A table whose rows a statement writes, or that a foreign key changes with them. */
export interface Tied {
  readonly table: RelationRow;
  /** The table that the statement writes; this one, but for tables that are reached by foreign keys. */
  readonly of: string;
}

/** Of UPDATE and DELETE alone: nothing else is cut into batches. */
export function findTied({ relations, constraints }: Snapshot, label: string, { locks }: Effects): readonly Tied[] {
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

type Keys = readonly (Snapshot['constraints'] extends ReadonlyMap<number, infer K> ? K : never)[];

/** Tables whose rows go, or are changed, with rows of this one. */
function reachedFrom(table: RelationRow, rows: readonly RelationRow[], keys: Keys): readonly RelationRow[] {
  const family = familyOf(table, rows);
  const reached = new Set<number>();
  const all = new Set(family);
  for (const oid of all) {
    for (const { kind, relation, references, onDelete, onUpdate } of keys) {
      const acts = oid === table.oid || family.has(oid) ? /[cnd]/.test(onDelete) : /[cnd]/.test(onDelete + onUpdate);
      if (kind !== 'f' || references !== oid || !acts) continue;
      reached.add(relation);
      const row = rows.find((one) => one.oid === relation);
      for (const one of row === undefined ? [] : familyOf(row, rows)) all.add(one);
    }
  }
  return rows.filter(({ oid }) => reached.has(oid));
}

function familyOf(table: RelationRow, rows: readonly RelationRow[]): ReadonlySet<number> {
  const family = new Set([table]);
  for (const one of family) for (const child of childrenOf(one, rows)) family.add(child);
  return new Set(Array.from(family, ({ oid }) => oid));
}

/** Its triggers (a partition's that come from its parent, too), rules, unique columns, tables it inherits from, and what calls functions. */
export function bondsOf({ table: { oid } }: Tied): string {
  const asking = (catalog: string, objid: string, more = '') => `EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND d.objid = ${objid} AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
        AND (SELECT p.provolatile <> 'i' FROM pg_catalog.pg_proc p WHERE p.oid = d.refobjid) AND d.refobjid >= 16384${more})`;
  return `SELECT coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', pg_catalog.quote_ident(g.tgname), 'row', g.tgtype & 1 <> 0, 'early', g.tgtype & 2 <> 0,
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
   FROM pg_catalog.pg_class c WHERE c.oid = ${oid};\n`;
}

interface Trigger {
  readonly name: string;
  readonly row: boolean;
  readonly early: boolean;
  readonly events: string;
  readonly columns: readonly string[];
  readonly language: string;
  readonly body: string;
  readonly ours: boolean;
  readonly asks: boolean;
}

/** With the names of functions of the database's own, which may hide others. */
export function toBonds(tied: Tied, rows: readonly Row[], snapshot: Snapshot): readonly TableBonds[] {
  const [row] = rows;
  if (row === undefined) return [];
  const { table, of } = tied;
  const list = <T>(json: string | null | undefined) => JSON.parse(json ?? '[]') as readonly T[];
  const own = new Set(findFunctions(snapshot).map(({ name }) => name));
  const triggers = list<Trigger>(row.triggers).map((one) => ({ ...one, effect: readTrigger(one, own) }));
  const isWritten = table.name === of;
  const fires = triggers.flatMap((one) => wordTrigger(one, table.name, isWritten));
  const unique = list<string>(row.unique);
  const isAnyUnique = list<string>(row.generated).some((name) => unique.includes(name));
  const found: readonly Bond[] = [
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
      // What a foreign key does to its rows is another event than the statement's own.
      bonds: isWritten ? found : found.map((bond) => ({ ...bond, events: 'DELETE', columns: [] })),
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

type Read = Trigger & { readonly effect: ReturnType<typeof readTriggerBody> };

function wordTrigger({ name, row, early, events, columns, effect }: Read, table: string, isWritten: boolean): Bond[] {
  const told = `trigger ${name} on ${table}`;
  if (!row && isWritten) return [{ events, columns, why: `${told} fires once for a statement, and for each batch` }];
  if (effect === undefined) {
    // An UPDATE that takes a row to another partition deletes and inserts it.
    const meant = /\b(INSERT|DELETE)\b/.test(events) ? `${events} MOVE` : events;
    return [{ events: meant, columns, why: `${told} may read or change other rows` }];
  }
  const skips = early && row && /\bDELETE\b/.test(events) && !effect.keeps;
  return skips ? [{ events: 'DELETE', columns: [], why: `${told} may keep rows from being deleted` }] : [];
}

/** Of the table's own rows, directly or by way of others. */
function wordKeys(table: RelationRow, { relations, constraints }: Snapshot): readonly Bond[] {
  const rows = [...relations.values()];
  const keys = [...constraints.values()].filter(({ kind }) => kind === 'f');
  const family = familyOf(table, rows);
  const reached = reachedFrom(table, rows, keys);
  const touched = new Set(reached.flatMap((one) => [...familyOf(one, rows)]));
  const nameOf = (oid: number) => relations.get(oid)?.name ?? '';
  const own = keys.filter(({ references, relation }) => family.has(references) && family.has(relation));
  const waits = keys.filter(({ references, relation }) => family.has(references) && touched.has(relation));
  const isRefusing = ({ onDelete }: (typeof keys)[number]) => /[ar]/.test(onDelete);
  const word = ({ name, relation }: (typeof keys)[number], what: string): Bond => {
    const told = `foreign key ${quoteIdent(name)} of ${nameOf(relation)}`;
    return { events: 'DELETE', columns: [], why: `${told} ${what}` };
  };
  const changes = own.filter((key) => !isRefusing(key));
  return [
    ...changes.map((key) => word(key, 'changes or deletes other rows of the same table')),
    ...own
      .filter(isRefusing)
      .map((key) => word(key, 'refuses a batch whose rows are referred to by rows of a later one')),
    ...(changes.length === 0 && reached.some(({ oid }) => family.has(oid))
      ? [
          {
            events: 'DELETE',
            columns: [],
            why: `foreign keys that change or delete rows of ${reached.map(({ name }) => name).join(', ')} lead back to ${table.name}`,
          },
        ]
      : []),
    ...waits
      .filter((key) => isRefusing(key) && !family.has(key.relation))
      .map((key) => word(key, 'refuses a batch whose rows are referred to by rows that go with a later one')),
    ...(reached.length === 0
      ? []
      : [
          {
            events: 'DELETE',
            columns: [],
            reads: [...touched].map(nameOf),
            why: `it reads what foreign keys change or delete with rows of ${table.name}`,
          },
        ]),
  ];
}

interface Called {
  readonly name: string;
  readonly fixed: boolean;
}

function findFunctions({ objects }: Snapshot): readonly Called[] {
  return [...objects.values()].flatMap(({ type, name, definition }) => {
    const [, short] = /\.("(?:[^"]|"")+"|[^."(]+)\(/.exec(name) ?? [];
    if (!/^(function|aggregate)$/.test(type) || short === undefined) return [];
    const bare = short.startsWith('"') ? short.slice(1, -1).replaceAll('""', '"') : short;
    // As the snapshot writes it: body, result, volatility.
    return [{ name: bare, fixed: type === 'function' && definition.split(' ')[2] === 'i' }];
  });
}

/** By its text: functions that may look at tables, views, operators of the database's own, defaults that are asked. */
export function findAsking(text: string, label: string, snapshot: Snapshot): readonly string[] {
  if (!/^(UPDATE|DELETE)\b/.test(label)) return [];
  const [node] = parseLoosely(text) ?? [];
  const { relations, columns, objects } = snapshot;
  const functions = findFunctions(snapshot);
  const asking = new Set(functions.flatMap(({ name, fixed }) => (fixed ? [] : [name])));
  const fields = new Set(Array.from(columns.values(), ({ name }) => name));
  const views = new Set(Array.from(relations.values(), ({ name, kind }) => (kind === 'v' ? name : '')));
  const operators = [...objects.values()].flatMap(({ type, name }) => (type === 'operator' ? [name] : []));
  const asked = [...findNodes(node)].flatMap(([kind, body]): readonly string[] => {
    const {
      funcname,
      fields: parts,
      name,
      relname,
      schemaname,
    } = body as Readonly<Record<string, { String?: { sval?: string } }[] | string | undefined>>;
    const last = (list: typeof funcname) => (Array.isArray(list) ? (list.at(-1)?.String?.sval ?? '') : '');
    if (kind === 'FuncCall' && asking.has(last(funcname))) return [`function ${quoteIdent(last(funcname))}`];
    // `t.f` calls `f(t)` where there is no such column.
    if (kind === 'ColumnRef' && asking.has(last(parts)) && !fields.has(last(parts)))
      return [`function ${quoteIdent(last(parts))}`];
    if (kind === 'A_Expr' && operators.some((one) => one.includes(`.${last(name)}(`)))
      return [`operator ${last(name)}`];
    if (kind !== 'RangeVar' || typeof relname !== 'string') return [];
    const end = `.${quoteIdent(relname)}`;
    const isMeant = (view: string) =>
      typeof schemaname === 'string' ? view === `${quoteIdent(schemaname)}${end}` : view.endsWith(end);
    return [...views].filter(isMeant).map((view) => `view ${view}`);
  });
  return [...new Set([...asked, ...askedDefaults(node, snapshot, functions)])];
}

/** `SET n = DEFAULT` has the function in the catalog. */
function askedDefaults(node: unknown, { columns }: Snapshot, functions: readonly Called[]): readonly string[] {
  const own = new Set(functions.map(({ name }) => name));
  const names = [...findNodes(node)].flatMap(([kind, body]) => {
    const { name, val } = body as { readonly name?: string | undefined; readonly val?: object };
    return kind === 'ResTarget' && name !== undefined && JSON.stringify(val ?? {}).includes('SetToDefault')
      ? [name]
      : [];
  });
  return [...columns.values()]
    .filter(
      ({ name, expression }) => names.includes(name) && expression !== null && !isHarmlessExpression(expression, own),
    )
    .map(({ name }) => `the default of column ${quoteIdent(name)}`);
}
