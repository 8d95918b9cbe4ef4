import { quoteIdent } from '../../sql/quote.ts';
import type { PartitionedIndex } from '../advice-facts.ts';
import { isReplaced } from '../facts/changes.ts';
import { buildOf, leavesOf, partitionedIndexesFrom } from '../facts/family.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import { attachIndex, drop, renameIndex } from '../ways/actions.ts';
import { asNamed, buildConcurrently, nameIndex } from '../ways/builds.ts';
import { nameBeside } from '../ways/free-name.ts';
import type { Way } from '../ways/way.ts';
import { outsideTransaction, run, under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'index-on-partitioned',
  group: 'indexes',
  place: 20,
  severity: 'error',
  title: 'An index is built on every partition at once',
  why: 'CREATE INDEX on a partitioned table builds one index after the other while writes to all partitions wait, and CONCURRENTLY is refused.',
  found: 'CREATE INDEX ON events (kind);',
  letBe: 'CREATE INDEX events_kind ON ONLY events (kind);',
  on: { find: topmostPartitionedIndexes },
  judge: (top, { statement }) => {
    const all = partitionedIndexesOf(statement);
    const leaves = leavesOf(top, all).filter(({ index }) => buildOf(statement, index) !== undefined);
    if (leaves.length === 0) return [];
    return [
      {
        relation: top.table,
        tells: { read: [top.table] },
        message: `builds ${leaves.length === 1 ? 'the index of a partition' : `${leaves.length} indexes, one for each partition,`} while writes wait`,
        advice: advisePartitionedIndex(statement, top, all),
      },
    ];
  },
});

/** A constraint's own has a rule of its own. */
function partitionedIndexesOf({ adviceFacts }: MeasuredStatement): readonly PartitionedIndex[] {
  return (adviceFacts?.partitionedIndexes ?? []).filter(({ owned }) => !owned);
}

function topmostPartitionedIndexes(statement: MeasuredStatement): readonly PartitionedIndex[] {
  const all = partitionedIndexesOf(statement);
  return all.filter(({ index }) => !all.some(({ parts }) => parts.some((part) => part.index === index)));
}

/** The parent's index is INVALID until each partition's is attached. */
function advisePartitionedIndex(
  statement: MeasuredStatement,
  top: PartitionedIndex,
  partitionedIndexes: readonly PartitionedIndex[],
): Way {
  const below = partitionedIndexesFrom(top, partitionedIndexes);
  const builds = leavesOf(top, partitionedIndexes).flatMap(({ index }) => buildOf(statement, index) ?? []);
  const isTaken = (index: string) => isReplaced(statement, `index ${index}`);
  const nameOf = (index: string) => (isTaken(index) ? nameBeside(statement, index) : index);
  const attach = below
    .toReversed()
    .flatMap(({ index, parts }) => parts.map((part) => attachIndex(nameOf(index), nameOf(part.index))));
  const taken = [...below, ...below.flatMap(({ parts }) => parts)].map(({ index }) => index).filter(isTaken);
  const names = [...new Set(taken)].map((index) => renameIndex(nameOf(index), quoteIdent(shortName(index))));
  return [
    run(...below.map(({ index, definition }) => `${nameIndex(definition, nameOf(index))};`)),
    outsideTransaction(...builds.map((build) => buildConcurrently(asNamed(build, nameOf(build.index))))),
    under('then, in the next revision; with the last of them the whole is valid:', ...attach),
    ...(isTaken(top.index) ? [under('then, in one revision:', drop('INDEX', top.index), ...names)] : [run(...names)]),
  ];
}
