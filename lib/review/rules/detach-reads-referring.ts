import { readsToDetach } from '../advice/detach.ts';
import { detachedPartitions, referringTo } from '../facts/detached.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'detach-reads-referring',
  group: 'partitions',
  place: 50,
  severity: 'error',
  title: 'DETACH PARTITION reads the tables that reference the partitioned one',
  why: 'Each table with a foreign key to the parent is searched for rows that reference the partition, and is locked until the end of the transaction.',
  found: 'ALTER TABLE areas DETACH PARTITION areas_1;',
  letBe: 'ALTER TABLE events DETACH PARTITION events_2;',
  on: { find: detachedPartitions },
  judge: ({ relation, of }, { statement }) =>
    referringTo(statement, of).map((lock) => ({
      relation: lock.relation,
      tells: { read: [lock.relation] },
      message: `reads all of ${lock.relation} under ${lock.mode} for what refers to ${relation}`,
      advice: readsToDetach(lock.relation),
    })),
});
