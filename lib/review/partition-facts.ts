import { type Question, SQL } from '../database/question.ts';
import type { Row } from '../database/session.ts';
import type { ChildTable, NewPartition, PartitionedIndex } from './advice-facts.ts';
import type { ConstraintFacts } from './change.ts';
import type { FactInput } from './comparison.ts';
import { constraintFacts } from './constraint-changes.ts';
import { parentOf } from './parent.ts';
import { extrasOf, toExtras } from './partition-extras.ts';
import { findRebuiltIndexes } from './rebuilt.ts';
import { type IndexRelation, isIndex, type RelationRow, type Snapshot } from './snapshot.ts';

/** Finds the partitions and children of the tables that it touched, at every level. */
export function findChildren({ before, effects }: FactInput): readonly ChildTable[] {
  const all = [...before.relations.values()].flatMap((row): readonly ChildTable[] => {
    const parent = row.index === null ? parentOf(row) : undefined;
    if (parent === undefined) return [];
    return parent.of.map((of) => ({
      relation: row.name,
      of,
      bound: parent.bound,
      parts: row.kind === 'p' || undefined,
    }));
  });
  const touched = new Set([
    ...effects.locks.map(({ relation, table }) => table ?? relation),
    ...effects.changes.map(({ relation }) => relation),
  ]);
  // A parent does not always come before its children.
  for (let size = 0; size < touched.size; ) {
    size = touched.size;
    for (const { relation, of } of all) if (touched.has(of)) touched.add(relation);
  }
  return all.filter(({ of }) => touched.has(of)).sort((a, b) => (a.relation < b.relation ? -1 : 1));
}

export function findNewParts({ before, after }: FactInput): readonly RelationRow[] {
  return [...after.relations.values()].filter((row) => {
    const bound = row.index === null ? parentOf(row)?.bound : undefined;
    return bound !== undefined && parentOf(before.relations.get(row.oid))?.bound !== bound;
  });
}

export function boundOf({ oid }: RelationRow): Question {
  return SQL`WITH given (oid) AS (SELECT ${oid}::oid)
  `.append(`SELECT pg_catalog.pg_get_partition_constraintdef(given.oid) AS "check", pg_catalog.pg_get_partkeydef(given.oid) AS key,
   ${extrasOf('given.oid')} AS extras FROM given`);
}

export function toNewPartition(part: RelationRow, { before, after }: FactInput, row: Row | undefined): NewPartition {
  const { oid, name, kind } = part;
  const { of = [], bound = '' } = parentOf(part) ?? {};
  return {
    relation: name,
    of: of[0] ?? '',
    bound,
    parts: kind === 'p' || undefined,
    check: row?.check ? nameParent(row.check, of[0] ?? '') : undefined,
    fresh: !before.relations.has(oid) || undefined,
    key: row?.key || undefined,
    extras: toExtras(row),
    keys: before.relations.has(oid) ? findNewKeys(oid, before, after) : [],
  };
}

/** Finds the constraints that ATTACH PARTITION created. Constraints that the table had before are not among them. */
function findNewKeys(oid: number, before: Snapshot, after: Snapshot): readonly ConstraintFacts[] {
  return [...after.constraints.values()]
    .filter((row) => row.relation === oid && 'fpu'.includes(row.kind) && !before.constraints.has(row.oid))
    .map((row) => constraintFacts(row, after));
}

/** The constraint of a hash partition contains the oid of its parent, which differs from database to database. */
function nameParent(check: string, parent: string): string {
  const name = `'${parent.replaceAll("'", "''")}'::pg_catalog.regclass`;
  return check.replace(/(?<=\bsatisfies_hash_partition\()'\d+'::oid/g, `${name}::pg_catalog.oid`);
}

export function findPartitionedIndexes({ base, before, after }: FactInput): readonly PartitionedIndex[] {
  const indexes = [...after.relations.values()].filter(isIndex);
  const rebuilt = findRebuiltIndexes({ before, after });
  const tableOf = ({ index }: IndexRelation) => before.relations.get(index.table)?.name ?? '';
  const owned = new Set(
    Array.from(after.constraints.values(), ({ kind, index }) => ('pux'.includes(kind) ? index : 0)),
  );
  return indexes
    .filter(({ oid, kind, index }) => {
      const isNew = kind === 'I' && !before.relations.has(oid) && !rebuilt.has(oid);
      return isNew && base.relations.has(index.table);
    })
    .map((top) => ({
      index: top.name,
      table: tableOf(top),
      definition: top.index.definition ?? '',
      owned: owned.has(top.oid) || undefined,
      parts: indexes
        .filter((row) => row.parents.includes(top.name))
        .map((row) => ({ index: row.name, table: tableOf(row) })),
    }));
}
