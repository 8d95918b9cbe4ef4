import type { Item } from '../schema/item.ts';
import type { ObjectName } from './object-name.ts';

/** An object that is no relation, column or constraint, as lib/schema has it. */
export interface ObjectRow {
  readonly item: Item;
  /** `function`, `trigger`, `type` … */
  readonly type: string;
  readonly name: ObjectName;
  /** Its schema, or that of what it belongs to, or null for what is in no schema. */
  readonly schema: string | null;
  /** Its name without the schema, or an empty text for a cast and the like, which have none of their own. */
  readonly called: string;
  /** The relation it belongs to, or 0. */
  readonly relation: number;
  /** Those of a composite type. */
  readonly attributes: readonly AttributeItem[];
}

export type AttributeItem = Item<'attribute'>;

/** The key of an object in a snapshot. */
export function objectKey({ catalog, oid }: Pick<Item['identity'], 'catalog' | 'oid'>): string {
  return `${catalog}.${oid}`;
}
