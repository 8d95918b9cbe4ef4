import type { Build, MeasuredStatement } from '../measured.ts';
import { alone, changesOf, type Hit, type Rule, wordLock } from './rule.ts';

export const indexRules: readonly Rule[] = [
  {
    id: 'index-not-concurrent',
    severity: 'error',
    title: 'An index is built while writes wait',
    why: 'CREATE INDEX holds SHARE on the table until the whole index is built: every INSERT, UPDATE and DELETE waits.',
    bad: 'CREATE INDEX orders_customer ON orders (customer_id);',
    good: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);',
    judge: (statement) =>
      isOnPartitioned(statement)
        ? []
        : plainBuilds(statement).map((build) => ({
            relation: build.table,
            message: `builds index ${build.index} under a lock that keeps writes out of ${build.table}`,
            advice: alone(`${concurrently(build)};`),
          })),
  },
  {
    id: 'index-on-partitioned',
    severity: 'error',
    title: 'An index is built on every partition at once',
    why: 'CREATE INDEX on a partitioned table builds one index after the other while writes to all partitions wait, and CONCURRENTLY is refused there.',
    bad: 'CREATE INDEX ON events (kind);',
    good: 'CREATE INDEX events_kind ON ONLY events (kind);',
    judge: (statement) => {
      const builds = isOnPartitioned(statement) ? plainBuilds(statement) : [];
      if (builds.length === 0) return [];
      const parent = statement.changes.find(({ kind, type }) => kind === 'created' && type === 'index');
      return [
        {
          relation: parent?.relation ?? builds[0]!.table,
          message: `builds an index on each of ${builds.length} partition${builds.length === 1 ? '' : 's'} while writes wait`,
          advice: [
            `${onOnly(parent?.to ?? statement.text)};`,
            alone(...builds.map((build) => `${concurrently(build)};`)),
            '-- then, each of them:',
            ...builds.map(({ index }) => `ALTER INDEX ${nameIn(parent?.object)} ATTACH PARTITION ${index};`),
          ].join('\n'),
        },
      ];
    },
  },
  {
    id: 'drop-index-not-concurrent',
    severity: 'warning',
    title: 'An index is dropped under ACCESS EXCLUSIVE',
    why: 'DROP INDEX is short, but it waits for every query on the table, and everybody else waits behind it.',
    bad: 'DROP INDEX orders_customer;',
    good: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY orders_customer;',
    judge: (statement) =>
      statement.label !== 'DROP INDEX'
        ? []
        : changesOf(statement, 'dropped', 'index')
            .filter(({ cascaded }) => cascaded === undefined)
            .flatMap(({ object, relation }): readonly Hit[] => {
              const lock = statement.locks.find((one) => one.relation === relation && one.mode === 'ACCESS EXCLUSIVE');
              if (lock === undefined || lock.kind === 'partitioned table') return [];
              const advice = alone(`DROP INDEX CONCURRENTLY ${nameIn(object)};`);
              return [{ relation: lock.relation, message: `takes ${wordLock(lock)}`, advice }];
            }),
  },
  {
    id: 'reindex-not-concurrent',
    severity: 'error',
    title: 'An index is rebuilt while writes wait',
    why: 'REINDEX keeps writes out of the table, and every query that would use the index, until it is built.',
    bad: 'REINDEX TABLE orders;',
    good: '-- updown: no-transaction\nREINDEX TABLE CONCURRENTLY orders;',
    judge: ({ label, text, rewrites }) =>
      !label.startsWith('REINDEX') || label.endsWith('CONCURRENTLY') || rewrites.length === 0
        ? []
        : [
            {
              ...(rewrites[0] !== undefined && { relation: rewrites[0] }),
              message: `rebuilds ${rewrites.join(', ')} under a lock`,
              advice: alone(`${text.replace(/^(REINDEX\s+(?:\([^)]*\)\s*)?\w+)/i, '$1 CONCURRENTLY')};`),
            },
          ],
  },
  {
    id: 'if-not-exists-hides-invalid',
    severity: 'warning',
    title: 'IF NOT EXISTS takes an INVALID index for a good one',
    why: 'A concurrent build that breaks off leaves an INVALID index; with IF NOT EXISTS the next try finds it, does nothing, and is recorded as applied.',
    bad: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer_id);',
    good: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);',
    judge: ({ label, text, builds }) =>
      label !== 'CREATE INDEX CONCURRENTLY' || !/\bIF\s+NOT\s+EXISTS\b/i.test(text)
        ? []
        : [
            {
              ...(builds[0] && { relation: builds[0].table }),
              message: 'an INVALID leftover of the same name would be taken for the index',
              advice: alone(`${text.replace(/\s+IF\s+NOT\s+EXISTS/i, '')};`),
            },
          ],
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
          advice: alone(
            '-- keep those that narrow a search most; what is only read goes behind INCLUDE:',
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
              ...(builds[0] && { relation: builds[0].table }),
              message: `the database runs PostgreSQL ${version}`,
              advice:
                '-- update the server to 14.4 or later first, and check what it has built: amcheck, bt_index_check(index, true)',
            },
          ]
        : [],
  },
];

const mostKeys = 3;

/** Those of CREATE INDEX; a constraint's own have rules of their own. */
function plainBuilds({ builds, changes }: MeasuredStatement): readonly Build[] {
  const isConstraint = changes.some(({ kind, type }) => type === 'constraint' && kind === 'created');
  const isNew = changes.some(({ kind, type }) => type === 'index' && kind === 'created');
  return isConstraint || !isNew ? [] : builds.filter((build) => !build.concurrently);
}

function isOnPartitioned({ locks }: MeasuredStatement): boolean {
  return locks.some(({ kind }) => kind === 'partitioned table');
}

export function concurrently({ definition, index, table }: Build): string {
  return (definition ?? `CREATE INDEX ${index} ON ${table} (…)`).replace(
    /^CREATE (UNIQUE )?INDEX/,
    'CREATE $1INDEX CONCURRENTLY',
  );
}

function onOnly(text: string): string {
  return /\bON\s+ONLY\b/i.test(text) ? text : text.replace(/\bON\s+/i, 'ON ONLY ');
}

function nameIn(object = ''): string {
  return object.replace(/^index /, '');
}
