import { changesOf } from '../facts/changes.ts';
import { topColumns } from '../facts/family.ts';
import { rewritesOf } from '../facts/rewrites.ts';
import { everyStatement } from '../facts/subjects.ts';
import { retype } from '../ways/retype.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'type-rewrites',
  group: 'rewrites',
  place: 10,
  severity: 'error',
  title: 'A change of type writes the whole table anew',
  why: 'Every row and every index is written while nobody can read or write; tables that refer to the column are read as well.',
  found: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;',
  letBe: 'ALTER TABLE orders ALTER COLUMN note TYPE varchar;',
  on: everyStatement,
  judge: (statement) =>
    topColumns(statement, changesOf(statement, 'type', 'column'))
      .filter((change) => rewritesOf(statement, change.relation!).length > 0)
      .map((change) => {
        const others = statement.scans.filter((name) => !statement.rewrites.includes(name));
        const reach = others.length === 0 ? '' : `, and reads ${others.join(', ')}`;
        const written = rewritesOf(statement, change.relation!).join(', ');
        return {
          relation: change.relation!,
          tells: { rewritten: rewritesOf(statement, change.relation!), read: others },
          message: `writes ${written} anew for ${change.from} to ${change.to}${reach}`,
          advice: retype(statement, change),
        };
      }),
});
