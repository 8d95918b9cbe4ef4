import { readsToDetach } from '../advice/detach.ts';
import { waitShortly, wordLock } from '../advice/words.ts';
import { detachedPartitions, referringTo } from '../facts/detached.ts';
import { hasDefault } from '../facts/family.ts';
import type { MeasuredStatement } from '../measured.ts';
import { detachConcurrently } from '../ways/actions.ts';
import type { Way } from '../ways/way.ts';
import { note, outsideTransaction, run } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'detach-not-concurrent',
  group: 'partitions',
  place: 40,
  severity: 'warning',
  title: 'DETACH PARTITION locks the partitioned table',
  why: 'It takes ACCESS EXCLUSIVE on the parent and the partition: short, but all others queue after it.',
  found: 'ALTER TABLE regions DETACH PARTITION regions_a;',
  letBe: '-- updown: no-transaction\nALTER TABLE regions DETACH PARTITION regions_a CONCURRENTLY;',
  on: { find: detachedPartitions },
  judge: ({ relation, of }, { statement }) => {
    const lock = statement.locks.find((one) => one.relation === of && one.mode === 'ACCESS EXCLUSIVE');
    if (lock === undefined) return [];
    return [{ relation: of, message: `takes ${wordLock(lock)}`, advice: adviseDetach(statement, relation, of) }];
  },
});

function adviseDetach(statement: MeasuredStatement, relation: string, parent: string): Way | string {
  if (hasDefault(statement, parent))
    return `-- (CONCURRENTLY is refused where there is a default partition)\n${waitShortly}`;
  const [referring] = referringTo(statement, parent);
  if (referring !== undefined) return readsToDetach(referring.relation);
  return [
    run(
      note(
        `from PostgreSQL 14 on; it leaves a CHECK on ${relation} that says what its bound said, and that may be dropped`,
      ),
    ),
    outsideTransaction(detachConcurrently(parent, relation)),
  ];
}
