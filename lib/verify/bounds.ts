import type { Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import { quoteIdent } from '../sql/quote.ts';

/** Of a partition, by column: a value that it takes, as SQL, as far as its own bound and those above it say one. */
export function boundsOf(table: Table, tables: readonly Table[]): ReadonlyMap<string, string> {
  const { partition } = table;
  const parent = tables.find(({ name }) => isSame(name, partition?.of));
  if (partition === null || parent === undefined) return new Map();
  const [keys, values] = [keysOf(parent), valuesOf(partition.bound)];
  const own = keys.flatMap((key, index) => {
    const value = values[index];
    return key === undefined || value === undefined || unbounded.test(value) ? [] : [[key, value] as const];
  });
  return new Map([...boundsOf(parent, tables), ...own]);
}

const unbounded = /^(MINVALUE|MAXVALUE)$/;

/** `RANGE (at, "K")`: an expression among them is undefined. */
function keysOf({ partitionKey, columns }: Table): readonly (string | undefined)[] {
  const list = /^(?:RANGE|LIST) \((.*)\)$/.exec(partitionKey ?? '')?.[1] ?? '';
  return list.split(', ').map((key) => columns.find(({ name }) => quoteIdent(name) === key)?.name);
}

/** Those that it begins with, or the first of those that it lists; a remainder and DEFAULT say none. */
function valuesOf(bound: string): readonly string[] {
  const [, word, list = ''] = /^FOR VALUES (FROM|IN) \(((?:'(?:[^']|'')*'|[^')])*)\)/.exec(bound) ?? [];
  const values = list.match(/'(?:[^']|'')*'|[^', ][^',]*/g) ?? [];
  return word === 'IN' ? values.slice(0, 1) : values;
}
