import type { MeasuredStatement } from '../measured.ts';
import { alone, changesOf, type Hit, type Rule, waitShortly, wordLock } from './rule.ts';

export const partitionRules: readonly Rule[] = [
  {
    id: 'attach-scans',
    severity: 'error',
    title: 'ATTACH PARTITION reads the whole partition',
    why: 'Unless a CHECK proves that every row belongs there, all of them are read under ACCESS EXCLUSIVE.',
    bad: "ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');",
    good: "ALTER TABLE regions ATTACH PARTITION regions_proven FOR VALUES IN ('p');",
    judge: (statement) =>
      attached(statement)
        .filter(({ relation }) => statement.scans.includes(relation!))
        .map(({ relation, to }) => ({
          relation: relation!,
          message: `reads all of ${relation} to prove that its rows are ${to?.replace(/ of .*/, '')}`,
          advice: `ALTER TABLE ${relation} ADD CONSTRAINT within CHECK (…) NOT VALID; -- what the bound says, and NOT NULL\n-- in a revision of its own:\nALTER TABLE ${relation} VALIDATE CONSTRAINT within;\n-- then it reads nothing:\n${statement.text};`,
        })),
  },
  {
    id: 'default-partition-scanned',
    severity: 'error',
    title: 'A new partition reads the whole default partition',
    why: 'The rows that would belong to the new one are looked for in the default partition, under ACCESS EXCLUSIVE.',
    bad: "CREATE TABLE events_9 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');",
    good: "CREATE TABLE regions_c PARTITION OF regions FOR VALUES IN ('c');",
    judge: (statement) => {
      const fresh = attached(statement);
      if (fresh.length === 0 && !isPartitionOf(statement)) return [];
      return statement.scans
        .filter((name) => !fresh.some(({ relation }) => relation === name))
        .map((relation) => ({
          relation,
          message: `reads all of ${relation} under ACCESS EXCLUSIVE`,
          advice: `ALTER TABLE ${relation} ADD CONSTRAINT without CHECK (…) NOT VALID; -- that no row is within the new bound\n-- in a revision of its own:\nALTER TABLE ${relation} VALIDATE CONSTRAINT without;\n-- then it reads nothing:\n${statement.text};`,
        }));
    },
  },
  {
    id: 'partition-of-locks-parent',
    severity: 'warning',
    title: 'CREATE TABLE … PARTITION OF closes the partitioned table',
    why: 'It takes ACCESS EXCLUSIVE on the parent: short, but it waits for every query on any partition, and all others wait behind it.',
    bad: "CREATE TABLE regions_c PARTITION OF regions FOR VALUES IN ('c');",
    good: 'CREATE TABLE regions_c (LIKE regions);',
    judge: (statement) => {
      const lock = statement.locks.find(
        ({ kind, mode }) => kind === 'partitioned table' && mode === 'ACCESS EXCLUSIVE',
      );
      const [, name = '…', parent = '…', bound = '…'] =
        /CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\S+)\s+PARTITION\s+OF\s+(\S+)\s+(.*)/is.exec(statement.text) ?? [];
      if (lock === undefined || !isPartitionOf(statement)) return [];
      const advice = `CREATE TABLE ${name} (LIKE ${parent} INCLUDING ALL);\n-- SHARE UPDATE EXCLUSIVE, which lets reads and writes through:\nALTER TABLE ${parent} ATTACH PARTITION ${name} ${bound};`;
      return [{ relation: lock.relation, message: `takes ${wordLock(lock)}`, advice }];
    },
  },
  {
    id: 'detach-not-concurrent',
    severity: 'warning',
    title: 'DETACH PARTITION closes the partitioned table',
    why: 'It takes ACCESS EXCLUSIVE on the parent and the partition: short, but everybody queues behind it.',
    bad: 'ALTER TABLE regions DETACH PARTITION regions_a;',
    good: '-- updown: no-transaction\nALTER TABLE regions DETACH PARTITION regions_a CONCURRENTLY;',
    judge: (statement) =>
      !/\bDETACH\s+PARTITION\b/i.test(statement.text) || /\bCONCURRENTLY\b/i.test(statement.text)
        ? []
        : statement.locks
            .filter(({ kind, mode }) => kind === 'partitioned table' && mode === 'ACCESS EXCLUSIVE')
            .map((lock) => ({
              relation: lock.relation,
              message: `takes ${wordLock(lock)}`,
              advice: `${alone(`${statement.text} CONCURRENTLY;`)}\n-- (PostgreSQL 14 and later; refused where there is a default partition)`,
            })),
  },
  {
    id: 'refresh-not-concurrent',
    severity: 'error',
    title: 'REFRESH MATERIALIZED VIEW closes the view',
    why: 'Nobody can read it until its query has run.',
    bad: 'REFRESH MATERIALIZED VIEW totals;',
    good: 'REFRESH MATERIALIZED VIEW CONCURRENTLY totals;',
    judge: ({ label, text, locks }) =>
      label !== 'REFRESH MATERIALIZED VIEW'
        ? []
        : locks
            .filter(({ kind, mode }) => kind === 'materialized view' && mode === 'ACCESS EXCLUSIVE')
            .map((lock) => ({
              relation: lock.relation,
              message: `takes ${wordLock(lock)} while its query runs`,
              advice: `-- it needs a UNIQUE index over all rows:\n${text.replace(/^(REFRESH\s+MATERIALIZED\s+VIEW)/i, '$1 CONCURRENTLY')};`,
            })),
  },
  {
    id: 'reaches-children',
    severity: 'warning',
    title: 'A change of columns closes every partition or child as well',
    why: 'ACCESS EXCLUSIVE is taken on all of them, one after the other, and the first is held until the last one was to be had.',
    bad: 'ALTER TABLE events ADD COLUMN source text;',
    good: 'ALTER TABLE orders ADD COLUMN source text;',
    judge: (statement) => {
      const kinds = new Set(['created', 'dropped', 'type', 'not-null']);
      const tables = new Set(
        statement.changes
          .filter(({ kind, type }) => kinds.has(kind) && type === 'column')
          .map(({ relation }) => relation),
      );
      const [first] = tables;
      if (tables.size < 2 || first === undefined) return [];
      return [
        {
          relation: first,
          message: `closes ${tables.size} tables at once: ${[...tables].join(', ')}`,
          advice: waitShortly,
        },
      ] satisfies readonly Hit[];
    },
  },
];

function attached(statement: MeasuredStatement): MeasuredStatement['changes'] {
  return changesOf(statement, 'definition').filter(({ to }) => /^(FOR VALUES|DEFAULT)\b/.test(to ?? ''));
}

function isPartitionOf({ label, text }: MeasuredStatement): boolean {
  return label === 'CREATE TABLE' && /\bPARTITION\s+OF\b/i.test(text);
}
