import type { TableConstraintChange } from '../facts/constraints.ts';
import { readsOf } from '../facts/family.ts';
import { blockOn } from '../facts/locks.ts';
import { listRelations } from '../facts/relations.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Hit } from '../rules/rule.ts';
import { checkWay } from '../ways/check.ts';
import { run } from '../ways/way.ts';
import { noteLeftOut } from './left-out.ts';

/** Of a CHECK or a foreign key that is held against the rows there are, if it is. */
export function checkedAtOnce(statement: MeasuredStatement, change: TableConstraintChange): readonly Hit[] {
  const { relation, constraint } = change;
  const reads = readsOf(statement, relation);
  if (!constraint.validated || reads.length === 0) return [];
  const lock = blockOn(statement, relation);
  return [
    {
      relation,
      tells: { read: [relation, ...(constraint.references === undefined ? [] : [constraint.references])] },
      message: `reads all of ${listRelations(statement, reads)}${lock === undefined ? '' : ` under ${lock.mode}`}${wordTarget(statement, change)}`,
      advice: [run(...noteLeftOut(statement, relation, constraint.columns, change)), ...checkWay(statement, change)],
    },
  ];
}

/** The rows of a foreign key are looked up in another table, under a lock of its own. */
function wordTarget(statement: MeasuredStatement, { relation, constraint }: TableConstraintChange): string {
  const { kind, references } = constraint;
  if (kind !== 'foreign key' || references === undefined || references === relation) return '';
  const lock = blockOn(statement, references);
  return `, and looks each row up in ${references}${lock === undefined ? '' : ` under ${lock.mode}`}`;
}
