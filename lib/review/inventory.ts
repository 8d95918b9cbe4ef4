import { type Change, named } from './change.ts';
import { relationKinds } from './effects.ts';
import type { NamedObject } from './object-name.ts';
import { nameOf, type Snapshot, wholeOf } from './snapshot.ts';

/** An object of a snapshot, described as in a Change, with its place in the catalogs. */
export interface Item extends NamedObject, Pick<Change, 'object'> {
  /** The relation that it is, or that it belongs to. */
  readonly relation?: string | undefined;
  /** Together with `oid` and `number`, what pg_depend knows it by. */
  readonly catalog: string;
  readonly oid: number;
  /** The number of a column, else 0. */
  readonly number: number;
  /** The type of a column. */
  readonly of?: string;
}

/** All objects of a snapshot, by the description that a Change has. */
export function takeInventory(snapshot: Snapshot): ReadonlyMap<string, Item> {
  const items = [...relationsIn(snapshot), ...columnsIn(snapshot), ...constraintsIn(snapshot), ...objectsIn(snapshot)];
  return new Map(items.map((item) => [item.object, item]));
}

function relationsIn({ relations }: Snapshot): readonly Item[] {
  return [...relations.values()].flatMap((row) => {
    if (row.kind === 'c') return [];
    const relation = row.index === null ? row.name : relations.get(row.index.table)?.name;
    const about = named({ type: relationKinds[row.kind], name: nameOf(row) });
    return [{ ...about, catalog: 'pg_class', oid: row.oid, number: 0, relation }];
  });
}

function columnsIn({ relations, columns }: Snapshot): readonly Item[] {
  return [...columns.values()].flatMap(({ relation: oid, number, name, type: of }) => {
    const table = relations.get(oid);
    if (table === undefined) return [];
    const about = named({ type: 'column', name: { name, of: wholeOf(table) } });
    return [{ ...about, relation: table.name, catalog: 'pg_class', oid, number, of }];
  });
}

function constraintsIn({ relations, constraints }: Snapshot): readonly Item[] {
  return [...constraints.values()].flatMap(({ oid, name, relation, kind, inherited }) => {
    const table = relations.get(relation);
    if (table === undefined || inherited || kind === 'n') return [];
    const about = named({ type: 'constraint', name: { name, of: wholeOf(table) } });
    return [{ ...about, relation: table.name, catalog: 'pg_constraint', oid, number: 0 }];
  });
}

function objectsIn({ relations, objects }: Snapshot): readonly Item[] {
  return Array.from(objects.values(), ({ item, type, name, relation }) => {
    const { catalog, oid, number } = item.identity;
    return { ...named({ type, name }), catalog, oid, number, relation: relations.get(relation)?.name };
  });
}
