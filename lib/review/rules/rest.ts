import type { MeasuredStatement } from '../measured.ts';
import { blockOn, type Hit, type Rule, type RuleContext, wordLock } from './rule.ts';
import { familyOf } from './tree.ts';

/** What was measured and none of the others tells of: a lock and work under it, for whatever reason. */
export function restRule(others: readonly Rule[]): Rule {
  const working = others.filter(
    ({ id, severity }) => (severity === 'error' && !aboutNoWork.has(id)) || id === 'domain-validate-waits',
  );
  return {
    id: 'work-under-lock',
    severity: 'error',
    title: 'A table is read from end to end while it is closed',
    why: 'Whatever the reason, it takes as long as the table is large, and who wants to write, or even to read, waits.',
    bad: 'DO $$ BEGIN LOCK TABLE logs; PERFORM count(*) FROM logs; END $$;',
    good: 'DO $$ BEGIN PERFORM count(*) FROM logs; END $$;',
    judge: (statement, context) => {
      const told = toldBy(working, statement, context);
      return workedIn(statement)
        .filter((name) => !told(name))
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
  };
}

const aboutNoWork = new Set(['lock-timeout-off', 'foreign-key-off']);

/** TRUNCATE reads what it has just emptied. */
function workedIn({ scans, builds, rewrites, rows }: MeasuredStatement): readonly string[] {
  const worked = new Set([...scans, ...builds.flatMap(({ table, concurrently }) => (concurrently ? [] : [table]))]);
  const emptied = rows.flatMap(({ relation, truncated }) => (truncated ? [relation] : []));
  return [...worked].filter((name) => !rewrites.includes(name) && !emptied.includes(name));
}

function toldBy(rules: readonly Rule[], statement: MeasuredStatement, context: RuleContext): (name: string) => boolean {
  const hits = rules.flatMap(({ judge }) => judge(statement, context));
  return (name) => {
    // A message may speak of the table that this one is a part of.
    const above = statement.locks
      .map(({ relation }) => relation)
      .filter((one) => familyOf(statement, one).includes(name));
    const isSaid = [name, ...above].map(isNamedIn);
    return hits.some(
      ({ relation, message }) =>
        isSaid.some((isIn) => isIn(message)) ||
        (relation !== undefined && familyOf(statement, relation).includes(name)),
    );
  };
}

function isNamedIn(name: string): (message: string) => boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const said = new RegExp(`(?<![\\w."])${escaped}(?![\\w."])`, 'u');
  return (message) => said.test(message);
}
