import { withConcurrently } from '../../sql/edit.ts';
import { inWindow, wordLock } from '../advice/words.ts';
import type { Lock } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'refresh-not-concurrent',
  group: 'partitions',
  place: 60,
  severity: 'error',
  title: 'REFRESH MATERIALIZED VIEW locks the view',
  why: 'Nobody can read it until its query has run.',
  found: 'REFRESH MATERIALIZED VIEW totals;',
  letBe: 'REFRESH MATERIALIZED VIEW CONCURRENTLY totals;',
  on: { find: refreshed },
  judge: (lock, { statement }) => [
    {
      relation: lock.relation,
      tells: { rewritten: [lock.relation] },
      ...adviseRefresh(statement, lock),
    },
  ],
});

/** Nobody is kept out of what nobody could read, and CONCURRENTLY is refused for it. */
function refreshed({ locks, rewrites, label, adviceFacts }: MeasuredStatement): readonly Lock[] {
  if (/^(ALTER|CLUSTER|VACUUM)\b/.test(label)) return [];
  return locks.filter(
    ({ relation, kind, mode }) =>
      kind === 'materialized view' &&
      mode === 'ACCESS EXCLUSIVE' &&
      rewrites.includes(relation) &&
      !adviceFacts?.unpopulated.includes(relation),
  );
}

function adviseRefresh({ label, text, adviceFacts }: MeasuredStatement, lock: Lock): Pick<Hit, 'message' | 'advice'> {
  if (adviceFacts?.emptied.includes(lock.relation)) {
    return {
      message: `takes ${wordLock(lock)}, and leaves it without rows`,
      advice:
        '-- WITH NO DATA there is no way during normal operation: every query on it fails until it is refreshed again.\n-- First release code that does not read it',
    };
  }
  if (!adviceFacts?.refreshable.includes(lock.relation)) {
    return {
      message: `takes ${wordLock(lock)} while its query runs`,
      advice: inWindow(
        `CONCURRENTLY needs a UNIQUE index of ${lock.relation} on columns alone and over all rows, and it has none`,
      ),
    };
  }
  const refresh = label.startsWith('REFRESH')
    ? withConcurrently(text)
    : `REFRESH MATERIALIZED VIEW CONCURRENTLY ${lock.relation}`;
  return {
    message: `takes ${wordLock(lock)} while its query runs`,
    advice: [under(`under EXCLUSIVE on ${lock.relation}, which allows reads:`, `${refresh};`)],
  };
}
