import type { Identity } from './catalog/sql.ts';
import { type Facet, type Kind, type Kinds, lists, type PartsOf, partLists } from './kind.ts';

/** An object with its place in the catalogs. Its parts are items of their own, or are not read. */
export type Item<K extends Kind = Kind> = {
  readonly [Each in K]: {
    readonly kind: Each;
    readonly value: Omit<Kinds[Each], PartsOf<Each>>;
    readonly identity: Identity;
    /** The relation that it is a part of, or else 0. */
    readonly relation: number;
  };
}[K];

/** A property that two items of any kind are compared by. */
export type Property = { readonly [K in Kind]: Facet<K> }[Kind];

/** Reads the answer to `printIdentified`. */
export function readItems(values: string): readonly Item[] {
  const found = JSON.parse(values) as Readonly<Record<string, readonly Row[]>>;
  return Object.entries(found).flatMap(([list, rows]) => rows.map((row) => toItem(list, row)));
}

interface Row {
  readonly identity: Identity;
  readonly value: unknown;
}

/** The one place where a list and what stands in it are put together at run time. */
function toItem(list: string, { identity, value }: Row): Item {
  if (list in lists) return { kind: lists[list as keyof typeof lists], identity, value, relation: 0 } as Item;
  return { kind: partLists[list as keyof typeof partLists], identity, ...(value as object) } as Item;
}
