import { extras } from './extras.ts';
import type { Facets } from './form.ts';
import { relations } from './relations.ts';
import { types } from './types.ts';

/** What is compared is what has words here, and the compiler asks for words for every property. */
export const facets: Facets = { ...relations, ...types, ...extras };
