import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drift-refused',
  group: 'target',
  place: 20,
  severity: 'error',
  title: 'The database is not what the files create, and refuses the statement',
  why: 'Somebody changed it by hand: what a statement needs is missing, what it creates already exists, or something depends on what it drops.',
  given: { changedByHand: true },
  found: 'ALTER TABLE orders DROP COLUMN note;',
  letBe: 'ALTER TABLE orders DROP COLUMN kind;',
  on: everyStatement,
  judge: ({ number }, { step, drift }) => drift?.refused(step.id, number) ?? [],
});
