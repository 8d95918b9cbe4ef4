import { plural } from '../../words.ts';
import type { Change } from '../change.ts';
import { changesOf } from '../facts/changes.ts';
import { topColumns } from '../facts/family.ts';
import { rewritesOf } from '../facts/rewrites.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Hit } from '../rules/rule.ts';
import { fillLater } from '../ways/column.ts';
import { noteLeftOut } from './left-out.ts';

export function addedBy(statement: MeasuredStatement, isCause: (change: Change) => boolean): readonly Hit[] {
  // Children inherit the column: one finding tells of all.
  return topColumns(statement, changesOf(statement, 'created', 'column'))
    .filter((change) => rewritesOf(statement, change.relation!).length > 0 && isCause(change))
    .map((change) => {
      const [first, ...others] = rewritesOf(statement, change.relation!);
      const more =
        others.length === 0
          ? ''
          : `, and ${plural(others.length, 'more table that inherits', 'more tables that inherit')} it`;
      return {
        relation: change.relation!,
        tells: { rewritten: rewritesOf(statement, change.relation!) },
        message: `writes ${first} anew${more}`,
        advice: [
          ...noteLeftOut(statement, change.relation!, [change.column!.name]),
          ...fillLater(statement, change),
        ].join('\n'),
      };
    });
}
