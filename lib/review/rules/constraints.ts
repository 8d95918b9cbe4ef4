import { quoteIdent } from '../../sql/quote.ts';
import type { Change, ConstraintFacts, MeasuredStatement } from '../measured.ts';
import { concurrently } from './indexes.ts';
import { alone, blockOn, changesOf, type Hit, type Rule, shortName, waitShortly, wordLock } from './rule.ts';

export const constraintRules: readonly Rule[] = [
  {
    id: 'unique-builds-index',
    severity: 'error',
    title: 'A UNIQUE constraint builds its index under ACCESS EXCLUSIVE',
    why: 'Neither reads nor writes get through while the index behind the constraint is built.',
    bad: 'ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE (number);',
    good: 'ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE USING INDEX orders_code;',
    judge: (statement) => builtBehind(statement, 'unique'),
  },
  {
    id: 'primary-key-builds-index',
    severity: 'error',
    title: 'A primary key builds its index under ACCESS EXCLUSIVE',
    why: 'Neither reads nor writes get through while the index is built, and the columns are read once more where they may be null.',
    bad: 'ALTER TABLE logs ADD PRIMARY KEY (id);',
    good: 'CREATE TABLE other (id integer PRIMARY KEY);',
    judge: (statement) => builtBehind(statement, 'primary key'),
  },
  {
    id: 'primary-key-scans',
    severity: 'error',
    title: 'A primary key USING INDEX reads the whole table',
    why: 'It sets its columns NOT NULL in silence, and proves that by reading the table under ACCESS EXCLUSIVE.',
    bad: 'ALTER TABLE keyed ADD CONSTRAINT keyed_key PRIMARY KEY USING INDEX keyed_code;',
    good: 'ALTER TABLE keyed ADD CONSTRAINT keyed_key UNIQUE USING INDEX keyed_code;',
    judge: (statement) =>
      made(statement, 'primary key')
        .filter(
          ({ relation }) => buildsOn(statement, relation).length === 0 && statement.scans.includes(relation ?? ''),
        )
        .map(({ relation, constraint }) => ({
          relation: relation!,
          message: `reads all of ${relation} to prove that ${constraint!.columns.join(', ')} is not null`,
          advice: `${proveNotNull(relation!, constraint!.columns)}\n-- then:\n${statement.text};`,
        })),
  },
  {
    id: 'exclude-builds-index',
    severity: 'error',
    title: 'An EXCLUDE constraint builds and checks its index under ACCESS EXCLUSIVE',
    why: 'There is no NOT VALID and no USING INDEX for it: neither reads nor writes get through until it is done.',
    bad: 'ALTER TABLE rooms ADD EXCLUDE USING btree (id WITH =);',
    good: 'CREATE TABLE other (id integer, EXCLUDE USING btree (id WITH =));',
    judge: (statement) =>
      made(statement, 'exclude').map(({ relation }) => ({
        relation: relation!,
        message: `builds and checks an index while ${relation} is closed`,
        advice: `-- there is no way without a window; or, without one: a new table with the constraint,\n-- filled by a trigger and in batches, and then, in one short transaction:\nALTER TABLE ${relation} RENAME TO ${quoteIdent(`${shortName(relation!)}_old`)};\nALTER TABLE ${quoteIdent(`${shortName(relation!)}_new`)} RENAME TO ${quoteIdent(shortName(relation!))};`,
      })),
  },
  {
    id: 'foreign-key-validated',
    severity: 'error',
    title: 'A foreign key is checked while writes to both tables wait',
    why: 'ADD FOREIGN KEY holds SHARE ROW EXCLUSIVE on both tables while it looks up every row.',
    bad: 'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id);',
    good: 'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;',
    judge: (statement) => checkedAtOnce(statement, 'foreign key'),
  },
  {
    id: 'reference-locks-parent',
    severity: 'warning',
    title: 'A new reference keeps writes out of the table it points to',
    why: 'The trigger that a foreign key puts on the referenced table takes SHARE ROW EXCLUSIVE there: short, but writers queue behind it.',
    bad: 'CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer REFERENCES customers (id));',
    good: 'CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer);',
    judge: (statement) => {
      if (
        made(statement, 'foreign key').some(
          ({ relation }) => statement.scans.includes(relation ?? '') || !isColumnMade(statement),
        )
      )
        return [];
      const altered = new Set(statement.changes.map(({ relation }) => relation));
      return statement.locks
        .filter(
          ({ mode, relation, since }) =>
            mode === 'SHARE ROW EXCLUSIVE' && since === statement.number && !altered.has(relation),
        )
        .map((lock) => ({ relation: lock.relation, message: `takes ${wordLock(lock)}`, advice: waitShortly }));
    },
  },
  {
    id: 'check-validated',
    severity: 'error',
    title: 'A CHECK is proven while the table is closed',
    why: 'ADD CHECK reads every row under ACCESS EXCLUSIVE, also where it comes with a new column.',
    bad: 'ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total > 0);',
    good: 'ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total > 0) NOT VALID;',
    judge: (statement) => checkedAtOnce(statement, 'check'),
  },
  {
    id: 'validate-in-same-transaction',
    severity: 'error',
    title: 'VALIDATE runs under the lock of what stands before it',
    why: 'VALIDATE itself lets reads and writes through, but the lock of ADD CONSTRAINT is held to the end of the same transaction, and so during the whole scan.',
    bad: 'ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total > 0) NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT orders_total;',
    good: 'ALTER TABLE orders VALIDATE CONSTRAINT orders_open;',
    judge: (statement) =>
      changesOf(statement, 'validated', 'constraint').flatMap(({ relation }): readonly Hit[] => {
        const lock = blockOn(statement, relation);
        if (lock === undefined || lock.since === statement.number) return [];
        const message = `reads ${relation} while ${lock.mode} is held on it since statement ${lock.since}`;
        return [{ relation: lock.relation, message, advice: `-- in a revision of its own:\n${statement.text};` }];
      }),
  },
  {
    id: 'not-null-scans',
    severity: 'error',
    title: 'SET NOT NULL reads the whole table while it is closed',
    why: 'It proves that no row is null under ACCESS EXCLUSIVE, unless a valid CHECK has proven that before.',
    bad: 'ALTER TABLE orders ALTER COLUMN note SET NOT NULL;',
    good: 'ALTER TABLE proven ALTER COLUMN id SET NOT NULL;',
    judge: (statement) =>
      changesOf(statement, 'not-null', 'column')
        .filter(({ relation }) => statement.scans.includes(relation!) && made(statement, 'primary key').length === 0)
        .map(({ relation, column }) => ({
          relation: relation!,
          message: `reads all of ${relation} under a lock that keeps everybody out`,
          advice: `${proveNotNull(relation!, [column!.name])}\n-- then it costs nothing:\n${statement.text};`,
        })),
  },
  {
    id: 'foreign-key-without-index',
    severity: 'warning',
    title: 'A foreign key has no index behind it',
    why: 'Each DELETE and each change of a key in the referenced table reads the whole referring table.',
    bad: 'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;',
    good: 'ALTER TABLE lines ADD CONSTRAINT lines_order FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;',
    judge: ({ unindexed }) =>
      unindexed.map(({ relation, columns, fresh }) => {
        const over = `ON ${relation} (${columns.map(quoteIdent).join(', ')});`;
        return {
          relation,
          message: `no index of ${relation} begins with ${columns.join(', ')}`,
          advice: fresh
            ? `-- in this revision, where the table is new:\nCREATE INDEX ${over}`
            : alone(`CREATE INDEX CONCURRENTLY ${over}`),
        };
      }),
  },
  {
    id: 'domain-validated',
    severity: 'error',
    title: 'A domain is checked in every table that uses it',
    why: 'ALTER DOMAIN takes SHARE on each of these tables and reads it, while writes wait.',
    bad: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100000);',
    good: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100000) NOT VALID;',
    judge: ({ label, scans, text }) => {
      if (label !== 'ALTER DOMAIN' || scans.length === 0) return [];
      const [, domain = '…'] = /ALTER\s+DOMAIN\s+(\S+)/i.exec(text) ?? [];
      const [, name] = /ADD\s+CONSTRAINT\s+(\S+)/i.exec(text) ?? [];
      const added =
        name === undefined
          ? `ALTER DOMAIN ${domain} ADD CONSTRAINT checked CHECK (VALUE IS NOT NULL) NOT VALID;`
          : `${text} NOT VALID;`;
      return [
        {
          relation: scans[0]!,
          message: `reads ${scans.join(', ')} while writes wait`,
          advice: `${added}\n-- in a revision of its own:\nALTER DOMAIN ${domain} VALIDATE CONSTRAINT ${name ?? 'checked'};`,
        },
      ];
    },
  },
];

