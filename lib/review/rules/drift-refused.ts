import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'drift-refused',
  group: 'target',
  place: 20,
  severity: 'error',
  title: 'The database is not what the files make, and refuses the statement',
  why: 'Somebody changed it by hand: what a statement needs is gone, what it makes is there already, or something hangs on what it drops.',
  bad: 'ALTER TABLE orders DROP COLUMN note;',
  good: 'ALTER TABLE orders DROP COLUMN kind;',
  judge: ({ number }, { step, drift }) => drift?.refused(step.id, number) ?? [],
};
