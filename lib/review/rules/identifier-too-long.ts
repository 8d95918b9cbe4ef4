import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'identifier-too-long',
  group: 'compatibility',
  place: 180,
  severity: 'warning',
  title: 'A name is cut off',
  why: 'PostgreSQL keeps 63 bytes of a name; two long names may become one.',
  bad: 'CREATE TABLE a_name_that_is_so_long_that_nobody_would_ever_write_it_by_hand_at_all (id integer);',
  good: 'CREATE TABLE other (id integer);',
  judge: ({ notices }) =>
    notices
      .filter(({ code }) => code === '42622')
      .map(({ message }) => ({ message, advice: '-- choose a name of at most 63 bytes' })),
};
