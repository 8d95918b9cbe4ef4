import { inOwnRevision } from '../advice/words.ts';
import { everyStatement } from '../facts/subjects.ts';
import { markOf, vacuumPlainly } from '../ways/vacuum.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'vacuum-full',
  group: 'rewrites',
  place: 90,
  severity: 'error',
  title: 'VACUUM FULL and CLUSTER copy the whole table while it is closed',
  why: 'Neither reads nor writes get through until the table and all its indexes are written anew.',
  found: 'CLUSTER orders USING orders_pkey;',
  letBe: 'ANALYZE orders;',
  on: everyStatement,
  judge: (statement) =>
    /^(VACUUM|CLUSTER)\b/.test(statement.label) && statement.rewrites.length > 0
      ? [
          {
            relation: statement.rewrites[0]!,
            tells: { rewritten: statement.rewrites },
            message: `writes ${statement.rewrites.join(', ')} anew`,
            advice: `-- pg_repack does the same beside normal work; to free space for reuse alone,\n${inOwnRevision(`${vacuumPlainly(statement)};`, ...markOf(statement))}`,
          },
        ]
      : [],
});
