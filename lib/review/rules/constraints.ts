import { quoteIdent } from '../../sql/quote.ts';
import type { Change, ConstraintFacts } from '../change.ts';
import type { Build } from '../effects.ts';
import type { MeasuredStatement, UnindexedKey } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { attachWay, builtKeys, checkedKeys, newPartitionsOf } from './attach.ts';
import { asNamed, besideIndex, concurrently, useIndex } from './builds.ts';
import { addColumn, counterOf } from './column.ts';
import { noteLeftOut } from './left-out.ts';
import { dropProof, freeName, nameAfter, proveLater, proveNotNull, setNotNull } from './not-null.ts';
import {
  blockOn,
  changesOf,
  type Hit,
  inOwnRevision,
  inWindow,
  isReplaced,
  type Rule,
  shortName,
  waitShortly,
  wordLock,
} from './rule.ts';
import { buildOf, isOnly, leavesOf, partitionsOf, readsOf, topColumns, topsOf } from './tree.ts';

export const constraintRules: readonly Rule[] = [
  {
    id: 'unique-builds-index',
    severity: 'error',
    title: 'A UNIQUE constraint builds its index under ACCESS EXCLUSIVE',
    why: 'Neither reads nor writes get through while the index behind the constraint is built.',
    bad: 'ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE (number);',
    good: 'ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE USING INDEX orders_code;',
    judge: (statement) => [...builtBehind(statement, 'unique'), ...builtToAttach(statement, 'unique')],
  },
  {
    id: 'primary-key-builds-index',
    severity: 'error',
    title: 'A primary key builds its index under ACCESS EXCLUSIVE',
    why: 'Neither reads nor writes get through while the index is built, and the columns are read once more where they may be null.',
    bad: 'ALTER TABLE logs ADD PRIMARY KEY (id);',
    good: 'CREATE TABLE other (id integer PRIMARY KEY);',
    judge: (statement) => [...builtBehind(statement, 'primary key'), ...builtToAttach(statement, 'primary key')],
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
          tells: { read: [relation!] },
          message: `reads all of ${relation} to prove that ${constraint!.columns.join(', ')} is not null`,
          advice: [
            ...proveNotNull(statement, relation!, constraint!.columns),
            '-- then it reads nothing:',
            `${statement.text};`,
            dropProof(statement, relation!, constraint!.columns),
          ].join('\n'),
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
        tells: { read: [relation!] },
        message: `builds and checks an index while ${relation} is closed`,
        advice: inWindow(`nobody reads or writes ${relation} until the index is built and checked`),
      })),
  },
  {
    id: 'foreign-key-validated',
    severity: 'error',
    title: 'A foreign key is checked while writes to both tables wait',
    why: 'ADD FOREIGN KEY holds SHARE ROW EXCLUSIVE on both tables while it looks up every row.',
    bad: 'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id);',
    good: 'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;',
    judge: (statement) => [...checkedAtOnce(statement, 'foreign key'), ...checkedToAttach(statement)],
  },
  {
    id: 'reference-locks-parent',
    severity: 'warning',
    title: 'A new reference keeps writes out of the table it points to',
    why: 'The trigger that a foreign key puts on the referenced table takes SHARE ROW EXCLUSIVE there: short, but writers queue behind it.',
    bad: 'CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer REFERENCES customers (id));',
    good: 'CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer);',
    judge: (statement) => {
      const targets = statement.adviceFacts?.references ?? [];
      // What is said of the key itself tells of both tables.
      const isTold = made(statement, 'foreign key').some(
        ({ relation }) => readsOf(statement, relation!).length > 0 || !isColumnMade(statement),
      );
      return statement.locks
        .filter(
          ({ mode, relation, since }) =>
            mode === 'SHARE ROW EXCLUSIVE' && since === statement.number && targets.includes(relation) && !isTold,
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
        const tells = { read: [lock.relation] };
        return [
          { relation: lock.relation, tells, message, advice: `-- in a revision of its own:\n${statement.text};` },
        ];
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
      topColumns(statement, [...changesOf(statement, 'not-null', 'column'), ...filledAndClosed(statement)]).flatMap(
        (change): readonly Hit[] => {
          const relation = change.relation!;
          const reads = readsOf(statement, relation);
          if (reads.length === 0 || made(statement, 'primary key').length > 0) return [];
          return [
            {
              relation,
              tells: { read: reads },
              message: `reads all of ${reads.join(', ')} under a lock that keeps everybody out`,
              advice:
                change.kind === 'created'
                  ? ['-- with the column itself, where its default proves it:', ...addColumn(statement, change)].join(
                      '\n',
                    )
                  : setNotNull(statement, relation, change.column!.name, isOnly(statement, relation)).join('\n'),
            },
          ];
        },
      ),
  },
  {
    id: 'foreign-key-without-index',
    severity: 'warning',
    title: 'A foreign key has no index behind it',
    why: 'Each DELETE and each change of a key in the referenced table reads the whole referring table.',
    bad: 'ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;',
    good: 'ALTER TABLE lines ADD CONSTRAINT lines_order FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;',
    judge: (statement) =>
      statement.unindexed.map((key) => ({
        relation: key.relation,
        message: `no index of ${key.relation} begins with ${key.columns.join(', ')}`,
        advice: indexKey(statement, key),
      })),
  },
  {
    id: 'foreign-key-off',
    severity: 'error',
    title: 'A foreign key is switched off',
    why: 'DISABLE TRIGGER ALL stops the triggers of foreign keys as well: what is written meanwhile is never checked, and the key counts as valid all the same.',
    bad: 'ALTER TABLE lines DISABLE TRIGGER ALL;',
    good: 'ALTER TABLE lines DISABLE TRIGGER USER;',
    judge: (statement) =>
      changesOf(statement, 'trigger', 'constraint')
        .filter(({ constraint, to }) => constraint?.kind === 'foreign key' && to !== 'enabled')
        .map(({ object, relation }) => ({
          relation: relation!,
          message: `${object} is no longer checked`,
          advice: keepKeysOn(statement, relation!),
        })),
  },
  {
    id: 'domain-validated',
    severity: 'error',
    title: 'A domain is checked in every table that uses it',
    why: 'ALTER DOMAIN takes SHARE on each of these tables and reads it, while writes wait.',
    bad: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100000);',
    good: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100000) NOT VALID;',
    judge: (statement) => {
      const { scans } = statement;
      const [first] = scans;
      if (first === undefined) return [];
      const relation = first;
      const message = `reads ${scans.join(', ')} while writes wait`;
      return domainWays(statement).map((advice) => ({ relation, tells: { read: scans }, message, advice }));
    },
  },
  {
    id: 'domain-validate-waits',
    severity: 'warning',
    title: "Validating a domain's constraint keeps writes out of every table that uses it",
    why: "VALIDATE of a table's constraint lets writes through; that of a domain's takes SHARE on each table, to the end of the transaction.",
    bad: 'ALTER DOMAIN counted VALIDATE CONSTRAINT counted_few;',
    good: 'ALTER DOMAIN counted DROP CONSTRAINT counted_few;',
    judge: (statement) => {
      const [relation] = statement.scans;
      if (relation === undefined) return [];
      return changesOf(statement, 'validated', 'constraint').flatMap((change): readonly Hit[] => {
        const domain = domainOf(change);
        if (domain === undefined) return [];
        const message = `reads ${statement.scans.join(', ')} while writes wait`;
        const advice = [
          '-- it may stay NOT VALID: what is written from now on is held against it all the same;',
          `-- else alone in its revision, at a quiet hour (${statement.scans.map((table) => `SHARE on ${table}`).join(', ')}):`,
          `ALTER DOMAIN ${domain} VALIDATE CONSTRAINT ${quoteIdent(change.constraint!.name)};`,
        ];
        return [{ relation, tells: { read: statement.scans }, message, advice: advice.join('\n') }];
      });
    },
  },
];

