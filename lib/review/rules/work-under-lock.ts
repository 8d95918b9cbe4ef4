import { wordLock } from '../advice/words.ts';
import { familyOf } from '../facts/family.ts';
import { blockOn } from '../facts/locks.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'work-under-lock',
  group: 'locks',
  place: 100,
  severity: 'error',
  title: 'A table is read from end to end while it is locked',
  why: 'Whatever the reason, the time grows with the size of the table, and writers, or even readers, wait.',
  found: 'DO $$ BEGIN LOCK TABLE logs; PERFORM count(*) FROM logs; END $$;',
  letBe: 'DO $$ BEGIN PERFORM count(*) FROM logs; END $$;',
  rest: true,
  on: everyStatement,
  judge: (statement, { told }) => {
    const known = [...(told.read ?? []), ...(told.rewritten ?? [])].flatMap((name) => familyOf(statement, name));
    return workedIn(statement)
      .filter((name) => !known.includes(name))
      .flatMap((name): readonly Hit[] => {
        const lock = blockOn(statement, name);
        if (lock === undefined || lock.since !== statement.number || !lock.kind.endsWith('table')) return [];
        return [
          {
            relation: name,
            message: `reads all of ${name} while it holds ${wordLock(lock)}`,
            advice:
              '-- take apart what needs the lock and what reads the table, each in a revision of its own;\n-- what must be both is for a quiet hour, with nothing else in the revision',
          },
        ];
      });
  },
});

/** TRUNCATE reads what it has just emptied. */
function workedIn({ scans, builds, rewrites, rows }: MeasuredStatement): readonly string[] {
  const worked = new Set([...scans, ...builds.flatMap(({ table, concurrently }) => (concurrently ? [] : [table]))]);
  const emptied = rows.flatMap(({ relation, truncated }) => (truncated ? [relation] : []));
  return [...worked].filter((name) => !rewrites.includes(name) && !emptied.includes(name));
}
