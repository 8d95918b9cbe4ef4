import { listRelations } from '../facts/relations.ts';
import { newPartitions } from '../facts/subjects.ts';
import { attachWay, readWithin } from '../ways/attach.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'attach-scans',
  group: 'partitions',
  place: 10,
  severity: 'error',
  title: 'ATTACH PARTITION reads the whole partition',
  why: 'Unless a CHECK proves that every row belongs there, all rows are read under ACCESS EXCLUSIVE.',
  found: "ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');",
  letBe: "ALTER TABLE regions ATTACH PARTITION regions_proven FOR VALUES IN ('p');",
  on: newPartitions,
  judge: (part, { statement }) => {
    const { relation, bound } = part;
    const reads = readWithin(statement, part);
    if (reads.length === 0) return [];
    const message = `reads all of ${listRelations(statement, reads)} to prove that its rows are ${bound}`;
    return [{ relation, tells: { read: reads }, message, advice: attachWay(statement, part) }];
  },
});
