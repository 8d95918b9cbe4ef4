import { features, type Newer } from './newer-features.ts';
import { type Fields, treesIn, visit } from './statement-trees.ts';

/** Finds features in a statement that servers before 18 may not have, also in SQL bodies and in strings of blocks. */
export function findNewer(text: string): readonly Newer[] {
  const found = new Map<string, Newer>();
  for (const node of treesIn(text)) visit(node, (kind, fields) => add(found, kind, fields));
  return [...found.values()];
}

function add(found: Map<string, Newer>, kind: string, fields: Fields): void {
  for (const { since, what, is } of features[kind] ?? []) if (is(fields)) found.set(what, { since, what });
}
