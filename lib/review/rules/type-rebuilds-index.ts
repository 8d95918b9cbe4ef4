import { familyOf } from '../facts/family.ts';
import { listBuilds, listRelations } from '../facts/relations.ts';
import { rebuiltFor, rewritesOf } from '../facts/rewrites.ts';
import { changes, topmost } from '../facts/subjects.ts';
import { retype } from '../ways/retype.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'type-rebuilds-index',
  group: 'rewrites',
  place: 20,
  severity: 'error',
  title: 'A change of type or collation rebuilds indexes',
  why: 'The rows stay as they are, but each index on the column is built while the table is locked.',
  found: 'ALTER TABLE orders ALTER COLUMN code TYPE text COLLATE "C";',
  letBe: 'ALTER TABLE orders ALTER COLUMN note TYPE text COLLATE "C";',
  on: topmost(changes('type', 'column')),
  judge: (change, { statement }) => {
    const { relation } = change;
    const builds = rebuiltFor(statement, change);
    if (rewritesOf(statement, relation).length > 0 || builds.length === 0) return [];
    const family = familyOf(statement, relation);
    const others = statement.scans.filter((name) => !family.includes(name));
    const reach = others.length === 0 ? '' : `, and reads ${listRelations(statement, others)}`;
    return [
      {
        relation,
        tells: { read: [relation, ...others] },
        message: `builds ${listBuilds(statement, builds)} while ${relation} is closed${reach}`,
        advice: retype(statement, change),
      },
    ];
  },
});