function domainOf({ object, relation, constraint }: Change): string | undefined {
  const start = `constraint ${quoteIdent(constraint!.name)} on domain `;
  return relation === undefined && object.startsWith(start) ? object.slice(start.length) : undefined;
}

function made(statement: MeasuredStatement, kind: ConstraintFacts['kind']): readonly Change[] {
  return changesOf(statement, 'created', 'constraint').filter(
    ({ constraint, relation }) => constraint?.kind === kind && relation !== undefined,
  );
}

function isColumnMade(statement: MeasuredStatement): boolean {
  return changesOf(statement, 'created', 'column').length > 0;
}

/** A column that is made and closed in two strokes is read for the second, unless something else has it read. */
function filledAndClosed(statement: MeasuredStatement): readonly Change[] {
  const others = ['check', 'foreign key', 'unique', 'exclude'] as const;
  if (others.some((kind) => made(statement, kind).length > 0)) return [];
  return changesOf(statement, 'created', 'column').filter(
    ({ relation, column }) => column!.notNull && column!.fills && !statement.rewrites.includes(relation!),
  );
}

function buildsOn({ builds }: MeasuredStatement, relation: string | undefined): MeasuredStatement['builds'] {
  return builds.filter(({ table, concurrently: slowly }) => table === relation && !slowly);
}

