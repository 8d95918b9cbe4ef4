import { wordLock } from '../advice/words.ts';
import { newPartitions } from '../facts/subjects.ts';
import { attachWay } from '../ways/attach.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'partition-of-locks-parent',
  group: 'partitions',
  place: 30,
  severity: 'warning',
  title: 'CREATE TABLE … PARTITION OF locks the partitioned table',
  why: 'It takes ACCESS EXCLUSIVE on the parent: short, but it waits for every query on any partition, and all others queue after it.',
  found: "CREATE TABLE regions_c PARTITION OF regions FOR VALUES IN ('c');",
  letBe: 'CREATE TABLE regions_c (LIKE regions);',
  on: newPartitions,
  judge: (part, { statement }) => {
    const { of, fresh } = part;
    const lock = statement.locks.find((one) => one.relation === of && one.mode === 'ACCESS EXCLUSIVE');
    if (!fresh || lock === undefined) return [];
    return [{ relation: of, message: `takes ${wordLock(lock)}`, advice: attachWay(statement, part) }];
  },
});
