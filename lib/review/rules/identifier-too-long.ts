import { notices } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'identifier-too-long',
  group: 'compatibility',
  place: 180,
  severity: 'warning',
  title: 'A name is truncated',
  why: 'PostgreSQL keeps 63 bytes of a name; two long names may become the same.',
  found: 'CREATE TABLE a_name_that_is_so_long_that_nobody_would_ever_write_it_by_hand_at_all (id integer);',
  letBe: 'CREATE TABLE other (id integer);',
  on: notices,
  judge: ({ code, message }) => (code === '42622' ? [{ message, advice: '-- choose a name of at most 63 bytes' }] : []),
});
