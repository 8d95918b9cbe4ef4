import { compareCatalogs } from './changes.ts';
import type { Comparison, Held } from './comparison.ts';
import { type Build, type Effects, type Lock, type LockMode, lockModes, type Rows, relationKinds } from './effects.ts';
import { describeObject } from './object-name.ts';
import { objectKey } from './object-row.ts';
import type { RelationRow, Snapshot } from './snapshot.ts';

export interface Compared {
  readonly effects: Effects;
  readonly held: ReadonlyMap<number, Held>;
}

/** Finds what a statement did by comparing the snapshots before and after it. */
export function compare(comparison: Comparison): Compared {
  const held = holdLocks(comparison);
  const truncated = findTruncated(comparison);
  return {
    held,
    effects: {
      locks: listLocks(comparison, held),
      rewrites: findRewrites(comparison, truncated),
      scans: namesOf(comparison, (now, then) => now.kind !== 'i' && now.scans > then.scans),
      builds: findBuilds(comparison),
      changes: compareCatalogs(comparison),
      rows: countRows(comparison, truncated),
      unproven: findUnproven(comparison),
    },
  };
}

const weakestShown = lockModes.indexOf('ROW SHARE');

/** `AccessExclusiveLock` -> `ACCESS EXCLUSIVE`. */
function modeOf(name: string): LockMode {
  return name
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase() as LockMode;
}

/** A lock is kept to the end of the transaction, or until a savepoint before it is rolled back to; one that is taken twice shows once. */
function holdLocks({ base, after, seen = [], number, held }: Comparison): ReadonlyMap<number, Held> {
  const now = new Map([...held].filter(([, { stated }]) => stated));
  for (const { oid, mode: name } of [...after.locks, ...seen]) {
    const mode = modeOf(name);
    if (!base.relations.has(oid) || rank(mode) < weakestShown || isIdle(base, oid, mode)) continue;
    const before = held.get(oid);
    const since = before !== undefined && !before.stated && rank(before.mode) >= rank(mode) ? before.since : number;
    const known = now.get(oid);
    if (known === undefined || rank(mode) > rank(known.mode)) now.set(oid, { mode, since });
  }
  return now;
}

const rank = (mode: LockMode): number => lockModes.indexOf(mode);

/** Newer planners also lock the index of a partitioned table, which has no file. That lock conflicts with nothing that others do. */
function isIdle({ relations }: Snapshot, oid: number, mode: LockMode): boolean {
  return relations.get(oid)?.kind === 'I' && (mode === 'ROW SHARE' || mode === 'ROW EXCLUSIVE');
}

export function listLocks(
  { base, before }: Pick<Comparison, 'base' | 'before'>,
  held: ReadonlyMap<number, Held>,
): readonly Lock[] {
  const locks = [...held].flatMap(([oid, { mode, since, stated }]): readonly Lock[] => {
    const row = before.relations.get(oid) ?? base.relations.get(oid);
    if (row === undefined) return [];
    const table = row.index === null ? undefined : nameOf(row.index.table, before, base);
    return [{ relation: row.name, kind: relationKinds[row.kind], table, mode, since, stated }];
  });
  return sortLocks(locks);
}

/** Strongest first, then by name. */
export function sortLocks(locks: readonly Lock[]): readonly Lock[] {
  return locks.toSorted(
    (a, b) =>
      lockModes.indexOf(b.mode) - lockModes.indexOf(a.mode) ||
      (a.relation < b.relation ? -1 : a.relation > b.relation ? 1 : 0),
  );
}

function nameOf(oid: number, ...snapshots: readonly Snapshot[]): string | undefined {
  return snapshots.map(({ relations }) => relations.get(oid)?.name).find((name) => name !== undefined);
}

/** The old names of relations, older than the revision, for which `changed` holds. */
function namesOf(
  { base, before, after }: Comparison,
  changed: (now: RelationRow, then: RelationRow) => boolean,
): readonly string[] {
  return [...after.relations.values()]
    .flatMap((now) => {
      const then = before.relations.get(now.oid);
      return then !== undefined && base.relations.has(now.oid) && changed(now, then) ? [then.name] : [];
    })
    .sort();
}

function hasNewFile(now: RelationRow, then: RelationRow): boolean {
  return now.file !== null && then.file !== null && now.file !== then.file;
}

/** Finds rewritten tables and indexes. A sequence gets a new file when it restarts, which is no work. */
function findRewrites(comparison: Comparison, truncated: ReadonlySet<number>): readonly string[] {
  return namesOf(
    comparison,
    (now, then) => now.kind !== 'S' && hasNewFile(now, then) && !truncated.has(now.index?.table ?? now.oid),
  );
}

