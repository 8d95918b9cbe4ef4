import type { Facet, Kind, Kinds } from '../kind.ts';
import type { Phrase } from '../phrase.ts';

/** How a change of each property of a kind is worded. */
export type FacetsOf<K extends Kind> = { readonly [P in Facet<K>]: Phrase<Kinds[K][P]> };
export type Facets = { readonly [K in Kind]: FacetsOf<K> };
