import type { Row, Session } from '../database/session.ts';
import type {
  AdviceFacts,
  ChildTable,
  ColumnDependent,
  DomainFacts,
  NewPartition,
  PartitionedIndex,
} from './advice-facts.ts';
import { bondsOf, findAsking, findTied, toBonds } from './bonds.ts';
import type { Change, ConstraintFacts } from './change.ts';
import type { Comparison } from './comparison.ts';
import { constraintFacts } from './constraint-changes.ts';
import { counterOf, findCounted, toCounter } from './counters.ts';
import type { Effects } from './effects.ts';
import { findRenamed, guardOf, toGuard } from './guards.ts';
import { type NotedColumn, notesOf, obstaclesOf } from './obstacles.ts';
import { parentOf } from './parent.ts';
import { extrasOf, toExtras } from './partition-extras.ts';
import { findRebuiltIndexes } from './rebuilt.ts';
import type { RelationRow, Snapshot } from './snapshot.ts';
import { enterNames, leaveNames } from './snapshot-queries.ts';
import { findKeys } from './table-keys.ts';
import { findTaken } from './taken.ts';
import { toWriting, writingOf } from './writing.ts';

interface Ground extends Pick<Comparison, 'base' | 'before' | 'after'> {
  readonly text: string;
  readonly label: string;
  readonly effects: Effects;
  /** Tables that its queries read, those that look up a foreign key's rows among them, as often as they do. */
  readonly planned?: readonly string[];
}

/** Asks, right behind a statement, what its safe way must know. */
export async function findAdviceFacts(session: Session, ground: Ground): Promise<AdviceFacts> {
  const { before, after, effects, text, label } = ground;
  const parts = findNewParts(ground);
  const columns = findColumns(ground);
  const domains = findDomains(ground);
  const counted = findCounted(before, after, effects);
  const renamed = findRenamed(before, effects);
  const asked: string[] = [];
  const ask = <T>(things: readonly T[], toQuestion: (thing: T) => string) => {
    const start = asked.length;
    asked.push(...things.map(toQuestion));
    return <R>(read: (thing: T, rows: readonly Row[]) => R) =>
      things.map((thing, index) => read(thing, answers[start + index] ?? []));
  };
  const newPartitions = ask(parts, ({ oid }) => boundOf(oid));
  const dependents = ask(columns, dependentsOf);
  const notes = ask(columns, obstaclesOf);
  const facts = ask(domains, checksOf);
  const counters = ask(counted, counterOf);
  const guards = ask(renamed, guardOf);
  const writings = ask(findLocked(ground), writingOf);
  const bonds = ask(findTied(after, label, effects), bondsOf);
  const sets = await session.send(
    `${enterNames}SELECT pg_catalog.current_setting('lock_timeout') AS value;\n${asked.join('')}${leaveNames}`,
  );
  const [[timeout] = [], ...answers] = sets.slice(1, -1);
  return {
    lockTimeout: timeout?.value ?? '0',
    children: findChildren(ground),
    newPartitions: newPartitions((part, rows) => toNewPartition(part, ground, rows[0])),
    reads: findReads(ground),
    references: findReferences(ground),
    dependents: dependents(toDependents).flat(),
    domains: facts((oid, rows) => toDomain(oid, after, rows)),
    partitionedIndexes: findPartitionedIndexes(ground),
    counters: counters(toCounter).flat(),
    obstacles: notes((column, rows) => notesOf('obstacle', column, rows)).flat(),
    statistics: notes((column, rows) => notesOf('statistics', column, rows)).flat(),
    belongings: notes((column, rows) => notesOf('belonging', column, rows)).flat(),
    conversions: notes((column, rows) => notesOf('conversion', column, rows)).flat(),
    writing: writings((table, rows) => toWriting(table, rows, ground.base)).flat(),
    taken: findTaken(before),
    unpopulated: findUnpopulated(before),
    refreshable: findRefreshable(before),
    emptied: findUnpopulated(after),
    guards: guards(toGuard).flat(),
    keys: findKeys(before, effects),
    bonds: bonds((tied, rows) => toBonds(tied, rows, after)).flat(),
    asking: findAsking(text, label, after),
  };
}

