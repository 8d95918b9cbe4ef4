import { findUsed, keyOf, wordBuiltin } from '../builtins.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { findNewer } from '../newer.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'newer-than-database',
  group: 'target',
  place: 10,
  severity: 'error',
  title: 'The version of the database does not support this',
  why: 'Scratch has a newer version and accepted it; the server that the plan is for refuses the statement, and the deployment stops there.',
  given: { version: '15.20' },
  found: 'ALTER TABLE orders ADD COLUMN twice integer GENERATED ALWAYS AS (total * 2) VIRTUAL;',
  letBe: 'ALTER TABLE orders ADD COLUMN twice integer GENERATED ALWAYS AS (total * 2) STORED;',
  on: everyStatement,
  judge: (statement, { version, lacks = new Set() }) => {
    const major = Number.parseInt(version ?? '', 10);
    if (Number.isNaN(major)) return [];
    const words = findNewer(statement.text)
      .filter(({ since }) => since > major)
      .map(({ what, since }) => `${what} (${since})`);
    const builtins = lacks.size === 0 ? [] : findUsed(statement.text).filter((one) => lacks.has(keyOf(one)));
    const all = [...words, ...keysNotValid(statement, major), ...new Set(builtins.map(wordBuiltin))];
    if (all.length === 0) return [];
    return [
      {
        message: `PostgreSQL ${version} there does not know: ${all.join(', ')}`,
        advice: `-- write it as PostgreSQL ${major} takes it, or upgrade the server first\n-- a scratch server of that version says it in its own words: --scratch postgres://…`,
      },
    ];
  },
});

/** It is the table that decides: of a partitioned one such a key is taken since 18. */
function keysNotValid({ changes, locks }: MeasuredStatement, major: number): readonly string[] {
  if (major >= 18) return [];
  const isOfPartitions = changes.some(
    ({ kind, constraint, relation }) =>
      kind === 'created' &&
      constraint?.kind === 'foreign key' &&
      !constraint.validated &&
      locks.some((lock) => lock.relation === relation && lock.kind === 'partitioned table'),
  );
  return isOfPartitions ? ['foreign keys NOT VALID on a partitioned table (18)'] : [];
}
