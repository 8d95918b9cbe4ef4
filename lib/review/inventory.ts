import { quoteIdent } from '../sql/quote.ts';
import { relationKinds } from './effects.ts';
import type { Snapshot } from './snapshot.ts';

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
export function takeInventory(snapshot: Snapshot): ReadonlyMap<string, Item> {
  const items = [...relationsIn(snapshot), ...columnsIn(snapshot), ...constraintsIn(snapshot), ...objectsIn(snapshot)];
  return new Map(items.map((item) => [item.object, item]));
}

function relationsIn({ relations }: Snapshot): readonly Item[] {
  return [...relations.values()].flatMap(({ oid, name, kind, index }) => {
    const type = relationKinds[kind];
    if (type === undefined || kind === 'c') return [];
    const relation = index === null ? name : relations.get(index.table)?.name;
    return [{ object: `${type} ${name}`, type, catalog: 'pg_class', oid, number: 0, relation }];
  });
}

function columnsIn({ relations, columns }: Snapshot): readonly Item[] {
  return [...columns.values()].flatMap(({ relation: oid, number, name, type: of }) => {
    const relation = relations.get(oid)?.name;
    if (relation === undefined) return [];
    const object = `column ${relation}.${quoteIdent(name)}`;
    return [{ object, type: 'column', relation, catalog: 'pg_class', oid, number, of }];
  });
}

function constraintsIn({ relations, constraints }: Snapshot): readonly Item[] {
  return [...constraints.values()].flatMap(({ oid, name, relation: table, kind, inherited }) => {
    const relation = relations.get(table)?.name;
    if (relation === undefined || inherited || kind === 'n') return [];
    const object = `constraint ${quoteIdent(name)} on ${relation}`;
    return [{ object, type: 'constraint', relation, catalog: 'pg_constraint', oid, number: 0 }];
  });
}

function objectsIn({ relations, objects }: Snapshot): readonly Item[] {
  return Array.from(objects.values(), ({ key, type, name, relation: table }) => {
    const relation = relations.get(table)?.name;
    const catalog = catalogs[key.charAt(0)] ?? 'other';
    return { object: `${type} ${name}`, type, catalog, oid: Number(key.slice(1)), number: 0, relation };
  });
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