/** Of tables that it touched, down to the last partition. */
function findChildren({ before, effects }: Ground): readonly ChildTable[] {
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
  // A parent stands before its children only by luck.
  for (let size = 0; size < touched.size; ) {
    size = touched.size;
    for (const { relation, of } of all) if (touched.has(of)) touched.add(relation);
  }
  return all.filter(({ of }) => touched.has(of)).sort((a, b) => (a.relation < b.relation ? -1 : 1));
}

function findNewParts({ before, after }: Ground): readonly RelationRow[] {
  return [...after.relations.values()].filter((row) => {
    const bound = row.index === null ? parentOf(row)?.bound : undefined;
    return bound !== undefined && parentOf(before.relations.get(row.oid))?.bound !== bound;
  });
}

function boundOf(oid: number): string {
  return `SELECT pg_catalog.pg_get_partition_constraintdef(${oid}) AS "check", pg_catalog.pg_get_partkeydef(${oid}) AS key, ${extrasOf(oid)} AS extras;\n`;
}

function toNewPartition(part: RelationRow, { before, after }: Ground, row: Row | undefined): NewPartition {
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

/** Those of its own it brought along, and they are not made anew. */
function findNewKeys(oid: number, before: Snapshot, after: Snapshot): readonly ConstraintFacts[] {
  return [...after.constraints.values()]
    .filter((row) => row.relation === oid && 'fpu'.includes(row.kind) && !before.constraints.has(row.oid))
    .map((row) => constraintFacts(row, after));
}

/** That of a hash partition holds its parent's oid, which is another one in every database. */
function nameParent(check: string, parent: string): string {
  const name = `'${parent.replaceAll("'", "''")}'::pg_catalog.regclass`;
  return check.replace(/(?<=\bsatisfies_hash_partition\()'\d+'::oid/g, `${name}::pg_catalog.oid`);
}

/** Building an index reads its table once. */
function findReads({ before, after, effects, planned = [] }: Ground): readonly string[] {
  return [...before.relations.values()].flatMap(({ oid, name, scans }) => {
    const read = (after.relations.get(oid)?.scans ?? scans) - scans;
    const known = [...effects.builds.map(({ table }) => table), ...planned].filter((one) => one === name);
    return effects.scans.includes(name) && read > known.length ? [name] : [];
  });
}

function findUnpopulated({ relations }: Snapshot): readonly string[] {
  return [...relations.values()].flatMap(({ name, kind, populated }) => (kind === 'm' && !populated ? [name] : []));
}

function findRefreshable({ relations }: Snapshot): readonly string[] {
  const rows = [...relations.values()];
  const isTelling = ({ index }: RelationRow) =>
    index?.unique === true && index.valid && !index.partial && index.keys.every((key) => key > 0);
  return rows
    .filter(({ kind, oid }) => kind === 'm' && rows.some((row) => row.index?.table === oid && isTelling(row)))
    .map(({ name }) => name);
}

function findReferences({ base, before, after }: Ground): readonly string[] {
  const targets = [...after.constraints.values()].flatMap(({ oid, kind, relation, references }) =>
    kind === 'f' && relation !== references && !before.constraints.has(oid) && base.relations.has(references)
      ? [before.relations.get(references)?.name ?? '']
      : [],
  );
  return [...new Set(targets)].sort();
}

/** Those that are still there; the children and partitions of a table that it changed are locked with it. */
function findLocked({ before, after, effects }: Ground): readonly RelationRow[] {
  const locked = new Set(effects.locks.flatMap(({ relation, kind }) => (/table$/.test(kind) ? relation : [])));
  return [...before.relations.values()].filter(
    ({ oid, name, index }) => index === null && locked.has(name) && after.relations.has(oid),
  );
}

function findColumns({ before, after, effects }: Ground): readonly NotedColumn[] {
  const isAsked = ({ kind, type }: Change) => type === 'column' && (kind === 'type' || kind === 'renamed');
  return effects.changes.filter(isAsked).flatMap(({ kind, relation, column, from }): readonly NotedColumn[] => {
    const table = [...before.relations.values()].find(({ name }) => name === relation);
    const row = [...after.columns.values()].find((one) => one.relation === table?.oid && one.name === column?.name);
    return table === undefined || row === undefined || 'vm'.includes(table.kind)
      ? []
      : [
          {
            ...{ oid: table.oid, number: row.number, relation: table.name, name: row.name },
            from: kind === 'type' ? from : undefined,
          },
        ];
  });
}

function dependentsOf({ oid, number }: NotedColumn): string {
  return `SELECT 'i' AS kind, c.relname AS name, i.indrelid::pg_catalog.regclass::text AS "table", pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
    EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))::text AS owned
   FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = ${oid}
    AND (${number} = ANY (i.indkey::smallint[]) OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objid = i.indexrelid AND d.refclassid = d.classid AND d.refobjid = ${oid} AND d.refobjsubid = ${number}))
  UNION ALL SELECT k.contype::text, k.conname, k.conrelid::pg_catalog.regclass::text, pg_catalog.pg_get_constraintdef(k.oid), 'false'
   FROM pg_catalog.pg_constraint k WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0
    AND ((k.conrelid = ${oid} AND ${number} = ANY (k.conkey)) OR (k.confrelid = ${oid} AND ${number} = ANY (k.confkey)))
  ORDER BY 3, 2;\n`;
}

const kinds: Readonly<Record<string, ColumnDependent['kind']>> = {
  i: 'index',
  c: 'check',
  f: 'foreign key',
  p: 'primary key',
  u: 'unique',
  x: 'exclude',
};

function toDependents({ relation, name: column }: NotedColumn, rows: readonly Row[]): readonly ColumnDependent[] {
  return rows.map(({ kind, name, table, definition, owned }) => ({
    ...{ relation, column, kind: kinds[kind ?? '']!, name: name ?? '' },
    ...{ table: table ?? '', definition: definition ?? '' },
    owned: owned === 'true' || undefined,
  }));
}

function findDomains({ after, effects }: Ground): readonly number[] {
  const names = new Set(
    effects.changes.flatMap(({ kind, column }) => (kind === 'created' && column?.domain ? [column.type] : [])),
  );
  return [...after.objects.values()]
    .filter(({ type, name }) => type === 'domain' && names.has(name))
    .map(({ key }) => Number(key.slice(1)));
}

/** A domain over a domain asks what that one asks, too. */
function checksOf(oid: number): string {
  return `WITH RECURSIVE under(oid, type, "not", modifier) AS (SELECT ${oid}::oid, t.typbasetype, t.typnotnull, t.typtypmod FROM pg_catalog.pg_type t WHERE t.oid = ${oid}
   UNION ALL SELECT t.oid, t.typbasetype, t.typnotnull, t.typtypmod FROM under u JOIN pg_catalog.pg_type t ON t.oid = u.type AND t.typtype = 'd')
  SELECT pg_catalog.pg_get_constraintdef(k.oid) AS "check", u."not"::text AS "notNull", pg_catalog.format_type(u.type, u.modifier) AS type
   FROM under u LEFT JOIN pg_catalog.pg_constraint k ON k.contypid = u.oid AND k.contype = 'c';\n`;
}

function toDomain(oid: number, { objects }: Snapshot, rows: readonly Row[]): DomainFacts {
  return {
    domain: objects.get(`y${oid}`)?.name ?? '',
    type: rows.at(-1)?.type ?? '',
    notNull: rows.some(({ notNull }) => notNull === 'true'),
    checks: rows.flatMap(({ check }) => (check == null ? [] : [check.replace(/ NOT VALID$/, '')])),
  };
}

function findPartitionedIndexes({ base, before, after }: Ground): readonly PartitionedIndex[] {
  const rows = [...after.relations.values()];
  const remade = findRebuiltIndexes({ before, after });
  const owned = new Set(
    Array.from(after.constraints.values(), ({ kind, index }) => ('pux'.includes(kind) ? index : 0)),
  );
  return rows
    .filter(({ oid, kind, index }) => {
      const isNew = kind === 'I' && !before.relations.has(oid) && !remade.has(oid);
      return isNew && base.relations.has(index!.table);
    })
    .map(({ oid, name, index }) => ({
      index: name,
      table: before.relations.get(index!.table)?.name ?? '',
      definition: index!.definition ?? '',
      owned: owned.has(oid) || undefined,
      parts: rows
        .filter((row) => row.index !== null && row.parents.includes(name))
        .map((row) => ({ index: row.name, table: before.relations.get(row.index!.table)?.name ?? '' })),
    }));
}
