import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'allow-unknown',
  group: 'directives',
  place: 20,
  severity: 'warning',
  title: 'An "allow" names no rule',
  why: 'It is a slip of the pen, or a rule of another version: nothing is let pass.',
  bad: '-- updown: allow drop-tables: not needed any more\nCREATE TABLE other (id integer);',
  good: '-- updown: allow drop-table: not needed any more\nDROP TABLE logs;',
  judge: () => [],
};
