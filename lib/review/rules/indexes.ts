import { withConcurrently } from '../../sql/edit.ts';
import { quoteIdent } from '../../sql/quote.ts';
import type { PartitionedIndex } from '../advice-facts.ts';
import type { Build } from '../effects.ts';
import { wordsSaid } from '../meant.ts';
import type { MeasuredStatement } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { attachWay, newPartitionsOf } from './attach.ts';
import { asNamed, besideIndex, concurrently, nameIn, nameIndex, plainBuilds } from './builds.ts';
import {
  changesOf,
  type Hit,
  inOwnRevision,
  isIndirect,
  isReplaced,
  type Rule,
  shortName,
  waitShortly,
  wordLock,
} from './rule.ts';
import { buildOf, leavesOf, partitionedIndexesFrom } from './tree.ts';

export const indexRules: readonly Rule[] = [
  {
    id: 'index-not-concurrent',
    severity: 'error',
    title: 'An index is built while writes wait',
    why: 'CREATE INDEX holds SHARE on the table until the whole index is built: every INSERT, UPDATE and DELETE waits.',
    bad: 'CREATE INDEX orders_customer ON orders (customer_id);',
    good: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);',
    judge: (statement) =>
      plainBuilds(statement).map((build) => {
        const part = newPartitionsOf(statement).find(({ relation }) => relation === build.table);
        return {
          relation: build.table,
          tells: { read: [build.table] },
          message: `builds index ${build.index} under a lock that keeps writes out of ${build.table}`,
          advice: part === undefined ? inOwnRevision(...buildBeside(statement, build)) : attachWay(statement, part),
        };
      }),
  },
  {
    id: 'index-on-partitioned',
    severity: 'error',
    title: 'An index is built on every partition at once',
    why: 'CREATE INDEX on a partitioned table builds one index after the other while writes to all partitions wait, and CONCURRENTLY is refused there.',
    bad: 'CREATE INDEX ON events (kind);',
    good: 'CREATE INDEX events_kind ON ONLY events (kind);',
    judge: (statement) => {
      const partitionedIndexes = (statement.adviceFacts?.partitionedIndexes ?? []).filter(({ owned }) => !owned);
      return partitionedIndexes
        .filter(({ index }) => !partitionedIndexes.some(({ parts }) => parts.some((part) => part.index === index)))
        .flatMap((top): readonly Hit[] => {
          const leaves = leavesOf(top, partitionedIndexes).filter(
            ({ index }) => buildOf(statement, index) !== undefined,
          );
          if (leaves.length === 0) return [];
          return [
            {
              relation: top.table,
              tells: { read: [top.table] },
              message: `builds ${leaves.length === 1 ? 'the index of a partition' : `${leaves.length} indexes, one for each partition,`} while writes wait`,
              advice: advisePartitionedIndex(statement, top, partitionedIndexes),
            },
          ];
        });
    },
  },
  {
    id: 'drop-index-not-concurrent',
    severity: 'warning',
    title: 'An index is dropped under ACCESS EXCLUSIVE',
    why: 'DROP INDEX is short, but it waits for every query on the table, and everybody else waits behind it.',
    bad: 'DROP INDEX orders_customer;',
    good: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY orders_customer;',
    judge: (statement) => {
      const parts = new Set(statement.adviceFacts?.children.map(({ relation }) => relation));
      const withTable = new Set(
        changesOf(statement, 'dropped').flatMap(({ type, relation }) => (type === 'column' ? [relation] : [])),
      );
      return (
        changesOf(statement, 'dropped', 'index')
          // What is made anew under its name tells of both.
          .filter(
            ({ cascaded, relation, object }) =>
              cascaded === undefined && !withTable.has(relation) && !isReplaced(statement, object),
          )
          .flatMap(({ object, relation }): readonly Hit[] => {
            const lock = statement.locks.find((one) => one.relation === relation && one.mode === 'ACCESS EXCLUSIVE');
            if (lock === undefined || (isIndirect(statement) && parts.has(lock.relation))) return [];
            const message = `takes ${wordLock(lock)}`;
            // CONCURRENTLY is refused for the index of a partitioned table.
            const isRefused = lock.kind === 'partitioned table' || takesAlong(statement);
            if (isRefused) return [{ relation: lock.relation, message, advice: waitShortly }];
            return [
              { relation: lock.relation, message, advice: inOwnRevision(`DROP INDEX CONCURRENTLY ${nameIn(object)};`) },
            ];
          })
      );
    },
  },
  {
    id: 'reindex-not-concurrent',
    severity: 'error',
    title: 'An index is rebuilt while writes wait',
    why: 'REINDEX keeps writes out of the table, and every query that would use the index, until it is built.',
    bad: 'REINDEX TABLE orders;',
    good: '-- updown: no-transaction\nREINDEX TABLE CONCURRENTLY orders;',
    judge: (statement) => {
      const { label, text, locks } = statement;
      const rebuilt = rebuiltAlone(statement);
      const [first] = rebuilt;
      if (first === undefined || label.endsWith('CONCURRENTLY')) return [];
      const advice = label.startsWith('REINDEX')
        ? [`${withConcurrently(text)};`]
        : rebuilt.map((index) => `REINDEX INDEX CONCURRENTLY ${index};`);
      const table = locks.find(({ relation }) => relation === first)?.table;
      return [
        {
          relation: table ?? first,
          tells: { read: table === undefined ? [] : [table] },
          message: `rebuilds ${rebuilt.join(', ')} under a lock`,
          advice: inOwnRevision(...advice),
        },
      ];
    },
  },
  {
    id: 'if-not-exists-skipped',
    severity: 'error',
    title: 'IF NOT EXISTS finds something else of that name',
    why: 'Tables, views, sequences, types and indexes of a schema share one space of names, and IF NOT EXISTS asks for no more than the name: the server skips the statement with a notice, there is no such index, and a run stops there. Another index of the same table is taken by its name alone, too.',
    bad: 'CREATE INDEX IF NOT EXISTS orders ON orders (customer_id);',
    good: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer_id);',
    judge: ({ skippedFor, label }) =>
      skippedFor === undefined
        ? []
        : [
            {
              message: `${skippedFor} has that name: the server skips the statement, and a run stops at it`,
              advice: `-- give the index another name in this ${label}; or, if none is needed, write a comment in its place`,
            },
          ],
  },
  {
    id: 'if-not-exists-hides-invalid',
    severity: 'warning',
    title: 'IF NOT EXISTS takes an INVALID index for a good one',
    why: 'A concurrent build that broke off leaves an INVALID index. A run looks at what a CREATE INDEX IF NOT EXISTS of its own finds, and refuses such a leftover; inside a block or a function it sees none, and records what was skipped.',
    bad: 'DO $$ BEGIN CREATE INDEX IF NOT EXISTS orders_customer ON orders (customer_id); END $$;',
    good: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer_id);',
    judge: (statement) =>
      hidesFound(statement)
        ? [
            {
              relation: statement.builds[0]?.table,
              message:
                'an INVALID index of the same name would be taken for the one that it makes, and no run would notice',
              advice:
                '-- as a statement of the file itself: a run looks at what IF NOT EXISTS finds, and refuses an INVALID index',
            },
          ]
        : [],
  },
  {
    id: 'wide-index',
    severity: 'warning',
    title: 'An index is over more than three columns',
    why: 'Behind the first columns the others seldom narrow a search further, and every write and the cache pay for them.',
    bad: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_wide ON orders (kind, customer_id, total, number);',
    good: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_narrow ON orders (kind, customer_id) INCLUDE (total, number);',
    judge: ({ builds }) =>
      builds
        .filter(({ method, unique, keys }) => method === 'btree' && !unique && keys > mostKeys)
        .map((build) => ({
          relation: build.table,
          message: `index ${build.index} is over ${build.keys} columns`,
          advice: inOwnRevision(
            '-- (keep those that narrow a search most; what is only read goes behind INCLUDE)',
            `${concurrently(build)};`,
          ),
        })),
  },
  {
    id: 'concurrent-index-corruption',
    severity: 'error',
    title: 'The server builds corrupt indexes',
    why: 'PostgreSQL 14.0 to 14.3 may leave rows out of an index that is built CONCURRENTLY.',
    bad: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);',
    good: 'CREATE TABLE other (id integer);',
    judge: ({ label, builds }, { version }) =>
      /^(CREATE INDEX|REINDEX .*)\b.*CONCURRENTLY$/.test(label) && /^14\.[0-3]\b/.test(version ?? '')
        ? [
            {
              relation: builds[0]?.table,
              message: `the database runs PostgreSQL ${version}`,
              advice:
                '-- update the server to 14.4 or later first, and check what it has built: amcheck, bt_index_check(index, true)',
            },
          ]
        : [],
  },
];

