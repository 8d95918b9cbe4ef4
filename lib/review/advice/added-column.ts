import { plural } from '../../words.ts';
import type { ColumnChange } from '../facts/changes.ts';
import { rewritesOf } from '../facts/rewrites.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Hit } from '../rules/rule.ts';
import { fillLater } from '../ways/column.ts';
import { run } from '../ways/way.ts';
import { noteLeftOut } from './left-out.ts';

/** Of a new column for which its table is rewritten, if it is. */
export function writesAnew(statement: MeasuredStatement, change: ColumnChange): readonly Hit[] {
  const { relation, column } = change;
  const rewritten = rewritesOf(statement, relation);
  const [first, ...others] = rewritten;
  if (first === undefined) return [];
  const more =
    others.length === 0
      ? ''
      : `, and ${plural(others.length, 'more table that inherits', 'more tables that inherit')} it`;
  return [
    {
      relation,
      tells: { rewritten },
      message: `rewrites ${first}${more}`,
      advice: [run(...noteLeftOut(statement, relation, [column.name])), ...fillLater(statement, change)],
    },
  ];
}
