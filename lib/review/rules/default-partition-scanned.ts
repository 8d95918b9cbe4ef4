import { blockOn } from '../facts/locks.ts';
import { listRelations } from '../facts/relations.ts';
import { newPartitions } from '../facts/subjects.ts';
import { attachWay, readWithout } from '../ways/attach.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'default-partition-scanned',
  group: 'partitions',
  place: 20,
  severity: 'error',
  title: 'A new partition reads the whole default partition',
  why: 'The default partition is searched, under ACCESS EXCLUSIVE, for rows that belong to the new one.',
  found: "CREATE TABLE events_9 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');",
  letBe: "CREATE TABLE regions_c PARTITION OF regions FOR VALUES IN ('c');",
  on: newPartitions,
  judge: (part, { statement }) => {
    const reads = readWithout(statement, part);
    const [relation] = reads;
    if (relation === undefined) return [];
    const lock = blockOn(statement, relation);
    const message = `reads all of ${listRelations(statement, reads)}${lock === undefined ? '' : ` under ${lock.mode}`}`;
    return [{ relation, tells: { read: reads }, message, advice: attachWay(statement, part) }];
  },
});