function made(statement: MeasuredStatement, kind: ConstraintFacts['kind']): readonly Change[] {
  return changesOf(statement, 'created', 'constraint').filter(
    ({ constraint, relation }) => constraint?.kind === kind && relation !== undefined,
  );
}

function isColumnMade(statement: MeasuredStatement): boolean {
  return changesOf(statement, 'created', 'column').length > 0;
}

function buildsOn({ builds }: MeasuredStatement, relation: string | undefined): MeasuredStatement['builds'] {
  return builds.filter(({ table, concurrently: slowly }) => table === relation && !slowly);
}

function builtBehind(statement: MeasuredStatement, kind: 'unique' | 'primary key'): readonly Hit[] {
  return made(statement, kind).flatMap(({ relation, constraint }): readonly Hit[] => {
    const builds = statement.builds.filter(({ concurrently: slowly }) => !slowly);
    const build = builds.find(({ table }) => table === relation) ?? builds[0];
    if (build === undefined) return [];
    const { name, columns } = constraint!;
    const added = changesOf(statement, 'created', 'column').find((column) => column.relation === relation);
    const first =
      added === undefined
        ? []
        : [`ALTER TABLE ${relation} ADD COLUMN ${quoteIdent(added.column!.name)} ${added.column!.type};`];
    const last = `ALTER TABLE ${relation} ADD CONSTRAINT ${quoteIdent(name)} ${kind.toUpperCase()} USING INDEX ${quoteIdent(shortName(build.index))};`;
    const proof = kind === 'primary key' ? [`${proveNotNull(relation!, columns)}`] : [];
    return [
      {
        relation: relation!,
        message: `builds ${build.index} while ${relation} is closed to reads and writes`,
        advice: [...first, alone(`${concurrently(build)};`), ...proof, '-- then, in the next revision:', last].join(
          '\n',
        ),
      },
    ];
  });
}

