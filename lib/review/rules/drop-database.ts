import { statements } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drop-database',
  group: 'compatibility',
  place: 50,
  severity: 'error',
  title: 'A database is dropped',
  why: 'Only a backup can restore it.',
  found: '-- updown: no-transaction\nDROP DATABASE IF EXISTS other;',
  letBe: 'DROP TABLE IF EXISTS other;',
  on: statements('DROP DATABASE'),
  judge: () => [{ message: 'drops a whole database', advice: '-- do this by hand, with a backup at hand' }],
});
