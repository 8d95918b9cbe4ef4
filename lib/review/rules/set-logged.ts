import { inWindow } from '../advice/words.ts';
import { changesOf } from '../facts/changes.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'set-logged',
  group: 'rewrites',
  place: 80,
  severity: 'error',
  title: 'SET LOGGED or UNLOGGED writes the whole table anew',
  why: 'The table and its indexes are copied while nobody can read or write.',
  found: 'ALTER TABLE orders SET UNLOGGED;',
  letBe: 'CREATE UNLOGGED TABLE other (id integer);',
  on: everyStatement,
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
});
