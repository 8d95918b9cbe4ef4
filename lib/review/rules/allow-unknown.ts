import { nothing } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'allow-unknown',
  group: 'directives',
  place: 20,
  severity: 'warning',
  title: 'An "allow" does not name a rule',
  why: 'It is a typing error, or the rule of another version: it allows no finding.',
  found: '-- updown: allow drop-tables: not needed any more\nCREATE TABLE other (id integer);',
  letBe: '-- updown: allow drop-table: not needed any more\nDROP TABLE logs;',
  on: nothing,
  judge: () => [],
});
