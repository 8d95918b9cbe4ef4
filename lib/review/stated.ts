import type { Relation, Statement } from '../sql/source.ts';
import { sortLocks } from './compare.ts';
import { type Effects, type Lock, type LockMode, lockModes, relationKinds } from './measured.ts';
import type { RelationRow, Snapshot } from './probe.ts';

interface Alone {
  readonly statement: Statement;
  readonly number: number;
  readonly before: Snapshot;
  readonly effects: Effects;
}

/**
 * Adds the locks that are known of what runs outside a transaction, whether or not they were seen: from
 * https://www.postgresql.org/docs/current/explicit-locking.html, and as watched on PostgreSQL 15 with many rows.
 */
export function addStated(locks: readonly Lock[], alone: Alone): readonly Lock[] {
  const seen = new Map(locks.map((lock) => [lock.relation, lock]));
  const all = new Map(locks.map((lock) => [lock.relation, { ...lock, watched: true } as Lock]));
  for (const [name, mode] of state(alone)) {
    const own = seen.get(name);
    const row = [...alone.before.relations.values()].find((relation) => relation.name === name);
    if (row === undefined) continue;
    const isSeen = own !== undefined && rank(own.mode) >= rank(mode);
    if (!isSeen) all.set(name, { ...describe(row, alone.before), mode, since: alone.number, stated: true });
    else if (own.mode === mode) all.set(name, own);
  }
  return sortLocks([...all.values()]);
}

const rank = (mode: LockMode): number => lockModes.indexOf(mode);

function describe(row: RelationRow, { relations }: Snapshot): Pick<Lock, 'relation' | 'kind' | 'table'> {
  const table = row.index === null ? undefined : relations.get(row.index.table)?.name;
  return { relation: row.name, kind: relationKinds[row.kind]!, ...(table !== undefined && { table }) };
}

type Stated = readonly (readonly [relation: string, mode: LockMode])[];

function state({ statement, before, effects }: Alone): Stated {
  const { builds, changes, rewrites } = effects;
  const tables = builds.map(({ table }) => [table, 'SHARE UPDATE EXCLUSIVE'] as const);
  const { label, trace, text } = statement;
  if (label === 'CREATE INDEX CONCURRENTLY') return tables;
  if (label.startsWith('REINDEX') && label.endsWith('CONCURRENTLY')) {
    return [...tables, ...builds.map(({ index }) => [index, 'ACCESS EXCLUSIVE'] as const)];
  }
  if (label === 'DROP INDEX CONCURRENTLY') {
    return changes.flatMap(({ type, object, relation }): Stated => {
      if (type !== 'index' || relation === undefined) return [];
      return [
        [relation, 'SHARE UPDATE EXCLUSIVE'],
        [object.slice('index '.length), 'ACCESS EXCLUSIVE'],
      ];
    });
  }
  if (trace?.kind === 'detach') {
    return [
      ...find(trace.parent, before).map((name) => [name, 'SHARE UPDATE EXCLUSIVE'] as const),
      ...find(trace.partition, before).map((name) => [name, 'ACCESS EXCLUSIVE'] as const),
    ];
  }
  if (label.startsWith('REINDEX')) {
    return rewrites.flatMap((name): Stated => {
      const row = [...before.relations.values()].find((relation) => relation.name === name);
      const table = before.relations.get(row?.index?.table ?? 0)?.name;
      return [[name, 'ACCESS EXCLUSIVE'], ...(table === undefined ? [] : [[table, 'SHARE'] as const])];
    });
  }
  if (rewrites.length > 0) return rewrites.map((name) => [name, 'ACCESS EXCLUSIVE'] as const);
  if (label === 'VACUUM') return vacuumed(text, before).map((name) => [name, 'SHARE UPDATE EXCLUSIVE'] as const);
  return [];
}

/** By the name as written; without a schema, in whichever has one of that name. */
function find({ schema, name }: Relation, { relations }: Snapshot): readonly string[] {
  return [...relations.values()]
    .filter((row) => (schema === undefined ? row.name.endsWith(`.${name}`) : row.name === `${schema}.${name}`))
    .map((row) => row.name);
}

/** The tables it names; all of them where it names none. */
function vacuumed(text: string, { relations }: Snapshot): readonly string[] {
  const rest = text.replace(/^VACUUM\s*(\([^)]*\))?((\s*\b(FULL|FREEZE|VERBOSE|ANALYZE)\b)*)/i, '').trim();
  const tables = [...relations.values()].filter(({ kind }) => kind === 'r' || kind === 'm');
  const words = new Set(rest.split(/[^\w$]+/));
  return tables
    .filter(({ name }) => rest === '' || words.has(name.slice(name.indexOf('.') + 1)))
    .map(({ name }) => name);
}
