import type { NewPartition } from '../advice-facts.ts';
import type { TableConstraintChange } from '../facts/constraints.ts';
import { buildOf, leavesOf } from '../facts/family.ts';
import { listBuilds } from '../facts/relations.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Hit } from '../rules/rule.ts';
import { attachWay, builtKeys } from '../ways/attach.ts';
import { keyWay, partedKeyWay } from '../ways/key.ts';
import { run } from '../ways/way.ts';
import { noteLeftOut } from './left-out.ts';

/** Of a UNIQUE or PRIMARY KEY constraint whose index is built with it, if it is. */
export function builtBehind(statement: MeasuredStatement, change: TableConstraintChange): readonly Hit[] {
  const { relation, constraint } = change;
  const all = statement.adviceFacts?.partitionedIndexes ?? [];
  const partitioned = all.find(({ index }) => index === constraint.index);
  const names = partitioned === undefined ? [constraint.index] : leavesOf(partitioned, all).map(({ index }) => index);
  const builds = names.flatMap((name) => buildOf(statement, name) ?? []);
  const [first] = builds;
  if (first === undefined) return [];
  return [
    {
      relation,
      tells: { read: [relation] },
      message: `builds ${listBuilds(statement, builds)} while ${relation} is closed to reads and writes`,
      advice: [
        run(...noteLeftOut(statement, relation, constraint.columns, change)),
        ...(partitioned === undefined ? keyWay(statement, change, first) : partedKeyWay(statement, change, builds)),
      ],
    },
  ];
}

/** Of a table that becomes a partition, and gets the keys of its parent that it has not. */
export function builtToAttach(
  statement: MeasuredStatement,
  part: NewPartition,
  kind: 'unique' | 'primary key',
): readonly Hit[] {
  const { relation } = part;
  const built = builtKeys(statement, part).filter(({ key }) => key.kind === kind);
  if (built.length === 0) return [];
  const names = built.map(({ build }) => build.index).join(', ');
  return [
    {
      relation,
      tells: { read: [relation] },
      message: `builds ${names} while ${relation} is closed`,
      advice: attachWay(statement, part),
    },
  ];
}
