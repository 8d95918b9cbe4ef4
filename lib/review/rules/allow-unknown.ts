import { nothing } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'allow-unknown',
  group: 'directives',
  place: 20,
  severity: 'warning',
  title: 'An "allow" names no rule',
  why: 'It is a typing error, or a rule of another version: no finding is allowed by it.',
  found: '-- updown: allow drop-tables: not needed any more\nCREATE TABLE other (id integer);',
  letBe: '-- updown: allow drop-table: not needed any more\nDROP TABLE logs;',
  on: nothing,
  judge: () => [],
});
