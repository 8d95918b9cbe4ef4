import { dropLater } from '../advice/words.ts';
import type { Change } from '../change.ts';
import { nameOf } from '../facts/changes.ts';
import { isCopied, madeAgain, renamesIn } from '../facts/step.ts';
import { changes, known, withoutCascaded } from '../facts/subjects.ts';
import type { MeasuredStatement, MeasuredStep } from '../measured.ts';
import { describeName } from '../object-name.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drop-table',
  group: 'compatibility',
  place: 20,
  severity: 'error',
  title: 'A table, view or sequence is dropped',
  why: 'Code that is still running and uses it fails at once, and its data is lost. There is no finding for a view that the same revision creates again.',
  found: 'DROP TABLE logs;',
  letBe: 'CREATE TABLE other (id integer);',
  on: known(
    withoutCascaded(
      changes('dropped', 'table', 'partitioned table', 'foreign table', 'materialized view', 'view', 'sequence'),
    ),
  ),
  judge: (change, { statement, step }) => {
    const { object, type, relation = nameOf(change) } = change;
    // A view holds no rows of its own.
    const isKept = type.endsWith('view')
      ? madeAgain(statement, step).has(object)
      : isSwappedOut(change, statement, step);
    return isKept ? [] : [{ relation, message: `drops ${object}`, advice: dropLater(statement) }];
  },
});

/** The table behind a name that stays: another one has it at the commit, and the rows were copied, or may have been before. */
function isSwappedOut(change: Change, { number }: MeasuredStatement, step: MeasuredStep): boolean {
  if (!/table$/.test(change.type) || !step.transactional) return false;
  const name = describeName(change);
  const before = { ...step, statements: step.statements.filter((one) => one.number < number) };
  const was = renamesIn(before).find((one) => one.to === name && /table$/.test(one.type))?.from ?? name;
  const swaps = step.statements.flatMap((one) => one.swaps ?? []);
  return swaps.some((swap) => swap.relation === was && (!swap.fresh || isCopied(swap, step)));
}