function builtBehind(statement: MeasuredStatement, kind: 'unique' | 'primary key'): readonly Hit[] {
  return made(statement, kind).flatMap((change): readonly Hit[] => {
    const partitionedIndex = statement.adviceFacts?.partitionedIndexes.find(
      ({ index }) => index === change.constraint!.index,
    );
    const leaves =
      partitionedIndex === undefined ? [] : leavesOf(partitionedIndex, statement.adviceFacts!.partitionedIndexes);
    const names = partitionedIndex === undefined ? [change.constraint!.index] : leaves.map(({ index }) => index);
    const builds = names.flatMap((name) => buildOf(statement, name) ?? []);
    if (builds.length === 0) return [];
    const relation = change.relation!;
    return [
      {
        relation,
        tells: { read: [relation] },
        message: `builds ${builds.map(({ index }) => index).join(', ')} while ${relation} is closed to reads and writes`,
        advice: [
          ...noteLeftOut(statement, relation, change.constraint!.columns, change),
          ...(partitionedIndex === undefined
            ? keyWay(statement, change, builds[0]!)
            : partedKeyWay(statement, change, builds)),
        ].join('\n'),
      },
    ];
  });
}

function builtToAttach(statement: MeasuredStatement, kind: 'unique' | 'primary key'): readonly Hit[] {
  return newPartitionsOf(statement).flatMap((part): readonly Hit[] => {
    const { relation } = part;
    const built = builtKeys(statement, part).filter(({ key }) => key.kind === kind);
    if (built.length === 0) return [];
    const names = built.map(({ build }) => build.index).join(', ');
    const tells = { read: [relation] };
    return [
      { relation, tells, message: `builds ${names} while ${relation} is closed`, advice: attachWay(statement, part) },
    ];
  });
}

function checkedToAttach(statement: MeasuredStatement): readonly Hit[] {
  return newPartitionsOf(statement).flatMap((part): readonly Hit[] => {
    const { relation } = part;
    const made = checkedKeys(statement, part);
    if (made.length === 0) return [];
    const reads = readsOf(statement, relation).join(', ');
    const targets = [...new Set(made.map(({ references = '' }) => references))].join(', ');
    return [
      {
        relation,
        tells: { read: [relation, ...made.flatMap(({ references }) => references ?? [])] },
        message: `reads all of ${reads} for its new foreign keys, and looks each row up in ${targets}`,
        advice: attachWay(statement, part),
      },
    ];
  });
}

/** The index first, beside normal work. What is not NOT NULL yet is proven, or a primary key would read it all. */
function keyWay(statement: MeasuredStatement, change: Change, build: Build): readonly string[] {
  const { relation, constraint, to = '' } = change;
  const { name, kind, columns } = constraint!;
  const opened = kind === 'primary key' ? nullsIn(statement, relation!, columns) : [];
  const named = beside(statement, change, build);
  return [
    ...addFirst(statement, relation!, columns, kind === 'primary key'),
    inOwnRevision(`${concurrently(named)};`),
    ...(opened.length === 0 ? [] : ['-- then:', ...proveNotNull(statement, relation!, opened)]),
    '-- then, in one revision:',
    ...dropReplaced(statement, change),
    useIndex(relation!, name, kind, named.index, to),
    ...(opened.length === 0 ? [] : [dropProof(statement, relation!, opened)]),
  ];
}