const mostKeys = 3;

/** CONCURRENTLY knows no CASCADE. */
function takesAlong(statement: MeasuredStatement): boolean {
  return changesOf(statement, 'dropped').some(({ cascaded, type }) => cascaded === true && type !== 'index');
}

/** A run looks at the index of a statement that is a CREATE INDEX; within a block, or in a file that is not parsed, it can see none. */
function hidesFound({ text }: MeasuredStatement): boolean {
  const nodes = parseLoosely(text);
  const isSeen = nodes?.length === 1 && nodes.every((node) => 'IndexStmt' in node);
  return !isSeen && /\bcreate (unique )?index (concurrently )?if not exists\b/.test(wordsSaid(text).join(' '));
}

/** Where it takes the place of another, that one is of use until it is there. */
function buildBeside(statement: MeasuredStatement, build: Build): readonly string[] {
  if (!isReplaced(statement, `index ${build.index}`)) return [`${concurrently(build)};`];
  return [
    `${concurrently(asNamed(build, besideIndex(build.index)))};`,
    `DROP INDEX CONCURRENTLY ${build.index};`,
    `ALTER INDEX ${besideIndex(build.index)} RENAME TO ${quoteIdent(shortName(build.index))};`,
  ];
}

/** The parent's index is INVALID until each partition's is attached. */
function advisePartitionedIndex(
  statement: MeasuredStatement,
  top: PartitionedIndex,
  partitionedIndexes: readonly PartitionedIndex[],
): string {
  const below = partitionedIndexesFrom(top, partitionedIndexes);
  const builds = leavesOf(top, partitionedIndexes).flatMap(({ index }) => buildOf(statement, index) ?? []);
  const isTaken = (index: string) => isReplaced(statement, `index ${index}`);
  const nameOf = (index: string) => (isTaken(index) ? besideIndex(index) : index);
  const attach = below
    .toReversed()
    .flatMap(({ index, parts }) =>
      parts.map((part) => `ALTER INDEX ${nameOf(index)} ATTACH PARTITION ${nameOf(part.index)};`),
    );
  const taken = [...below, ...below.flatMap(({ parts }) => parts)].map(({ index }) => index).filter(isTaken);
  return [
    ...below.map(({ index, definition }) => `${nameIndex(definition, nameOf(index))};`),
    inOwnRevision(...builds.map((build) => `${concurrently(asNamed(build, nameOf(build.index)))};`)),
    '-- then, in the next revision; with the last of them the whole is valid:',
    ...attach,
    ...(isTaken(top.index) ? ['-- then, in one revision:', `DROP INDEX ${top.index};`] : []),
    ...[...new Set(taken)].map(
      (index) => `ALTER INDEX ${besideIndex(index)} RENAME TO ${quoteIdent(shortName(index))};`,
    ),
  ].join('\n');
}

/** Indexes whose tables were not written anew with them. */
function rebuiltAlone({ rewrites, locks }: MeasuredStatement): readonly string[] {
  return rewrites.filter((name) => {
    const table = locks.find(({ relation, kind }) => relation === name && kind === 'index')?.table;
    return table !== undefined && !rewrites.includes(table);
  });
}
