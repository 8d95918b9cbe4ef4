import { isCopied } from '../facts/step.ts';
import { swaps } from '../facts/subjects.ts';
import type { MeasuredStep, Swap } from '../measured.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'swapped-table-lacks',
  group: 'compatibility',
  place: 80,
  severity: 'error',
  title: 'A table takes the name of another one, and lacks what that one had',
  why: 'Code continues to use the name, but indexes, keys, grants, triggers and defaults stay with the old table, and so do the views and foreign keys that refer to it.',
  found: 'ALTER TABLE customers RENAME TO customers_old;\nALTER TABLE lines RENAME TO customers;',
  letBe: 'ALTER TABLE keyed RENAME TO keyed_old;\nALTER TABLE keyed_new RENAME TO keyed;',
  on: swaps,
  judge: (swap, { step }) => {
    const { relation } = swap;
    const lacks = [...swap.lacks, ...viewsOf(relation, step), ...rowsLost(swap, step)];
    if (lacks.length === 0) return [];
    return [
      {
        relation,
        message: `${relation} is another table from here on, and lacks: ${lacks.join('; ')}`,
        advice:
          '-- before it takes the name, and in the same revision: give it all of that, but for what is no longer wanted. Views are\n-- made again over it, and foreign keys of other tables added again, NOT VALID, and validated in the next revision',
      },
    ];
  },
});

function viewsOf(relation: string, { statements }: MeasuredStep): readonly string[] {
  const guards = statements.flatMap(({ adviceFacts }) => adviceFacts?.guards ?? []);
  const views = guards.filter((guard) => guard.relation === relation).flatMap((guard) => guard.views);
  return [...new Set(views)].map((view) => `view ${view}, which goes on showing the old one`);
}

function rowsLost(swap: Swap, step: MeasuredStep): readonly string[] {
  return swap.old === undefined && !swap.fresh && !isCopied(swap, step)
    ? ['the rows of the old one, but for what was copied before']
    : [];
}
