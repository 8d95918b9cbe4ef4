import { inWindow } from '../advice/words.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'table-rewrite',
  group: 'rewrites',
  place: 100,
  severity: 'error',
  title: 'A table is rewritten',
  why: 'Whatever the reason, the time grows with the size of the table, and nobody can read or write meanwhile.',
  found: 'ALTER TABLE orders SET ACCESS METHOD heap2;',
  letBe: 'TRUNCATE logs;',
  rest: true,
  on: everyStatement,
  judge: (statement, { told }) => {
    const { rewrites, locks, label } = statement;
    if (/^(REINDEX|VACUUM|CLUSTER|REFRESH)/.test(label)) return [];
    const isTable = (name: string) =>
      locks.some(
        ({ relation, kind }) =>
          relation === name && kind !== 'index' && (kind !== 'materialized view' || label.startsWith('ALTER')),
      );
    const tables = rewrites.filter((name) => isTable(name) && !told.rewritten?.includes(name));
    return tables.map((relation) => ({
      relation,
      tells: { rewritten: [relation] },
      message: `rewrites ${relation} while it is closed`,
      advice: inWindow(`nobody reads or writes ${relation} until it is rewritten`),
    }));
  },
});
