import { quoteIdent } from '../sql/quote.ts';
import { relationKinds } from './measured.ts';
import type { Snapshot } from './probe.ts';

/** Where a thing stands in the catalogs, as pg_depend knows it. */
export interface Item {
  /** In the words of a Change: `column public.orders.total`. */
  readonly object: string;
  readonly type: string;
  /** The relation it belongs to, or is. */
  readonly relation?: string | undefined;
  readonly catalog:
    | 'pg_class'
    | 'pg_constraint'
    | 'pg_proc'
    | 'pg_trigger'
    | 'pg_rewrite'
    | 'pg_policy'
    | 'pg_type'
    | 'pg_namespace'
    | 'other';
  readonly oid: number;
  /** Of a column its number, else 0. */
  readonly number: number;
  /** Of a column its type. */
  readonly of?: string;
}

/** All that a snapshot holds, by the words that changes use. */
export function takeInventory({ relations, columns, constraints, objects }: Snapshot): ReadonlyMap<string, Item> {
  const items: Item[] = [];
  for (const { oid, name, kind, index } of relations.values()) {
    const type = relationKinds[kind];
    if (type === undefined || kind === 'c') continue;
    const table = index === null ? name : relations.get(index.table)?.name;
    items.push({
      object: `${type} ${name}`,
      type,
      catalog: 'pg_class',
      oid,
      number: 0,
      relation: table,
    });
  }
  for (const { relation: oid, number, name, type: of } of columns.values()) {
    const relation = relations.get(oid)?.name;
    if (relation === undefined) continue;
    items.push({
      object: `column ${relation}.${quoteIdent(name)}`,
      ...{ type: 'column', relation, catalog: 'pg_class', oid, number, of },
    });
  }
  for (const { oid, name, relation: table, kind, inherited } of constraints.values()) {
    const relation = relations.get(table)?.name;
    if (relation === undefined || inherited || kind === 'n') continue;
    items.push({
      object: `constraint ${quoteIdent(name)} on ${relation}`,
      ...{ type: 'constraint', relation, catalog: 'pg_constraint', oid, number: 0 },
    });
  }
  for (const { key, type, name, relation: table } of objects.values()) {
    const relation = relations.get(table)?.name;
    const catalog = catalogs[key.charAt(0)] ?? 'other';
    const oid = Number(key.slice(1));
    items.push({ object: `${type} ${name}`, type, catalog, oid, number: 0, relation });
  }
  return new Map(items.map((item) => [item.object, item]));
}

/** By the letter that stands before an object's oid in a snapshot. */
const catalogs: Readonly<Record<string, Item['catalog']>> = {
  f: 'pg_proc',
  t: 'pg_trigger',
  r: 'pg_rewrite',
  p: 'pg_policy',
  y: 'pg_type',
  n: 'pg_namespace',
};
