import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'drift',
  group: 'target',
  place: 30,
  severity: 'warning',
  title: 'A table that the plan touches is not what the files make',
  why: 'What was measured holds for the tables of the files: a trigger, an index or a column that is only there takes part as well.',
  bad: 'ALTER TABLE orders DROP COLUMN note;',
  good: 'ALTER TABLE customers DROP COLUMN name;',
  judge: ({ number }, { step, drift }) => drift?.noted(step.id, number) ?? [],
};
