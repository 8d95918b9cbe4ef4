import { nothing } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'allow-unused',
  group: 'directives',
  place: 10,
  severity: 'warning',
  title: 'An "allow" lets nothing pass',
  why: 'It would hide what a later edit of the file brings.',
  found: '-- updown: allow drop-table: not needed any more\nCREATE TABLE other (id integer);',
  letBe: '-- updown: allow drop-table: not needed any more\nDROP TABLE logs;',
  on: nothing,
  judge: () => [],
});