function checkedAtOnce(statement: MeasuredStatement, kind: 'check' | 'foreign key'): readonly Hit[] {
  return made(statement, kind)
    .filter(({ constraint, relation }) => constraint!.validated && statement.scans.includes(relation!))
    .map(({ relation, constraint, to }) => {
      const lock = blockOn(statement, relation);
      const name = quoteIdent(constraint!.name);
      const [column] = changesOf(statement, 'created', 'column').filter((one) => one.relation === relation);
      const first =
        column === undefined
          ? []
          : [`ALTER TABLE ${relation} ADD COLUMN ${quoteIdent(column.column!.name)} ${column.to};`];
      return {
        relation: relation!,
        message: `reads all of ${relation}${lock === undefined ? '' : ` under ${lock.mode}`}${kind === 'foreign key' ? `, and ${constraint!.references} under the same` : ''}`,
        advice: [
          ...first,
          `ALTER TABLE ${relation} ADD CONSTRAINT ${name} ${to ?? kind.toUpperCase()} NOT VALID;`,
          '-- in a revision of its own, so that the lock is not held:',
          `ALTER TABLE ${relation} VALIDATE CONSTRAINT ${name};`,
        ].join('\n'),
      };
    });
}

/** What lets SET NOT NULL, and a primary key, believe without reading. */
function proveNotNull(relation: string, columns: readonly string[]): string {
  const name = quoteIdent(`${shortName(relation)}_${columns[0]}_not_null`.slice(0, 63));
  const test = columns.map((column) => `${quoteIdent(column)} IS NOT NULL`).join(' AND ');
  return [
    `ALTER TABLE ${relation} ADD CONSTRAINT ${name} CHECK (${test}) NOT VALID;`,
    '-- in a revision of its own:',
    `ALTER TABLE ${relation} VALIDATE CONSTRAINT ${name};`,
  ].join('\n');
}