/** USING INDEX is refused for a partitioned table; but it takes over what its partitions have. */
function partedKeyWay(statement: MeasuredStatement, change: Change, builds: readonly Build[]): readonly string[] {
  const { relation, constraint, to = '' } = change;
  const { name, kind, columns } = constraint!;
  const opened = kind === 'primary key' ? nullsIn(statement, relation!, columns) : [];
  const proofs = opened.length === 0 ? [] : ['-- then:', ...proveNotNull(statement, relation!, opened)];
  return [
    ...addFirst(statement, relation!, columns, kind === 'primary key'),
    inOwnRevision(...builds.map((build) => `${concurrently(beside(statement, change, build))};`)),
    ...proofs,
    '-- then, in one revision:',
    ...dropReplaced(statement, change),
    ...builds.map((build) =>
      useIndex(build.table, shortName(build.index), kind, beside(statement, change, build).index, to),
    ),
    '-- and, which takes these over and builds nothing:',
    `ALTER TABLE ${relation} ADD CONSTRAINT ${quoteIdent(name)} ${to};`,
    ...(opened.length === 0 ? [] : [dropProof(statement, relation!, opened)]),
  ];
}

/** The index of the constraint that it takes the place of still has the name. */
function beside(statement: MeasuredStatement, { object }: Change, build: Build): Build {
  return isReplaced(statement, object) ? asNamed(build, besideIndex(build.index)) : build;
}

function dropReplaced(statement: MeasuredStatement, { object, relation, constraint }: Change): readonly string[] {
  return isReplaced(statement, object)
    ? [`ALTER TABLE ${relation} DROP CONSTRAINT ${quoteIdent(constraint!.name)};`]
    : [];
}

function nullsIn(statement: MeasuredStatement, relation: string, columns: readonly string[]): readonly string[] {
  // What comes as an identity is closed for that.
  const fresh = changesOf(statement, 'created', 'column').filter(
    ({ column }) => counterOf(statement, relation, column!.name) === undefined,
  );
  const closed = [...changesOf(statement, 'not-null', 'column'), ...fresh].filter(
    (change) => change.relation === relation,
  );
  return columns.filter((name) => closed.some(({ column }) => column?.name === name));
}

/** The columns that come with a constraint, without it. */
function addFirst(
  statement: MeasuredStatement,
  relation: string,
  columns: readonly string[],
  opened = false,
): readonly string[] {
  return changesOf(statement, 'created', 'column')
    .filter((change) => change.relation === relation && columns.includes(change.column!.name))
    .flatMap((change) => addColumn(statement, change, opened));
}

function checkedAtOnce(statement: MeasuredStatement, kind: 'check' | 'foreign key'): readonly Hit[] {
  const checked = made(statement, kind).filter(({ constraint }) => constraint!.validated);
  // Children inherit a CHECK: one finding tells of all.
  const isTop = ({ relation, constraint }: Change) =>
    topsOf(
      statement,
      checked.flatMap((one) => (one.constraint!.name === constraint!.name ? [one.relation!] : [])),
    ).includes(relation!);
  return checked.filter(isTop).flatMap((change): readonly Hit[] => {
    const relation = change.relation!;
    const reads = readsOf(statement, relation);
    if (reads.length === 0) return [];
    const lock = blockOn(statement, relation);
    return [
      {
        relation,
        tells: { read: [relation, ...(change.constraint!.references ? [change.constraint!.references] : [])] },
        message: `reads all of ${reads.join(', ')}${lock === undefined ? '' : ` under ${lock.mode}`}${wordTarget(statement, change)}`,
        advice: [
          ...noteLeftOut(statement, relation, change.constraint!.columns, change),
          ...checkWay(statement, change),
        ].join('\n'),
      },
    ];
  });
}

/** The rows of a foreign key are looked up in another table, under a lock of its own. */
function wordTarget(statement: MeasuredStatement, { relation, constraint }: Change): string {
  const { kind, references } = constraint!;
  if (kind !== 'foreign key' || references === undefined || references === relation) return '';
  const lock = blockOn(statement, references);
  return `, and looks each row up in ${references}${lock === undefined ? '' : ` under ${lock.mode}`}`;
}

