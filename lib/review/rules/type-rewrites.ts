import { listRelations } from '../facts/relations.ts';
import { rewritesOf } from '../facts/rewrites.ts';
import { changes, topmost } from '../facts/subjects.ts';
import { retype } from '../ways/retype.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'type-rewrites',
  group: 'rewrites',
  place: 10,
  severity: 'error',
  title: 'A change of type rewrites the whole table',
  why: 'Every row and every index is written while nobody can read or write; tables that reference the column are read as well.',
  found: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;',
  letBe: 'ALTER TABLE orders ALTER COLUMN note TYPE varchar;',
  on: topmost(changes('type', 'column')),
  judge: (change, { statement }) => {
    const { relation, from, to } = change;
    const written = rewritesOf(statement, relation);
    if (written.length === 0) return [];
    const others = statement.scans.filter((name) => !statement.rewrites.includes(name));
    const reach = others.length === 0 ? '' : `, and reads ${listRelations(statement, others)}`;
    return [
      {
        relation,
        tells: { rewritten: written, read: others },
        message: `rewrites ${listRelations(statement, written)} for ${from} to ${to}${reach}`,
        advice: retype(statement, change),
      },
    ];
  },
});
