import type { Facet, Kind, Kinds, NameOf, PartKind, WholeKind } from './kind.ts';

/** `statisticsTarget` as a part of the name of a change: `statistics-target`. */
type Kebab<S extends string> = S extends `${infer First}${infer Rest}`
  ? First extends Lowercase<First>
    ? `${First}${Kebab<Rest>}`
    : `-${Lowercase<First>}${Kebab<Rest>}`
  : '';

/** What a part belongs to. */
export type Whole = { readonly [K in WholeKind]: { readonly kind: K; readonly name: NameOf<K> } }[WholeKind];

/** Which object a change is about; of a part also what it belongs to. */
type About<K extends Kind> = { readonly name: NameOf<K> } & (K extends PartKind ? { readonly of: Whole } : object);

type Added<K extends Kind> = About<K> & { readonly kind: `${K}-added`; readonly value: Kinds[K] };
type Dropped<K extends Kind> = About<K> & { readonly kind: `${K}-dropped`; readonly value: Kinds[K] };

type Altered<K extends Kind> = {
  readonly [P in Facet<K>]: About<K> & {
    readonly kind: `${K}-${Kebab<P>}`;
    readonly before: Kinds[K][P];
    readonly after: Kinds[K][P];
  };
}[Facet<K>];

type Ordered<K extends Kind, List extends string> = About<K> & {
  readonly kind: `${K}-${List}-order`;
  /** The names that are there before and after, in the one order and in the other. */
  readonly before: readonly string[];
  readonly after: readonly string[];
};

/**
 * One difference of two snapshots: `column-added` and `column-dropped` with the column, `column-type`, `constraint-validated`, `index-valid`
 * and so on with what that property was and is. The list is closed: a `switch` over `kind` knows each one's values.
 */
export type Change =
  | { readonly [K in Kind]: Added<K> | Dropped<K> | Altered<K> }[Kind]
  | Ordered<'table' | 'foreign-table', 'column'>
  | Ordered<'composite', 'attribute'>;

export type ChangeOf<K extends Change['kind']> = Extract<Change, { readonly kind: K }>;

/** `statisticsTarget` to `statistics-target`. */
export function toKebab(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
