import { inWindow } from '../advice/words.ts';
import { changes } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'set-logged',
  group: 'rewrites',
  place: 80,
  severity: 'error',
  title: 'SET LOGGED or UNLOGGED rewrites the whole table',
  why: 'The table and its indexes are copied while nobody can read or write.',
  found: 'ALTER TABLE orders SET UNLOGGED;',
  letBe: 'CREATE UNLOGGED TABLE other (id integer);',
  on: changes('definition'),
  judge: ({ type, relation, to }, { statement }) => {
    if (to !== 'logged' && to !== 'unlogged') return [];
    if (relation === undefined || type === 'index' || !statement.rewrites.includes(relation)) return [];
    return [
      {
        relation,
        tells: { rewritten: [relation] },
        message: `copies ${relation} and its indexes while it is closed`,
        advice: inWindow(
          `${relation} and its indexes are copied under ACCESS EXCLUSIVE, and nobody reads or writes it`,
        ),
      },
    ];
  },
});
