import { quoteIdent } from '../../sql/quote.ts';
import { plural } from '../../words.ts';
import type { ColumnDependent } from '../advice-facts.ts';
import type { Change } from '../change.ts';
import type { Build } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { fillLater } from './column.ts';
import { noteLeftOut } from './left-out.ts';
import { changesOf, type Hit, inOwnRevision, inWindow, type Rule, schemaOf, shortName } from './rule.ts';
import { retype } from './swap.ts';
import { familyOf, topColumns } from './tree.ts';
import { markOf, vacuumPlainly } from './vacuum.ts';

export const rewriteRules: readonly Rule[] = [
  {
    id: 'type-rewrites',
    severity: 'error',
    title: 'A change of type writes the whole table anew',
    why: 'Every row and every index is written while nobody can read or write; tables that refer to the column are read as well.',
    bad: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;',
    good: 'ALTER TABLE orders ALTER COLUMN note TYPE varchar;',
    judge: (statement) =>
      topColumns(statement, changesOf(statement, 'type', 'column'))
        .filter((change) => rewritesOf(statement, change.relation!).length > 0)
        .map((change) => {
          const others = statement.scans.filter((name) => !statement.rewrites.includes(name));
          const reach = others.length === 0 ? '' : `, and reads ${others.join(', ')}`;
          const written = rewritesOf(statement, change.relation!).join(', ');
          return {
            relation: change.relation!,
            tells: { rewritten: rewritesOf(statement, change.relation!), read: others },
            message: `writes ${written} anew for ${change.from} to ${change.to}${reach}`,
            advice: retype(statement, change),
          };
        }),
  },
  {
    id: 'type-rebuilds-index',
    severity: 'error',
    title: 'A change of type or collation builds indexes anew',
    why: 'The rows stay as they are, but each index on the column is built while the table is closed.',
    bad: 'ALTER TABLE orders ALTER COLUMN code TYPE text COLLATE "C";',
    good: 'ALTER TABLE orders ALTER COLUMN note TYPE text COLLATE "C";',
    judge: (statement) =>
      topColumns(statement, changesOf(statement, 'type', 'column')).flatMap((change): readonly Hit[] => {
        const relation = change.relation!;
        const builds = rebuiltFor(statement, change);
        if (rewritesOf(statement, relation).length > 0 || builds.length === 0) return [];
        const family = familyOf(statement, relation);
        const others = statement.scans.filter((name) => !family.includes(name));
        const reach = others.length === 0 ? '' : `, and reads ${others.join(', ')}`;
        return [
          {
            relation,
            tells: { read: [relation, ...others] },
            message: `builds ${builds.map(({ index }) => index).join(', ')} while ${relation} is closed${reach}`,
            advice: retype(statement, change),
          },
        ];
      }),
  },
  {
    id: 'type-rechecks',
    severity: 'error',
    title: 'A change of type proves every CHECK anew',
    why: 'Nothing is written, but constraints on the column are checked against every row under ACCESS EXCLUSIVE.',
    bad: 'ALTER TABLE checked ALTER COLUMN label TYPE varchar(40);',
    good: 'ALTER TABLE orders ALTER COLUMN label TYPE varchar(40);',
    judge: (statement) =>
      topColumns(statement, changesOf(statement, 'type', 'column')).flatMap((change): readonly Hit[] => {
        const relation = change.relation!;
        const reads = familyOf(statement, relation).filter((name) => statement.scans.includes(name));
        const checks = recheckedFor(statement, change);
        const isQuiet = rewritesOf(statement, relation).length === 0 && rebuiltFor(statement, change).length === 0;
        if (!isQuiet || reads.length === 0 || checks.length === 0) return [];
        return [
          {
            relation,
            tells: { read: reads },
            message: `reads all of ${reads.join(', ')} under ACCESS EXCLUSIVE`,
            advice: putBack(statement, change, checks),
          },
        ];
      }),
  },
  {
    id: 'volatile-default',
    severity: 'error',
    title: 'A default that differs from row to row writes the whole table anew',
    why: 'A constant default costs nothing; one that must be asked for each row is written into each row while the table is closed.',
    bad: 'ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();',
    good: 'ALTER TABLE orders ADD COLUMN made timestamptz DEFAULT now();',
    judge: (statement) =>
      addedBy(
        statement,
        (change) =>
          /^DEFAULT /.test(change.column?.value ?? '') && !isCounted(change) && change.column?.domain === undefined,
      ),
  },
  {
    id: 'counted-column',
    severity: 'error',
    title: 'A serial or identity column writes the whole table anew',
    why: 'Each row is given its number while the table is closed.',
    bad: 'ALTER TABLE orders ADD COLUMN counter bigint GENERATED ALWAYS AS IDENTITY;',
    good: 'CREATE TABLE other (number bigint GENERATED ALWAYS AS IDENTITY);',
    judge: (statement) => addedBy(statement, isCounted),
  },
  {
    id: 'stored-generated',
    severity: 'error',
    title: 'A stored generated column writes the whole table anew',
    why: 'Its value is computed and written for each row while the table is closed.',
    bad: 'ALTER TABLE orders ADD COLUMN twice integer GENERATED ALWAYS AS (total * 2) STORED;',
    good: 'ALTER TABLE orders ADD COLUMN twice integer;',
    judge: (statement) =>
      addedBy(statement, ({ column }) => /^GENERATED ALWAYS AS \(.* STORED$/s.test(column?.value ?? '')),
  },
  {
    id: 'constrained-domain-column',
    severity: 'error',
    title: 'A column of a constrained domain writes the whole table anew',
    why: 'Up to PostgreSQL 18 the domain is checked by writing each row, with or without a default.',
    bad: 'ALTER TABLE orders ADD COLUMN quantity positive;',
    good: 'ALTER TABLE orders ADD COLUMN quantity integer;',
    judge: (statement) => addedBy(statement, (change) => change.column?.domain === true),
  },
  {
    id: 'set-logged',
    severity: 'error',
    title: 'SET LOGGED or UNLOGGED writes the whole table anew',
    why: 'The table and its indexes are copied while nobody can read or write.',
    bad: 'ALTER TABLE orders SET UNLOGGED;',
    good: 'CREATE UNLOGGED TABLE other (id integer);',
    judge: (statement) =>
      changesOf(statement, 'definition')
        .filter(
          ({ to, relation, type }) =>
            (to === 'logged' || to === 'unlogged') && type !== 'index' && statement.rewrites.includes(relation!),
        )
        .map(({ relation }) => ({
          relation: relation!,
          tells: { rewritten: [relation!] },
          message: `copies ${relation} and its indexes while it is closed`,
          advice: inWindow(
            `${relation} and its indexes are copied under ACCESS EXCLUSIVE, and nobody reads or writes it`,
          ),
        })),
  },
  {
    id: 'vacuum-full',
    severity: 'error',
    title: 'VACUUM FULL and CLUSTER copy the whole table while it is closed',
    why: 'Neither reads nor writes get through until the table and all its indexes are written anew.',
    bad: 'CLUSTER orders USING orders_pkey;',
    good: 'ANALYZE orders;',
    judge: (statement) =>
      /^(VACUUM|CLUSTER)\b/.test(statement.label) && statement.rewrites.length > 0
        ? [
            {
              relation: statement.rewrites[0]!,
              tells: { rewritten: statement.rewrites },
              message: `writes ${statement.rewrites.join(', ')} anew`,
              advice: `-- pg_repack does the same beside normal work; to free space for reuse alone,\n${inOwnRevision(`${vacuumPlainly(statement)};`, ...markOf(statement))}`,
            },
          ]
        : [],
  },
  {
    id: 'table-rewrite',
    severity: 'error',
    title: 'A table is written anew',
    why: 'Whatever the reason, it takes as long as the table is large, and nobody can read or write meanwhile.',
    bad: 'ALTER TABLE orders SET ACCESS METHOD heap2;',
    good: 'TRUNCATE logs;',
    rest: true,
    judge: (statement, { told }) => {
      const { rewrites, locks, label } = statement;
      if (/^(REINDEX|VACUUM|CLUSTER|REFRESH)/.test(label)) return [];
      const isTable = (name: string) =>
        locks.some(
          ({ relation, kind }) =>
            relation === name && kind !== 'index' && (kind !== 'materialized view' || label.startsWith('ALTER')),
        );
      const tables = rewrites.filter((name) => isTable(name) && !told.rewritten?.includes(name));
      return tables.map((relation) => ({
        relation,
        tells: { rewritten: [relation] },
        message: `writes ${relation} anew while it is closed`,
        advice: inWindow(`nobody reads or writes ${relation} until it is written anew`),
      }));
    },
  },
];

function isCounted({ column }: Change): boolean {
  return /^GENERATED (ALWAYS|BY DEFAULT) AS IDENTITY$|^DEFAULT nextval\(/.test(column?.value ?? '');
}

function addedBy(statement: MeasuredStatement, isCause: (change: Change) => boolean): readonly Hit[] {
  // Children inherit the column: one finding tells of all.
  return topColumns(statement, changesOf(statement, 'created', 'column'))
    .filter((change) => rewritesOf(statement, change.relation!).length > 0 && isCause(change))
    .map((change) => {
      const [first, ...others] = rewritesOf(statement, change.relation!);
      const more =
        others.length === 0
          ? ''
          : `, and ${plural(others.length, 'more table that inherits', 'more tables that inherit')} it`;
      return {
        relation: change.relation!,
        tells: { rewritten: rewritesOf(statement, change.relation!) },
        message: `writes ${first} anew${more}`,
        advice: [
          ...noteLeftOut(statement, change.relation!, [change.column!.name]),
          ...fillLater(statement, change),
        ].join('\n'),
      };
    });
}

/** Of a table with its partitions and children, itself first. */
function rewritesOf(statement: MeasuredStatement, relation: string): readonly string[] {
  return familyOf(statement, relation).filter((name) => statement.rewrites.includes(name));
}

/** What hangs on the column, of the table and of all that inherit it, and stood before. */
function dependentsOn(statement: MeasuredStatement, { relation, column }: Change): readonly ColumnDependent[] {
  const family = familyOf(statement, relation!);
  const { partitionedIndexes = [], dependents = [] } = statement.adviceFacts ?? {};
  const made = new Set([
    ...changesOf(statement, 'created', 'index').map(({ object }) => object.slice('index '.length)),
    ...changesOf(statement, 'created', 'constraint').flatMap(({ object, constraint }) => [
      object,
      constraint?.index ?? '',
    ]),
    ...partitionedIndexes.flatMap(({ parts }) => parts.map(({ index }) => index)),
  ]);
  return dependents.filter(({ kind, name, table, column: of }) => {
    const isMade =
      kind === 'index'
        ? made.has(`${schemaOf(table)}${quoteIdent(name)}`)
        : made.has(`constraint ${quoteIdent(name)} on ${table}`);
    return of === column!.name && family.includes(table) && !isMade;
  });
}

function rebuiltFor(statement: MeasuredStatement, change: Change): readonly Build[] {
  const dependents = dependentsOn(statement, change);
  return statement.builds.filter(({ index, table }) =>
    dependents.some((one) => one.kind === 'index' && one.table === table && one.name === shortName(index)),
  );
}

/** Those that stand in children as well are their parent's. */
function recheckedFor(statement: MeasuredStatement, change: Change): readonly ColumnDependent[] {
  const checks = dependentsOn(statement, change).filter(
    ({ kind, definition }) => kind === 'check' && !definition.endsWith(' NOT VALID'),
  );
  return checks.filter(
    ({ name, table }) =>
      table === change.relation || !checks.some((one) => one.table === change.relation && one.name === name),
  );
}

/** Without what else the statement does. */
function alterType({ relation, column }: Change): string {
  return `ALTER TABLE ${relation} ALTER COLUMN ${quoteIdent(column!.name)} TYPE ${column!.type};`;
}

/** Without its CHECKs a change of type that writes nothing reads nothing either. */
function putBack({ adviceFacts }: MeasuredStatement, change: Change, checks: readonly ColumnDependent[]): string {
  const named = checks.map((check) => ({ ...check, name: quoteIdent(check.name) }));
  const said = named.flatMap(({ table, name }) =>
    (adviceFacts?.belongings ?? []).filter(({ text }) => text.startsWith(`COMMENT ON CONSTRAINT ${name} ON ${table} `)),
  );
  return [
    '-- in one revision, without the CHECK, which is put back without a scan:',
    ...named.map(({ table, name }) => `ALTER TABLE ${table} DROP CONSTRAINT ${name};`),
    alterType(change),
    ...named.map(
      ({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID;`,
    ),
    ...said.map(({ text }) => `${text};`),
    '-- in a revision of its own, so that the lock is not held:',
    ...named.map(({ table, name }) => `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`),
  ].join('\n');
}
