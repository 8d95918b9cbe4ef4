import { askAll, type Question } from '../database/question.ts';
import type { Row, Session } from '../database/session.ts';
import type { AdviceFacts } from './advice-facts.ts';
import { findAsking } from './asked-functions.ts';
import { batchObstaclesOf, findWrittenTables, toBatchObstacles } from './batch-obstacles.ts';
import { dependentsOf, findColumns, toDependents } from './column-dependents.ts';
import { notesOf, obstaclesOf } from './column-obstacles.ts';
import type { FactInput } from './comparison.ts';
import { checksOf, findDomains, toDomain } from './domain-facts.ts';
import { counterOf, findCounted, toCounter } from './identity-sequences.ts';
import { boundOf, findChildren, findNewParts, findPartitionedIndexes, toNewPartition } from './partition-facts.ts';
import { findRenamed, guardOf, toGuard } from './renamed-tables.ts';
import type { RelationRow, Snapshot } from './snapshot.ts';
import { findKeys } from './table-keys.ts';
import { findTakenNames } from './ways/free-name.ts';
import { toWriting, writingOf } from './write-triggers.ts';

/** Queries, right after a statement, the facts that the advice on it needs. */
export async function findAdviceFacts(session: Session, ground: FactInput): Promise<AdviceFacts> {
  const { before, after, effects, text, label } = ground;
  const parts = findNewParts(ground);
  const columns = findColumns(ground);
  const domains = findDomains(ground);
  const counted = findCounted(before, after, effects);
  const renamed = findRenamed(before, effects);
  const asked: Question[] = [];
  const ask = <T>(things: readonly T[], toQuestion: (thing: T) => Question) => {
    const start = asked.length;
    asked.push(...things.map(toQuestion));
    return <R>(read: (thing: T, rows: readonly Row[]) => R) =>
      things.map((thing, index) => read(thing, answers[start + index] ?? []));
  };
  const newPartitions = ask(parts, boundOf);
  const dependents = ask(columns, dependentsOf);
  const notes = ask(columns, obstaclesOf);
  const facts = ask(domains, checksOf);
  const counters = ask(counted, counterOf);
  const guards = ask(renamed, guardOf);
  const writings = ask(findLocked(ground), writingOf);
  const batchObstacles = ask(findWrittenTables(after, label, effects), batchObstaclesOf);
  const [[timeout] = []] = await session.send("SELECT pg_catalog.current_setting('lock_timeout') AS value");
  const answers = await askAll(session, asked);
  return {
    lockTimeout: timeout?.value ?? '0',
    children: findChildren(ground),
    newPartitions: newPartitions((part, rows) => toNewPartition(part, ground, rows[0])),
    reads: findReads(ground),
    references: findReferences(ground),
    dependents: dependents(toDependents).flat(),
    domains: facts(toDomain),
    partitionedIndexes: findPartitionedIndexes(ground),
    counters: counters(toCounter).flat(),
    obstacles: notes((column, rows) => notesOf('obstacle', column, rows)).flat(),
    statistics: notes((column, rows) => notesOf('statistics', column, rows)).flat(),
    belongings: notes((column, rows) => notesOf('belonging', column, rows)).flat(),
    conversions: notes((column, rows) => notesOf('conversion', column, rows)).flat(),
    writing: writings((table, rows) => toWriting(table, rows, ground.base)).flat(),
    taken: findTakenNames(before),
    unpopulated: findUnpopulated(before),
    refreshable: findRefreshable(before),
    emptied: findUnpopulated(after),
    guards: guards(toGuard).flat(),
    keys: findKeys(before, effects),
    batchObstacles: batchObstacles((written, rows) => toBatchObstacles(written, rows, after)).flat(),
    asking: findAsking(text, label, after),
  };
}

/** Finds tables that were scanned more often than the queries and index builds explain. An index build scans its table once. */
function findReads({ before, after, effects, planned = [] }: FactInput): readonly string[] {
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

function findReferences({ base, before, after }: FactInput): readonly string[] {
  const targets = [...after.constraints.values()].flatMap(({ oid, kind, relation, references }) =>
    kind === 'f' && relation !== references && !before.constraints.has(oid) && base.relations.has(references)
      ? [before.relations.get(references)?.name ?? '']
      : [],
  );
  return [...new Set(targets)].sort();
}

/** Finds the locked tables that still exist, among them the children and partitions of a table that was changed. */
function findLocked({ before, after, effects }: FactInput): readonly RelationRow[] {
  const locked = new Set(effects.locks.flatMap(({ relation, kind }) => (/table$/.test(kind) ? relation : [])));
  return [...before.relations.values()].filter(
    ({ oid, name, index }) => index === null && locked.has(name) && after.relations.has(oid),
  );
}
