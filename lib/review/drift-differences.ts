import { listSome } from '../words.ts';
import { blocksWrites } from './facts/locks.ts';
import type { Item } from './inventory.ts';
import type { MeasuredStatement } from './measured.ts';
import { describeName } from './object-name.ts';

export const relationTypes: ReadonlySet<string> = new Set([
  ...['table', 'partitioned table', 'index', 'view', 'materialized view', 'sequence', 'foreign table'],
]);

/** The tables that it changes, and those whose lock blocks writes. */
export function touchedBy({ locks, changes, rows }: MeasuredStatement): readonly string[] {
  return [
    ...new Set([
      ...locks.flatMap((lock) => (lock.kind !== 'index' && blocksWrites(lock) ? [lock.relation] : [])),
      ...changes.flatMap((change) => (change.relation === undefined ? [] : [change.relation])),
      ...rows.map(({ relation }) => relation),
    ]),
  ];
}

export function relationsIn(item: Item): readonly string[] {
  return relationTypes.has(item.type) ? [describeName(item)] : [];
}

const most = 6;

export function differencesOf(
  relation: string,
  made: ReadonlyMap<string, Item>,
  there: ReadonlyMap<string, Item>,
): readonly string[] {
  const of = (items: ReadonlyMap<string, Item>) =>
    [...items.values()].filter((item) => item.relation === relation && describeName(item) !== relation);
  const more = of(there).filter(({ object, oid }) => oid !== 0 && !made.has(object));
  const less = of(made).filter(({ object }) => !there.has(object));
  const other = of(there).flatMap(({ object, of: type }) => {
    const then = made.get(object)?.of;
    return type === undefined || then === undefined || type === then ? [] : [`${object} is ${type}, not ${then}`];
  });
  const list = (words: string, objects: readonly string[]) =>
    objects.length === 0 ? [] : [`${words} ${listSome(objects, most)}`];
  return [
    ...list(
      'it has',
      more.map(({ object }) => object),
    ),
    ...list(
      'it lacks',
      less.map(({ object }) => object),
    ),
    ...other.slice(0, most),
  ];
}
