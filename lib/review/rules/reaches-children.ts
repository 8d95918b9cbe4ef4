import { waitShortly } from '../advice/words.ts';
import { listRelations } from '../facts/relations.ts';
import { changes, together } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'reaches-children',
  group: 'partitions',
  place: 70,
  severity: 'warning',
  title: 'A change of columns also locks every partition or child',
  why: 'ACCESS EXCLUSIVE is taken on all of them, one after the other, and the first is held while the others are waited for.',
  found: 'ALTER TABLE events ADD COLUMN source text;',
  letBe: 'ALTER TABLE orders ADD COLUMN source text;',
  on: together(changes(['created', 'dropped', 'type', 'not-null'], 'column')),
  judge: (all, { statement }) => {
    const { rewrites, scans, builds } = statement;
    const tables = [...new Set(all.map(({ relation }) => relation))];
    // Where they are worked on, that is told of with all of their names, and is not short.
    const worked = [...rewrites, ...scans, ...builds.map(({ table }) => table)];
    if (tables.length < 2 || worked.some((name) => tables.includes(name))) return [];
    return [
      {
        relation: tables[0],
        message: `closes ${tables.length} tables at once: ${listRelations(statement, tables)}`,
        advice: waitShortly,
      },
    ];
  },
});