function isStoredAlike(now: RelationRow, then: RelationRow): boolean {
  return (
    now.persistence === then.persistence && now.tablespace === then.tablespace && now.accessMethod === then.accessMethod
  );
}

const neverTruncates = /^(ALTER|CLUSTER|VACUUM|REINDEX|REFRESH|CREATE|DROP)\b/;

/**
 * TRUNCATE gives a table a new file without reading the old one: what it reads is the new one, once for each index. In a DO block or a
 * function that is all there is to tell it by.
 */
function findTruncated({ before, after, label }: Comparison): ReadonlySet<number> {
  const renewed = [...after.relations.values()].filter((now) => {
    const then = before.relations.get(now.oid);
    return now.kind === 'r' && then !== undefined && hasNewFile(now, then) && isStoredAlike(now, then);
  });
  // TRUNCATE empties a table in place where its file is from the same transaction, and rebuilds its indexes in place too.
  if (label === 'TRUNCATE') {
    const reread = [...after.relations.values()].filter((now) => {
      const then = before.relations.get(now.oid);
      return now.kind === 'r' && then !== undefined && now.scans > then.scans;
    });
    return new Set([...renewed, ...reread].map(({ oid }) => oid));
  }
  if (renewed.length === 0 || neverTruncates.test(label)) return new Set();
  const indexes = [...after.relations.values()].filter(({ index }) => index !== null);
  const isUnread = ({ oid, scans }: RelationRow): boolean => {
    const own = indexes.filter(({ index }) => index?.table === oid);
    const used = own.some((index) => index.scans > (before.relations.get(index.oid)?.scans ?? 0));
    return !used && scans - (before.relations.get(oid)?.scans ?? 0) === own.length;
  };
  return new Set(renewed.filter(isUnread).map(({ oid }) => oid));
}

/** An index with a new oid and an old file was not built: a change from varchar to text reuses the file. */
function findBuilds({ base, before, after, label }: Comparison): readonly Build[] {
  const files = new Set(Array.from(before.relations.values(), ({ file }) => file));
  return [...after.relations.values()]
    .flatMap(({ oid, kind, name, file, index }): readonly Build[] => {
      if (kind !== 'i' || index === null || before.relations.has(oid) || files.has(file)) return [];
      const table = base.relations.has(index.table) ? nameOf(index.table, before) : undefined;
      if (table === undefined) return [];
      const { method, unique, keys, definition } = index;
      const concurrently = label.endsWith('CONCURRENTLY');
      const facts = { index: name, table, method, unique, keys: keys.length, concurrently };
      return [{ ...facts, definition: definition ?? undefined }];
    })
    .sort((a, b) => (a.index < b.index ? -1 : 1));
}

function countRows({ base, before, after }: Comparison, truncated: ReadonlySet<number>): readonly Rows[] {
  return [...after.relations.values()]
    .flatMap((now): readonly Rows[] => {
      const then = before.relations.get(now.oid);
      if (then === undefined || !base.relations.has(now.oid) || now.kind === 'i') return [];
      const isTruncated = truncated.has(now.oid);
      // TRUNCATE resets the counters of its transaction.
      const since = (column: 'inserted' | 'updated' | 'deleted') => Math.max(0, now[column] - then[column]);
      const [inserted, updated, deleted] = [since('inserted'), since('updated'), since('deleted')];
      if (!isTruncated && inserted + updated + deleted === 0) return [];
      return [{ relation: then.name, inserted, updated, deleted, truncated: isTruncated }];
    })
    .sort((a, b) => (a.relation < b.relation ? -1 : 1));
}

function findUnproven({ base, before, after }: Comparison): readonly string[] {
  const indexes = [...after.relations.values()].filter(
    ({ oid, index }) =>
      index !== null &&
      !index.valid &&
      base.relations.has(index.table) &&
      before.relations.get(oid)?.index?.valid !== false,
  );
  const constraints = [...after.constraints.values()].filter(
    ({ oid, validated, relation, inherited }) =>
      !validated &&
      !inherited &&
      (relation === 0 || base.relations.has(relation)) &&
      before.constraints.get(oid)?.validated !== false,
  );
  return [
    ...indexes.map(({ name }) => `index ${name}`),
    ...constraints.map((constraint) => nameConstraint(constraint, after)),
  ].sort();
}

function nameConstraint(
  { name, relation, domain }: { name: string; relation: number; domain: number },
  after: Snapshot,
): string {
  const ofDomain = after.objects.get(objectKey({ catalog: 'pg_type', oid: domain }));
  const whole = ofDomain === undefined ? after.relations.get(relation)?.name : describeObject(ofDomain);
  return `constraint ${name} on ${whole}`;
}
