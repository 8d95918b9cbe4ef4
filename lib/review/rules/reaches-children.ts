import { waitShortly } from '../advice/words.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'reaches-children',
  group: 'partitions',
  place: 70,
  severity: 'warning',
  title: 'A change of columns closes every partition or child as well',
  why: 'ACCESS EXCLUSIVE is taken on all of them, one after the other, and the first is held until the last one was to be had.',
  found: 'ALTER TABLE events ADD COLUMN source text;',
  letBe: 'ALTER TABLE orders ADD COLUMN source text;',
  on: everyStatement,
  judge: (statement) => {
    const kinds = new Set(['created', 'dropped', 'type', 'not-null']);
    const tables = new Set(
      statement.changes
        .filter(({ kind, type }) => kinds.has(kind) && type === 'column')
        .map(({ relation }) => relation),
    );
    const [first] = tables;
    // Where they are worked on, that is told of with all of their names, and is not short.
    const { rewrites, scans, builds } = statement;
    const worked = [...rewrites, ...scans, ...builds.map(({ table }) => table)];
    if (tables.size < 2 || first === undefined || worked.some((name) => tables.has(name))) return [];
    return [
      {
        relation: first,
        message: `closes ${tables.size} tables at once: ${[...tables].join(', ')}`,
        advice: waitShortly,
      },
    ] satisfies readonly Hit[];
  },
});
