import type { Change } from '../change.ts';
import { made } from '../facts/constraints.ts';
import { readsOf, topsOf } from '../facts/family.ts';
import { blockOn } from '../facts/locks.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Hit } from '../rules/rule.ts';
import { checkWay } from '../ways/check.ts';
import { noteLeftOut } from './left-out.ts';

export function checkedAtOnce(statement: MeasuredStatement, kind: 'check' | 'foreign key'): readonly Hit[] {
  const checked = made(statement, kind).filter(({ constraint }) => constraint!.validated);
  // Children inherit a CHECK: one finding tells of all.
  const isTop = ({ relation, constraint }: Change) =>
    topsOf(
      statement,
      checked.flatMap((one) => (one.constraint!.name === constraint!.name ? [one.relation!] : [])),
    ).includes(relation!);
  return checked.filter(isTop).flatMap((change): readonly Hit[] => {
    const relation = change.relation!;
    const reads = readsOf(statement, relation);
    if (reads.length === 0) return [];
    const lock = blockOn(statement, relation);
    return [
      {
        relation,
        tells: { read: [relation, ...(change.constraint!.references ? [change.constraint!.references] : [])] },
        message: `reads all of ${reads.join(', ')}${lock === undefined ? '' : ` under ${lock.mode}`}${wordTarget(statement, change)}`,
        advice: [
          ...noteLeftOut(statement, relation, change.constraint!.columns, change),
          ...checkWay(statement, change),
        ].join('\n'),
      },
    ];
  });
}

/** The rows of a foreign key are looked up in another table, under a lock of its own. */
function wordTarget(statement: MeasuredStatement, { relation, constraint }: Change): string {
  const { kind, references } = constraint!;
  if (kind !== 'foreign key' || references === undefined || references === relation) return '';
  const lock = blockOn(statement, references);
  return `, and looks each row up in ${references}${lock === undefined ? '' : ` under ${lock.mode}`}`;
}
