import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drift',
  group: 'target',
  place: 30,
  severity: 'warning',
  title: 'A table that the plan touches is not what the files create',
  why: 'The measurements are of the tables of the files: a trigger, an index or a column that exists only in the database has an effect too.',
  given: { changedByHand: true },
  found: 'ALTER TABLE orders DROP COLUMN note;',
  letBe: 'ALTER TABLE customers DROP COLUMN name;',
  on: everyStatement,
  judge: ({ number }, { step, drift }) => drift?.noted(step.id, number) ?? [],
});
