import { wordName } from '../schema/describe-name.ts';
import type { Item } from '../schema/item.ts';
import type { Kind } from '../schema/kind.ts';
import type { Name } from '../schema/name.ts';
import { type AttributeItem, type ObjectRow, objectKey } from './object-row.ts';
import { type Snapshot, wholeOf } from './snapshot.ts';

type Relations = Snapshot['relations'];

/** By `objectKey`. */
export function toObjects(items: readonly Item[], relations: Relations): ReadonlyMap<string, ObjectRow> {
  const attributes = items.flatMap((item) => (item.kind === 'attribute' ? [item] : []));
  const rows = items.flatMap((item) => (isPart(item) ? [] : [toRow(item, relations, attributes)]));
  return new Map(rows.map((row) => [objectKey(row.item.identity), row]));
}

/** What is told with something else: an attribute with its type, the trigger of a partition with that of the partitioned table. */
function isPart(item: Item): boolean {
  return item.kind === 'attribute' || (item.kind === 'trigger' && item.value.inherited);
}

function toRow(item: Item, relations: Relations, attributes: readonly AttributeItem[]): ObjectRow {
  const type = types[item.kind] ?? item.kind.replaceAll('-', ' ');
  const name = item.value.name;
  const row = { item, type, relation: relationOf(item, relations), attributes: [] };
  if (typeof name === 'string') {
    const whole = relations.get(item.relation);
    const own = whole === undefined ? { name } : { name, of: wholeOf(whole) };
    return { ...row, name: own, schema: whole?.schema ?? null, called: name };
  }
  const isPlain = 'name' in name && !('left' in name) && !('method' in name);
  return {
    ...row,
    name: isPlain ? name : { identity: wordName(name) },
    schema: 'schema' in name ? name.schema : null,
    called: 'name' in name ? name.name : '',
    attributes: isPlain && item.kind === 'composite' ? attributes.filter((one) => isOf(one, name, relations)) : [],
  };
}

/** What these are called in the commands for them, where it is not the name of their kind. */
const types: { readonly [K in Kind]?: string } = {
  enum: 'type',
  composite: 'type',
  range: 'type',
  'base-type': 'type',
  'foreign-data-wrapper': 'foreign-data wrapper',
  'foreign-server': 'server',
};

function relationOf(item: Item, relations: Relations): number {
  if (item.kind !== 'statistics') return item.relation;
  const { schema, name } = item.value.table;
  return [...relations.values()].find((row) => row.schema === schema && row.called === name)?.oid ?? 0;
}

/** A composite type and the relation that has its attributes share a name. */
function isOf({ relation }: AttributeItem, { schema, name }: Name, relations: Relations): boolean {
  const row = relations.get(relation);
  return row?.schema === schema && row.called === name;
}
