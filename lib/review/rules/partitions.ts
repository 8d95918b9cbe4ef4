import { parentIn } from '../branch.ts';
import type { Bound, Lock, MeasuredStatement } from '../measured.ts';
import { freeName, proveLater } from './not-null.ts';
import { alone, blockOn, changesOf, type Hit, type Rule, waitShortly, wordLock } from './rule.ts';
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
      boundsOf(statement).flatMap(({ relation, bound, check, fresh }): readonly Hit[] => {
        const reads = familyOf(statement, relation).filter((name) => statement.grounds?.reads.includes(name));
        if (fresh || reads.length === 0) return [];
        const message = `reads all of ${reads.join(', ')} to prove that its rows are ${bound}`;
        return [{ relation, message, advice: proveFirst(statement, relation, 'within', check ?? 'true') }];
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
      boundsOf(statement).flatMap(({ of, bound, check }) => {
        const other = statement.grounds?.branches.find((one) => one.of === of && one.bound === 'DEFAULT');
        if (other === undefined || bound === 'DEFAULT') return [];
        return familyOf(statement, other.relation)
          .filter((name) => statement.scans.includes(name))
          .map((relation) => ({
            relation,
            message: `reads all of ${relation} under ACCESS EXCLUSIVE`,
            advice: proveFirst(statement, relation, 'without', `NOT (${check})`),
          }));
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
      boundsOf(statement).flatMap((part): readonly Hit[] => {
        const { relation, of, bound, fresh } = part;
        const lock = statement.locks.find((one) => one.relation === of && one.mode === 'ACCESS EXCLUSIVE');
        if (!fresh || lock === undefined) return [];
        const advice = [
          ...makeLike(part),
          '-- SHARE UPDATE EXCLUSIVE, which lets reads and writes through:',
          `ALTER TABLE ${of} ATTACH PARTITION ${relation} ${bound};`,
        ];
        return [{ relation: of, message: `takes ${wordLock(lock)}`, advice: advice.join('\n') }];
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
        const advice = hasDefault(statement, parent)
          ? `-- (CONCURRENTLY is refused where there is a default partition)\n${waitShortly}`
          : `-- from PostgreSQL 14 on,\n${alone(`ALTER TABLE ${parent} DETACH PARTITION ${relation} CONCURRENTLY;`)}`;
        return [{ relation: parent, message: `takes ${wordLock(lock)}`, advice }];
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
        const family = familyOf(statement, of);
        const referring = statement.scans.flatMap((name) => {
          const lock = family.includes(name) ? undefined : blockOn(statement, name);
          return lock?.since === statement.number ? [lock] : [];
        });
        return referring.map((lock) => ({
          relation: lock.relation,
          message: `reads all of ${lock.relation} under ${lock.mode} for what refers to ${relation}`,
          advice: [
            `-- CONCURRENTLY reads ${lock.relation} too, while its writes wait. The way around that is without the key for a while:`,
            '-- drop it, detach CONCURRENTLY, add it again NOT VALID, and VALIDATE it, each in a revision of its own.',
            '-- Else this is for a quiet hour, where an index begins with the columns of the key.',
          ].join('\n'),
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
            !statement.grounds?.unpopulated.includes(relation),
        )
        .map((lock) => ({ relation: lock.relation, ...adviseRefresh(statement, lock) })),
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

function adviseRefresh({ label, text, grounds }: MeasuredStatement, lock: Lock): Pick<Hit, 'message' | 'advice'> {
  if (grounds?.emptied.includes(lock.relation)) {
    return {
      message: `takes ${wordLock(lock)}, and leaves it without rows`,
      advice:
        '-- WITH NO DATA there is no way beside normal work: every query on it fails until it is refreshed again.\n-- First release code that does not read it',
    };
  }
  const refresh = label.startsWith('REFRESH')
    ? text.replace(/^(REFRESH\s+MATERIALIZED\s+VIEW)/i, '$1 CONCURRENTLY')
    : `REFRESH MATERIALIZED VIEW CONCURRENTLY ${lock.relation}`;
  return {
    message: `takes ${wordLock(lock)} while its query runs`,
    advice: `-- it needs a UNIQUE index over all rows:\n${refresh};`,
  };
}

function boundsOf({ grounds }: MeasuredStatement): readonly Bound[] {
  return grounds?.bounds ?? [];
}

function detached(statement: MeasuredStatement): readonly Pick<Bound, 'relation' | 'of'>[] {
  return changesOf(statement, 'definition').flatMap(({ relation = '', from = '', to = '' }) => {
    const { of: [of = ''] = [], bound } = parentIn(from) ?? {};
    return bound === undefined || parentIn(to)?.bound !== undefined ? [] : [{ relation, of }];
  });
}

/** As its parent is, with what it has of its own. From PostgreSQL 17 on the parent gives the numbers, and refuses a partition that counts by itself. */
function makeLike({ relation, of, key, own }: Bound): readonly string[] {
  const { unlogged = false, storage = [], actions = [] } = own ?? {};
  const rest = [...(key === undefined ? [] : [`PARTITION BY ${key}`]), ...storage].map((one) => ` ${one}`).join('');
  return [
    `CREATE ${unlogged ? 'UNLOGGED ' : ''}TABLE ${relation} (LIKE ${of} INCLUDING ALL EXCLUDING IDENTITY)${rest};`,
    ...(actions.length === 0 ? [] : [`ALTER TABLE ${relation}\n  ${actions.join(',\n  ')};`]),
  ];
}

/** A valid CHECK spares the scan; when it has, it may go. */
function proveFirst(statement: MeasuredStatement, relation: string, word: string, check: string): string {
  const name = freeName(statement, relation, word);
  return [
    ...proveLater(relation, name, `CHECK (${check})`),
    '-- then it reads nothing:',
    `${statement.text};`,
    `ALTER TABLE ${relation} DROP CONSTRAINT ${name};`,
  ].join('\n');
}