function checkWay(statement: MeasuredStatement, change: Change): readonly string[] {
  const { object, relation, constraint, to = '' } = change;
  const name = quoteIdent(constraint!.name);
  const isTaken = isReplaced(statement, object);
  const fresh = isTaken ? nameAfter(name, 'new') : name;
  const first = addFirst(statement, relation!, constraint!.columns);
  const parts = constraint!.kind === 'foreign key' ? partitionsOf(statement, relation!) : [];
  const rename = [relation!, ...parts].map((table) => `ALTER TABLE ${table} RENAME CONSTRAINT ${fresh} TO ${name};`);
  const replace = isTaken
    ? ['-- then, in one revision, in the place of the old one:', ...dropReplaced(statement, change), ...rename]
    : [];
  if (parts.length === 0) return [...first, ...proveLater(relation!, fresh, to), ...replace];
  // Up to PostgreSQL 17 NOT VALID is refused for a foreign key of a partitioned table.
  return [
    ...first,
    ...parts.map((part) => `ALTER TABLE ${part} ADD CONSTRAINT ${fresh} ${to} NOT VALID;`),
    '-- in a revision of its own, so that the lock is not held:',
    ...parts.map((part) => `ALTER TABLE ${part} VALIDATE CONSTRAINT ${fresh};`),
    '-- then, which takes these over and reads nothing:',
    `ALTER TABLE ${relation} ADD CONSTRAINT ${fresh} ${to};`,
    ...replace,
  ];
}

/** DISABLE TRIGGER ALL with the triggers of foreign keys left out; one that names such a trigger has no better form. */
function keepKeysOn({ text }: MeasuredStatement, relation: string): string {
  const nodes = parseLoosely(text) ?? [];
  const all = nodes.some(
    (node) =>
      'AlterTableStmt' in node &&
      (node.AlterTableStmt.cmds ?? []).some(
        (command) => 'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_DisableTrigAll',
      ),
  );
  return all
    ? `-- the triggers of your own alone:\nALTER TABLE ${relation} DISABLE TRIGGER USER;`
    : '-- leave it on: what is written without it can only be proven by adding the key anew, NOT VALID, and VALIDATE';
}

function indexKey(statement: MeasuredStatement, { relation, columns, fresh }: UnindexedKey): string {
  const keys = columns.map(quoteIdent).join(', ');
  if (fresh) return `-- in this revision, where the table is new:\nCREATE INDEX ON ${relation} (${keys});`;
  const parts = partitionsOf(statement, relation);
  if (parts.length === 0) return inOwnRevision(`CREATE INDEX CONCURRENTLY ON ${relation} (${keys});`);
  return [
    inOwnRevision(
      '-- (it is refused for the partitioned table)',
      ...parts.map((part) => `CREATE INDEX CONCURRENTLY ON ${part} (${keys});`),
    ),
    '-- then, which takes these over and builds nothing:',
    `CREATE INDEX ON ${relation} (${keys});`,
  ].join('\n');
}

/** For each constraint that a domain has got. */
function domainWays(statement: MeasuredStatement): readonly string[] {
  const added = changesOf(statement, 'created', 'constraint').flatMap((change) => {
    const { constraint, to } = change;
    const domain = domainOf(change);
    return domain === undefined || constraint?.validated !== true
      ? []
      : [domainWay(statement, domain, quoteIdent(constraint.name), to ?? '')];
  });
  const closed = changesOf(statement, 'not-null', 'domain').map(({ object }) => {
    const domain = object.slice('domain '.length);
    const way = domainWay(statement, domain, freeName(statement, domain, 'not_null'), 'CHECK (VALUE IS NOT NULL)');
    return `-- a CHECK asks the same; SET NOT NULL itself can only read at once:\n${way}`;
  });
  return [...added, ...closed];
}

function domainWay({ scans }: MeasuredStatement, domain: string, name: string, definition: string): string {
  return [
    `ALTER DOMAIN ${domain} ADD CONSTRAINT ${name} ${definition} NOT VALID;`,
    `-- in a revision of its own; writes wait while it reads, and so it is for a quiet hour (${scans.map((table) => `SHARE on ${table}`).join(', ')}):`,
    `ALTER DOMAIN ${domain} VALIDATE CONSTRAINT ${name};`,
  ].join('\n');
}
