import { inWindow } from '../advice/words.ts';
import { changesOf } from '../facts/changes.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'set-logged',
  group: 'rewrites',
  place: 80,
  severity: 'error',
  title: 'SET LOGGED or UNLOGGED writes the whole table anew',
  why: 'The table and its indexes are copied while nobody can read or write.',
  bad: 'ALTER TABLE orders SET UNLOGGED;',
  good: 'CREATE UNLOGGED TABLE other (id integer);',
  judge: (statement) =>
    changesOf(statement, 'definition')
      .filter(
        ({ to, relation, type }) =>
          (to === 'logged' || to === 'unlogged') && type !== 'index' && statement.rewrites.includes(relation!),
      )
      .map(({ relation }) => ({
        relation: relation!,
        tells: { rewritten: [relation!] },
        message: `copies ${relation} and its indexes while it is closed`,
        advice: inWindow(
          `${relation} and its indexes are copied under ACCESS EXCLUSIVE, and nobody reads or writes it`,
        ),
      })),
};
