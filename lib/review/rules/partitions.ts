import { withConcurrently } from '../../sql/edit.ts';
import type { NewPartition } from '../advice-facts.ts';
import type { Lock } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { attachWay, newPartitionsOf, readWithin, readWithout } from './attach.ts';
import { blockOn, changesOf, type Hit, inOwnRevision, inWindow, type Rule, waitShortly, wordLock } from './rule.ts';
import { familyOf, hasDefault } from './tree.ts';

export const partitionRules: readonly Rule[] = [
  {
    id: 'attach-scans',
    severity: 'error',
    title: 'ATTACH PARTITION reads the whole partition',
    why: 'Unless a CHECK proves that every row belongs there, all of them are read under ACCESS EXCLUSIVE.',
    bad: "ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');",
    good: "ALTER TABLE regions ATTACH PARTITION regions_proven FOR VALUES IN ('p');",
    judge: (statement) =>
      newPartitionsOf(statement).flatMap((part): readonly Hit[] => {
        const { relation, bound } = part;
        const reads = readWithin(statement, part);
        if (reads.length === 0) return [];
        const message = `reads all of ${reads.join(', ')} to prove that its rows are ${bound}`;
        return [{ relation, tells: { read: reads }, message, advice: attachWay(statement, part) }];
      }),
  },
  {
    id: 'default-partition-scanned',
    severity: 'error',
    title: 'A new partition reads the whole default partition',
    why: 'The rows that would belong to the new one are looked for in the default partition, under ACCESS EXCLUSIVE.',
    bad: "CREATE TABLE events_9 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');",
    good: "CREATE TABLE regions_c PARTITION OF regions FOR VALUES IN ('c');",
    judge: (statement) =>
      newPartitionsOf(statement).flatMap((part) => {
        const reads = readWithout(statement, part);
        const [relation] = reads;
        if (relation === undefined) return [];
        const lock = blockOn(statement, relation);
        const message = `reads all of ${reads.join(', ')}${lock === undefined ? '' : ` under ${lock.mode}`}`;
        return [{ relation, tells: { read: reads }, message, advice: attachWay(statement, part) }];
      }),
  },
  {
    id: 'partition-of-locks-parent',
    severity: 'warning',
    title: 'CREATE TABLE … PARTITION OF closes the partitioned table',
    why: 'It takes ACCESS EXCLUSIVE on the parent: short, but it waits for every query on any partition, and all others wait behind it.',
    bad: "CREATE TABLE regions_c PARTITION OF regions FOR VALUES IN ('c');",
    good: 'CREATE TABLE regions_c (LIKE regions);',
    judge: (statement) =>
      newPartitionsOf(statement).flatMap((part): readonly Hit[] => {
        const { of, fresh } = part;
        const lock = statement.locks.find((one) => one.relation === of && one.mode === 'ACCESS EXCLUSIVE');
        if (!fresh || lock === undefined) return [];
        return [{ relation: of, message: `takes ${wordLock(lock)}`, advice: attachWay(statement, part) }];
      }),
  },
  {
    id: 'detach-not-concurrent',
    severity: 'warning',
    title: 'DETACH PARTITION closes the partitioned table',
    why: 'It takes ACCESS EXCLUSIVE on the parent and the partition: short, but everybody queues behind it.',
    bad: 'ALTER TABLE regions DETACH PARTITION regions_a;',
    good: '-- updown: no-transaction\nALTER TABLE regions DETACH PARTITION regions_a CONCURRENTLY;',
    judge: (statement) =>
      detached(statement).flatMap(({ relation, of: parent }): readonly Hit[] => {
        const lock = statement.locks.find((one) => one.relation === parent && one.mode === 'ACCESS EXCLUSIVE');
        if (lock === undefined) return [];
        return [
          { relation: parent, message: `takes ${wordLock(lock)}`, advice: adviseDetach(statement, relation, parent) },
        ];
      }),
  },
  {
    id: 'detach-reads-referring',
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
  },
  {
    id: 'refresh-not-concurrent',
    severity: 'error',
    title: 'REFRESH MATERIALIZED VIEW closes the view',
    why: 'Nobody can read it until its query has run.',
    bad: 'REFRESH MATERIALIZED VIEW totals;',
    good: 'REFRESH MATERIALIZED VIEW CONCURRENTLY totals;',
    judge: (statement) =>
      statement.locks
        .filter(
          ({ relation, kind, mode }) =>
            kind === 'materialized view' &&
            mode === 'ACCESS EXCLUSIVE' &&
            statement.rewrites.includes(relation) &&
            !/^(ALTER|CLUSTER|VACUUM)\b/.test(statement.label) &&
            // Nobody is kept out of what nobody could read, and CONCURRENTLY is refused for it.
            !statement.adviceFacts?.unpopulated.includes(relation),
        )
        .map((lock) => ({
          relation: lock.relation,
          tells: { rewritten: [lock.relation] },
          ...adviseRefresh(statement, lock),
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
      // Where they are worked on, that is told of with all of their names, and is not short.
      const { rewrites, scans, builds } = statement;
      const worked = [...rewrites, ...scans, ...builds.map(({ table }) => table)];
      if (tables.size < 2 || first === undefined || worked.some((name) => tables.has(name))) return [];
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

/** Tables that it reads for what refers to the partition. */
function referringTo(statement: MeasuredStatement, of: string): readonly Lock[] {
  const family = familyOf(statement, of);
  return statement.scans.flatMap((name) => {
    const lock = family.includes(name) ? undefined : blockOn(statement, name);
    return lock?.since === statement.number ? [lock] : [];
  });
}

function readsToDetach(referring: string): string {
  return `${inWindow(`CONCURRENTLY reads ${referring} too, while its writes wait`)}.\n-- It is shorter where an index of ${referring} begins with the columns of its key`;
}

function adviseDetach(statement: MeasuredStatement, relation: string, parent: string): string {
  if (hasDefault(statement, parent))
    return `-- (CONCURRENTLY is refused where there is a default partition)\n${waitShortly}`;
  const [referring] = referringTo(statement, parent);
  if (referring !== undefined) return readsToDetach(referring.relation);
  return `-- (from PostgreSQL 14 on; it leaves a CHECK on ${relation} that says what its bound said, and that may be dropped)\n${inOwnRevision(`ALTER TABLE ${parent} DETACH PARTITION ${relation} CONCURRENTLY;`)}`;
}

function adviseRefresh({ label, text, adviceFacts }: MeasuredStatement, lock: Lock): Pick<Hit, 'message' | 'advice'> {
  if (adviceFacts?.emptied.includes(lock.relation)) {
    return {
      message: `takes ${wordLock(lock)}, and leaves it without rows`,
      advice:
        '-- WITH NO DATA there is no way beside normal work: every query on it fails until it is refreshed again.\n-- First release code that does not read it',
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
    advice: `-- under EXCLUSIVE on ${lock.relation}, which lets reads through:\n${refresh};`,
  };
}

function detached(statement: MeasuredStatement): readonly Pick<NewPartition, 'relation' | 'of'>[] {
  return changesOf(statement, 'definition').flatMap(({ relation = '', was, now }) => {
    const { of: [of = ''] = [], bound } = was?.parent ?? {};
    return bound === undefined || now?.parent?.bound !== undefined ? [] : [{ relation, of }];
  });
}
