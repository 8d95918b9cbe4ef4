import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'allow-unused',
  group: 'directives',
  place: 10,
  severity: 'warning',
  title: 'An "allow" lets nothing pass',
  why: 'It would hide what a later edit of the file brings.',
  bad: '-- updown: allow drop-table: not needed any more\nCREATE TABLE other (id integer);',
  good: '-- updown: allow drop-table: not needed any more\nDROP TABLE logs;',
  judge: () => [],
};
