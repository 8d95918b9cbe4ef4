import type { Statement } from '../sql/source.ts';
import { sortLocks } from './compare.ts';
import { type Effects, type Lock, type LockMode, lockModes, relationKinds } from './effects.ts';
import { childrenOf, type RelationRow, type Snapshot } from './snapshot.ts';

interface Outside {
  readonly statement: Statement;
  readonly number: number;
  /** The relations that it names, in order, resolved by the search path. */
  readonly named: readonly RelationRow[];
  /** It names no table, and is therefore about every table. */
  readonly isOfAll: boolean;
  readonly before: Snapshot;
  readonly effects: Effects;
}

/**
 * Adds the locks that a statement outside a transaction is documented to take, whether or not they were seen, after
 * https://www.postgresql.org/docs/current/explicit-locking.html and as observed on PostgreSQL 15 with many rows.
 */
export function addDocumentedLocks(locks: readonly Lock[], outside: Outside): readonly Lock[] {
  const seen = new Map(locks.map((lock) => [lock.relation, lock]));
  const all = new Map(locks.map((lock) => [lock.relation, { ...lock, watched: true } as Lock]));
  for (const [name, mode] of state(outside)) {
    const own = seen.get(name);
    const row = [...outside.before.relations.values()].find((relation) => relation.name === name);
    if (row === undefined) continue;
    const isSeen = own !== undefined && rank(own.mode) >= rank(mode);
    if (!isSeen) all.set(name, { ...describe(row, outside.before), mode, since: outside.number, stated: true });
    else if (own.mode === mode) all.set(name, own);
  }
  return sortLocks([...all.values()]);
}

const rank = (mode: LockMode): number => lockModes.indexOf(mode);

function describe(row: RelationRow, { relations }: Snapshot): Pick<Lock, 'relation' | 'kind' | 'table'> {
  const table = row.index === null ? undefined : relations.get(row.index.table)?.name;
  return { relation: row.name, kind: relationKinds[row.kind], table };
}

type Stated = readonly (readonly [relation: string, mode: LockMode])[];

function state(outside: Outside): Stated {
  const { statement, named, before, effects } = outside;
  const { builds, rewrites } = effects;
  const { label, trace } = statement;
  if (label === 'CREATE INDEX CONCURRENTLY') return each(named, 'SHARE UPDATE EXCLUSIVE');
  if (label.startsWith('REINDEX') && label.endsWith('CONCURRENTLY')) {
    const tables = named.flatMap((row) => tableOf(row, before) ?? row);
    const parts = withPartitions(named, [...before.relations.values()]).filter((row) => !named.includes(row));
    return [
      ...each(named, 'SHARE UPDATE EXCLUSIVE'),
      ...each(tables, 'SHARE UPDATE EXCLUSIVE'),
      ...builds.map(({ table }) => [table, 'SHARE UPDATE EXCLUSIVE'] as const),
      // On the partitions of a partitioned table it takes SHARE, and waits for it as long as anybody writes.
      ...each(parts, 'SHARE'),
      ...builds.map(({ index }) => [index, 'ACCESS EXCLUSIVE'] as const),
    ];
  }
  if (label === 'DROP INDEX CONCURRENTLY') {
    const tables = named.flatMap((row) => tableOf(row, before) ?? []);
    return [...each(tables, 'SHARE UPDATE EXCLUSIVE'), ...each(named, 'ACCESS EXCLUSIVE')];
  }
  if (trace?.kind === 'detach') {
    const [parent, partition] = named;
    return [
      ...each(parent && [parent], 'SHARE UPDATE EXCLUSIVE'),
      ...each(partition && [partition], 'ACCESS EXCLUSIVE'),
    ];
  }
  if (label.startsWith('REINDEX')) {
    return rewrites.flatMap((name): Stated => {
      const row = [...before.relations.values()].find((relation) => relation.name === name);
      const table = row && tableOf(row, before);
      return [[name, 'ACCESS EXCLUSIVE'], ...each(table && [table], 'SHARE')];
    });
  }
  if (rewrites.length > 0) {
    const roots = named.filter(({ kind }) => kind === 'p');
    return [...each(roots, 'ACCESS EXCLUSIVE'), ...rewrites.map((name) => [name, 'ACCESS EXCLUSIVE'] as const)];
  }
  return label === 'VACUUM' ? vacuum(outside) : [];
}

function each(rows: readonly RelationRow[] | undefined, mode: LockMode): Stated {
  return (rows ?? []).map(({ name }) => [name, mode]);
}

function tableOf({ index }: RelationRow, { relations }: Snapshot): RelationRow | undefined {
  return index === null ? undefined : relations.get(index.table);
}

/** VACUUM locks the tables that it names with their partitions, and every table where it names none. */
function vacuum({ named, isOfAll, before }: Outside): Stated {
  const all = [...before.relations.values()];
  const tables = isOfAll ? all.filter(({ kind }) => 'rmp'.includes(kind)) : withPartitions(named, all);
  const indexes = all.filter(({ kind, index }) => kind === 'i' && tables.some(({ oid }) => oid === index?.table));
  return [...each(indexes, 'ROW EXCLUSIVE'), ...each(tables, 'SHARE UPDATE EXCLUSIVE')];
}

function withPartitions(named: readonly RelationRow[], all: readonly RelationRow[]): readonly RelationRow[] {
  const found = new Set(named);
  for (const parent of found) {
    if (parent.kind === 'p') for (const child of childrenOf(parent, all)) found.add(child);
  }
  return [...found];
}
