import { plural } from '../../words.ts';
import type { Build } from '../effects.ts';
import { type KnownChildren, rootOf } from './family.ts';

/** So many partitions of one table are named. More of them are counted. */
const mostPartitions = 3;

/** Relations for a sentence: `public.orders, public.events and 11 partitions of it`. */
export function listRelations(statement: KnownChildren, relations: readonly string[]): string {
  return nameRelations(statement, relations).join(', ');
}

/** The same, one by one. */
export function nameRelations(statement: KnownChildren, relations: readonly string[]): readonly string[] {
  const byRoot = new Map<string, string[]>();
  for (const name of relations) {
    const root = rootOf(statement, name);
    byRoot.set(root, [...(byRoot.get(root) ?? []), name]);
  }
  return [...byRoot].flatMap(([root, names]) => {
    const partitions = names.filter((name) => name !== root);
    if (partitions.length <= mostPartitions) return names;
    const count = plural(partitions.length, 'partition');
    return [partitions.length < names.length ? `${root} and ${count} of it` : `${count} of ${root}`];
  });
}

/** Indexes for a sentence: their names, or how many there are on partitions. */
export function listBuilds(statement: KnownChildren, builds: readonly Build[]): string {
  const tables = [...new Set(builds.map(({ table }) => table))];
  const named = nameRelations(statement, tables);
  if (named.length === tables.length) return builds.map(({ index }) => index).join(', ');
  return `${builds.length} indexes on ${named.join(', ')}`;
}
