import type { TableKeys } from './advice-facts.ts';
import type { Effects } from './effects.ts';
import { lockModes } from './effects.ts';
import { columnKey, isIndex, type RelationRow, type Snapshot } from './snapshot.ts';

/** Finds columns to cut batches by: the first column of the primary key or of another unique index, and a column `id`. */
export function findKeys(snapshot: Snapshot, { locks }: Pick<Effects, 'locks'>): readonly TableKeys[] {
  const isWritten = (mode: (typeof lockModes)[number]) => lockModes.indexOf(mode) >= lockModes.indexOf('ROW EXCLUSIVE');
  const names = new Set(
    locks.flatMap(({ relation, kind, mode }) =>
      /^(partitioned )?table$/.test(kind) && isWritten(mode) ? relation : [],
    ),
  );
  return [...snapshot.relations.values()]
    .filter(({ name, index }) => index === null && names.has(name))
    .map((table) => ({ relation: table.name, columns: columnsOf(table, snapshot) }));
}

function columnsOf({ oid }: RelationRow, { relations, columns, constraints }: Snapshot): TableKeys['columns'] {
  const primary = new Set(Array.from(constraints.values(), ({ kind, index }) => (kind === 'p' ? index : 0)));
  const firsts = [...relations.values()]
    .filter(isIndex)
    .filter(({ index }) => index.table === oid && index.unique && index.valid && !index.partial)
    .sort((a, b) => Number(primary.has(b.oid)) - Number(primary.has(a.oid)))
    .flatMap(({ index: { keys } }) => keys.slice(0, 1).flatMap((first) => columns.get(columnKey(oid, first)) ?? []));
  const ids = [...columns.values()].filter(({ relation, name }) => relation === oid && name === 'id');
  const found = [...firsts.filter(({ notNull }) => notNull), ...ids].map(({ name, notNull }) => ({ name, notNull }));
  return found.filter(({ name }, at) => found.findIndex((one) => one.name === name) === at);
}
