import { readsToDetach } from '../advice/detach.ts';
import { detached, referringTo } from '../facts/detached.ts';
import type { Hit, Rule } from './rule.ts';

export const rule: Rule = {
  id: 'detach-reads-referring',
  group: 'partitions',
  place: 50,
  severity: 'error',
  title: 'DETACH PARTITION reads the tables that refer to the partitioned one',
  why: 'That no row refers to the partition is looked up in each table with a foreign key to its parent, and that table is closed to the end of the transaction.',
  bad: 'ALTER TABLE areas DETACH PARTITION areas_1;',
  good: 'ALTER TABLE events DETACH PARTITION events_2;',
  judge: (statement) =>
    detached(statement).flatMap(({ relation, of }): readonly Hit[] => {
      return referringTo(statement, of).map((lock) => ({
        relation: lock.relation,
        tells: { read: [lock.relation] },
        message: `reads all of ${lock.relation} under ${lock.mode} for what refers to ${relation}`,
        advice: readsToDetach(lock.relation),
      }));
    }),
};
