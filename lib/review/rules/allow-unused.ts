import { nothing } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'allow-unused',
  group: 'directives',
  place: 10,
  severity: 'warning',
  title: 'An "allow" allows no finding',
  why: 'It would hide findings of a later edit of the file.',
  found: '-- updown: allow drop-table: not needed any more\nCREATE TABLE other (id integer);',
  letBe: '-- updown: allow drop-table: not needed any more\nDROP TABLE logs;',
  on: nothing,
  judge: () => [],
});
