import { made } from '../facts/constraints.ts';
import { buildOf, leavesOf } from '../facts/family.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Hit } from '../rules/rule.ts';
import { attachWay, builtKeys, newPartitionsOf } from '../ways/attach.ts';
import { keyWay, partedKeyWay } from '../ways/key.ts';
import { noteLeftOut } from './left-out.ts';

export function builtBehind(statement: MeasuredStatement, kind: 'unique' | 'primary key'): readonly Hit[] {
  return made(statement, kind).flatMap((change): readonly Hit[] => {
    const partitionedIndex = statement.adviceFacts?.partitionedIndexes.find(
      ({ index }) => index === change.constraint!.index,
    );
    const leaves =
      partitionedIndex === undefined ? [] : leavesOf(partitionedIndex, statement.adviceFacts!.partitionedIndexes);
    const names = partitionedIndex === undefined ? [change.constraint!.index] : leaves.map(({ index }) => index);
    const builds = names.flatMap((name) => buildOf(statement, name) ?? []);
    if (builds.length === 0) return [];
    const relation = change.relation!;
    return [
      {
        relation,
        tells: { read: [relation] },
        message: `builds ${builds.map(({ index }) => index).join(', ')} while ${relation} is closed to reads and writes`,
        advice: [
          ...noteLeftOut(statement, relation, change.constraint!.columns, change),
          ...(partitionedIndex === undefined
            ? keyWay(statement, change, builds[0]!)
            : partedKeyWay(statement, change, builds)),
        ].join('\n'),
      },
    ];
  });
}

export function builtToAttach(statement: MeasuredStatement, kind: 'unique' | 'primary key'): readonly Hit[] {
  return newPartitionsOf(statement).flatMap((part): readonly Hit[] => {
    const { relation } = part;
    const built = builtKeys(statement, part).filter(({ key }) => key.kind === kind);
    if (built.length === 0) return [];
    const names = built.map(({ build }) => build.index).join(', ');
    const tells = { read: [relation] };
    return [
      { relation, tells, message: `builds ${names} while ${relation} is closed`, advice: attachWay(statement, part) },
    ];
  });
}
