import type { Kinds } from '../../schema/kind.ts';
import type { Name, Options } from '../../schema/name.ts';
import { parentsOf } from '../../schema/parents.ts';
import type { Column, Constraint, ForeignTable, Partition, Persistence, Table } from '../../schema/relation.ts';
import { columnStatements, constraintLine } from '../../schema/render/column.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { comment } from '../../schema/render/words.ts';
import { isSame } from '../../schema/same.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import { type Order, orderOf } from '../column-order.ts';
import { addNotNull, notNullInside, setStorage } from './column.ts';
import { drop, granted, withoutDefaults, writeForeignOptions, writeOptions } from './common.ts';
import { writeTableGrants } from './grants.ts';
import { inherit, makeInOrder } from './heir.ts';
import { createSequences, ownSequences } from './own-sequence.ts';
import { again, cannot, type Remedies, run, type Sides, type Subject, type Written } from './written.ts';

const heir = {
  inherits: ({ object }: { readonly object: string }, wanted: readonly Name[], there: readonly Name[]) => {
    const minus = (all: readonly Name[], others: readonly Name[]) =>
      all.filter((one) => !others.some((other) => isSame(one, other)));
    const added = minus(wanted, there).map((parent) => `ALTER ${object} INHERIT ${quoteRelation(parent)};`);
    const removed = minus(there, wanted).map((parent) => `ALTER ${object} NO INHERIT ${quoteRelation(parent)};`);
    const why =
      'Its columns stay its own beside what it inherits: only a table that is made again has them from its parent alone.';
    return { ...run(...removed, ...added), ...(added.length === 0 ? {} : { why }) };
  },
};

interface StoredWriters {
  readonly accessMethod: (subject: Pick<Subject<'table'>, 'object' | 'expected'>, wanted: string | null) => Written;
  readonly tablespace: (subject: Spoken, wanted: string | null) => Written;
  readonly options: (subject: Spoken, wanted: Options, there: Options) => Written;
  readonly toastOptions: (subject: Spoken, wanted: Options, there: Options) => Written;
}

type Spoken = Pick<Subject<'table'>, 'object'>;

export const stored: StoredWriters = {
  accessMethod: ({ object, expected }, wanted) =>
    expected.major < 15 || wanted === null
      ? cannot('This version of PostgreSQL has no ALTER for it.')
      : run(`ALTER ${object} SET ACCESS METHOD ${quoteIdent(wanted)};`),
  tablespace: ({ object }, wanted) => run(`ALTER ${object} SET TABLESPACE ${quoteIdent(wanted ?? 'pg_default')};`),
  options: ({ object }, wanted, there) => writeOptions(`ALTER ${object}`, wanted, there),
  toastOptions: ({ object }, wanted, there) => writeOptions(`ALTER ${object}`, wanted, there, 'toast.'),
};

export const table: Remedies<'table'> = {
  drop,
  make: (of, value) => (fits(of, value.partition) ? run(...makeTable(of, value)) : cannot(otherKey)),
  alter: {
    ...granted,
    ...heir,
    ...stored,
    grants: writeTableGrants,
    partition: (of, wanted, there) => writePartition(of, wanted, there),
    persistence: ({ object }, wanted) => writePersistence(object, wanted),
    ofType: ({ object }, wanted) => run(`ALTER ${object} ${wanted === null ? 'NOT OF' : `OF ${wanted}`};`),
    partitionKey: () =>
      cannot("PostgreSQL can't change how a table is partitioned: it has to be made again, and filled."),
    rowSecurity: ({ object }, wanted) => run(`ALTER ${object} ${wanted ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY;`),
    forcesRowSecurity: ({ object }, wanted) => run(`ALTER ${object} ${wanted ? '' : 'NO '}FORCE ROW LEVEL SECURITY;`),
    replicaIdentity: ({ object }, wanted) => ({
      ...run(`ALTER ${object} REPLICA IDENTITY ${identityOf(wanted)};`),
      isLate: true,
    }),
  },
};

export const foreignTable: Remedies<'foreign-table'> = {
  drop,
  make: (of, value) =>
    Object.values(value.foreignOptions).includes('***')
      ? cannot('What a secret option holds is never read.')
      : run(...makeForeignTable(of, value), ...withoutDefaults(of, value)),
  alter: {
    ...granted,
    ...heir,
    grants: writeTableGrants,
    partition: (of, wanted, there) => writePartition(of, wanted, there),
    server: () => again,
    foreignOptions: ({ object }, wanted, there) => writeForeignOptions(`ALTER ${object}`, wanted, there),
  },
};

export function replicaIdentity(name: Name, identity: Table['replicaIdentity']): string {
  return `ALTER TABLE ONLY ${quoteRelation(name)} REPLICA IDENTITY ${identityOf(identity)};`;
}

function identityOf(identity: Table['replicaIdentity']): string {
  return identity.startsWith('index ') ? `USING INDEX ${quoteIdent(identity.slice(6))}` : identity.toUpperCase();
}

function writePersistence(object: string, wanted: Persistence): Written {
  if (wanted === 'temporary') return cannot('A temporary table belongs to a session.');
  return run(`ALTER ${object} SET ${wanted === 'permanent' ? 'LOGGED' : 'UNLOGGED'};`);
}

/**
 * What it gets from its parents is left to them; its foreign keys come when all tables are there, and so does what makes it a partition. Its
 * triggers, rules and policies are put on it once all is there that these need.
 */
function makeTable(of: Subject<'table'>, value: Table): readonly string[] {
  const name = quoteRelation(value.name);
  const isPartition = value.partition !== null;
  const isOwn = ({ inheritance }: { readonly inheritance: string }) => isPartition || inheritance !== 'inherited';
  const ownConstraints = value.constraints.filter((one) => isOwn(one) && one.type !== 'foreign key');
  const order = orderOf(value, of.expected);
  const own: Table = {
    ...value,
    inherits: order?.kind === 'own' ? [] : value.inherits,
    ...{ partition: null, ofType: null, replicaIdentity: 'default', triggers: [], rules: [], policies: [] },
    columns: value.columns.filter(isOwn).map((column) => ({
      ...column,
      inheritance: 'local',
      storage: null,
      notNull: notNullInside(column),
      identity: isPartition ? null : column.identity,
    })),
    constraints: ownConstraints
      .filter((one) => !isUnvalidated(one))
      .map((one): Constraint => ({ ...one, inheritance: 'local' })),
    indexes: value.indexes.map((index) => ({
      ...index,
      parent: null,
      valid: true,
      definition: onAll(index, isPartition),
    })),
  };
  const owners = value.columns.filter(isOwn).map((column) => ({ table: value.name, column: column.name }));
  return [
    ...owners.flatMap((owner) => createSequences(of, owner)),
    ...renderInOrder('table', { order, value, own }),
    ...withoutDefaults(of, value),
    ...value.columns.flatMap((column) =>
      setStorage(`ALTER TABLE ONLY ${name} ALTER COLUMN ${quoteIdent(column.name)}`, column),
    ),
    ...owners.flatMap((owner) => ownSequences(of, owner, 'new')),
    ...addUnvalidated(of, ownConstraints),
    ...value.columns
      .filter(isOwn)
      .flatMap((column) => addNotNull({ table: name, alter: `ALTER TABLE ${name}` }, column)),
    ...(order === undefined ? dropDefaults(of, value) : []),
    ...value.columns.filter((one) => !isOwn(one)).flatMap((column) => alterInherited(of, value, column)),
    ...(order?.kind === 'own' ? inherit(`ALTER TABLE ${name}`, value) : []),
    ...(value.ofType === null ? [] : [`ALTER TABLE ${name} OF ${value.ofType};`]),
    ...(value.partition === null ? [] : attach(name, value.partition)),
    ...(value.replicaIdentity === 'default' ? [] : [replicaIdentity(value.name, value.replicaIdentity)]),
  ];
}

interface InOrder<T> {
  readonly order: Order | undefined;
  readonly value: T;
  readonly own: T;
}

/** CREATE, and what follows it; by a table that stands in for its parents where its columns could not stand in their order otherwise. */
function renderInOrder<K extends 'table' | 'foreign-table'>(
  kind: K,
  { order, value, own }: InOrder<Kinds[K] & (Table | ForeignTable)>,
): readonly string[] {
  const render = (one: Kinds[K]) => renderObject(kind, one).filter((statement) => !statement.startsWith('--'));
  if (order?.kind !== 'stand-in') return render(own);
  const alter = `ALTER ${kind === 'table' ? 'TABLE' : 'FOREIGN TABLE'} ${quoteRelation(value.name)}`;
  const create = (parent: Name) => render({ ...own, columns: [], constraints: [], inherits: [parent] })[0] ?? '';
  return [...makeInOrder({ alter, value, own, create }, order.standIn), ...render(own).slice(1)];
}

function makeForeignTable(subject: Subject<'foreign-table'>, value: ForeignTable): readonly string[] {
  const { sql, expected } = subject;
  const order = orderOf(value, expected);
  const isOwn = ({ inheritance }: { readonly inheritance: string }) =>
    value.partition !== null || inheritance !== 'inherited';
  const [columns, constraints] = [value.columns.filter(isOwn), value.constraints.filter(isOwn)];
  const of = { table: sql, alter: `ALTER FOREIGN TABLE ${sql}` };
  const own: ForeignTable = {
    ...value,
    inherits: order?.kind === 'own' ? [] : value.inherits,
    columns: columns.map((column): Column => ({ ...column, inheritance: 'local', notNull: notNullInside(column) })),
    constraints: constraints.filter((one) => !isUnvalidated(one)).map((one) => ({ ...one, inheritance: 'local' })),
  };
  return [
    ...renderInOrder('foreign-table', { order, value, own }),
    ...columns.flatMap((column) => addNotNull(of, column)),
    ...addUnvalidated({ sql }, constraints, 'FOREIGN TABLE'),
    ...(order === undefined ? dropDefaults(subject, value) : []),
    ...value.columns
      .filter((one) => !isOwn(one))
      .flatMap((column) => [...alterInherited(subject, value, column), ...addForeignOptions(of.alter, column)]),
    ...(order?.kind === 'own' ? inherit(of.alter, value) : []),
  ];
}

/** CREATE TABLE and CREATE DOMAIN know no NOT VALID. */
export function isUnvalidated({ type, validated, enforced }: Constraint): boolean {
  return type === 'check' && enforced && !validated;
}

export function addUnvalidated(
  { sql }: Pick<Subject<'table'>, 'sql'>,
  constraints: readonly Constraint[],
  kind: 'TABLE' | 'FOREIGN TABLE' | 'DOMAIN' = 'TABLE',
): readonly string[] {
  return constraints
    .filter(isUnvalidated)
    .flatMap((one) => [
      `ALTER ${kind} ${sql} ADD ${constraintLine({ ...one, inheritance: 'local' }, true)};`,
      ...comment(`CONSTRAINT ${quoteIdent(one.name)} ON ${kind === 'DOMAIN' ? 'DOMAIN ' : ''}${sql}`, one.comment),
    ]);
}

/** A column of its own that says nothing of a default gets that of the one above. */
function dropDefaults(
  { expected, sql }: Pick<Subject<'table'>, 'expected' | 'sql'>,
  table: Table | ForeignTable,
): readonly string[] {
  const above = parentsOf(table, expected).flatMap(({ columns }) => columns);
  const isGiven = ({ name }: Column) => above.some((one) => one.name === name && one.default !== null);
  return table.columns
    .filter((one) => one.inheritance === 'both' && one.default === null && one.generated === null && isGiven(one))
    .map(({ name }) => `ALTER TABLE ONLY ${sql} ALTER COLUMN ${quoteIdent(name)} DROP DEFAULT;`);
}

function addForeignOptions(alter: string, { name, foreignOptions }: Column): readonly string[] {
  if (Object.keys(foreignOptions).length === 0) return [];
  return writeForeignOptions(`${alter} ALTER COLUMN ${quoteIdent(name)}`, foreignOptions, {}).statements;
}

/** What a table has said itself of a column that it inherits. */
export function alterInherited(
  { expected, sql }: Pick<Subject<'table'>, 'expected' | 'sql'>,
  table: Table | ForeignTable,
  column: Column,
): readonly string[] {
  const [above] = parentsOf(table, expected).flatMap(({ columns }) =>
    columns.filter(({ name }) => name === column.name),
  );
  const alter = `ALTER TABLE ONLY ${sql}`;
  const set = `${alter} ALTER COLUMN ${quoteIdent(column.name)}`;
  const isOtherDefault = column.generated === null && column.default !== (above?.default ?? null);
  return [
    ...(isOtherDefault
      ? [`${set} ${column.default === null ? 'DROP DEFAULT' : `SET DEFAULT ${column.default}`};`]
      : []),
    ...(column.notNull !== null && above?.notNull === null ? [`${set} SET NOT NULL;`] : []),
    ...columnStatements(column, alter, sql).filter((statement) => !statement.startsWith('--')),
    ...addNotNull(
      { table: sql, alter },
      { ...column, notNull: column.notNull && { ...column.notNull, validated: true } },
    ),
  ];
}

/** One that another table's foreign key is part of is there by then. */
export function foreignKeys({
  name,
  constraints,
}: Table): readonly { readonly to: Name; readonly sql: readonly string[] }[] {
  return constraints.flatMap((one) => {
    if (one.references === null || one.parent !== null) return [];
    const alter = `ALTER TABLE ${quoteRelation(name)}`;
    const comment = one.comment === null ? [] : renderObject('table', { ...bare(name), constraints: [one] }).slice(-1);
    return [{ to: one.references.table, sql: [`${alter} ADD ${constraintLine(one, true)};`, ...comment] }];
  });
}

function bare(name: Name): Table {
  return {
    ...{
      name,
      owner: '',
      comment: null,
      grants: [],
      ownerLacks: [],
      accessMethod: null,
      tablespace: null,
      options: {},
    },
    ...{ inherits: [], partition: null, persistence: 'permanent', toastOptions: {}, ofType: null, partitionKey: null },
    ...{ rowSecurity: false, forcesRowSecurity: false, replicaIdentity: 'default', columns: [], constraints: [] },
    ...{ indexes: [], triggers: [], rules: [], policies: [] },
  };
}

/** The server prints ON ONLY for a partitioned table, which would leave each partition without its own. */
export function onAll(
  { name, definition }: Pick<Table['indexes'][number], 'name' | 'definition'>,
  isPartition = false,
): string {
  const [head, only] = [`INDEX ${quoteIdent(name)} ON `, 'ONLY '];
  const start = definition.indexOf(head) + head.length;
  if (isPartition || !definition.startsWith(only, start)) return definition;
  return definition.slice(0, start) + definition.slice(start + only.length);
}

/** Whether the table that it is to be a partition of is partitioned by what it is to be, or is made with it. */
function fits({ expected, live }: Sides, partition: Partition | null): boolean {
  const [wanted, there] = [expected, live].map(({ tables }) => tables.find(({ name }) => isSame(name, partition?.of)));
  return there === undefined || wanted?.partitionKey === there.partitionKey;
}

const otherKey = 'The table that it is to be a partition of is partitioned by something else.';

function attach(name: string, { of, bound }: Partition): readonly string[] {
  return [`ALTER TABLE ${quoteRelation(of)} ATTACH PARTITION ${name} ${bound};`];
}

/** What it has got as a partition goes with that: the server leaves it there. */
function writePartition(
  of: Subject<'table'> | Subject<'foreign-table'>,
  wanted: Partition | null,
  there: Partition | null,
): Written {
  if (!fits(of, wanted)) return cannot(otherKey);
  if (wanted?.detaching) return cannot("PostgreSQL can't leave a partition half detached on purpose.");
  const detach =
    there === null
      ? []
      : [`ALTER TABLE ${quoteRelation(there.of)} DETACH PARTITION ${of.sql}${there.detaching ? ' FINALIZE' : ''};`];
  return run(...detach, ...(wanted === null ? withoutInherited(of) : attach(of.sql, wanted)));
}

function withoutInherited(of: Subject<'table'> | Subject<'foreign-table'>): readonly string[] {
  const { wanted, there } = of as { readonly wanted?: Table | ForeignTable; readonly there?: Table | ForeignTable };
  if (there === undefined || !('indexes' in there)) return [];
  const kept = new Set(
    [...(wanted?.constraints ?? []), ...(wanted && 'indexes' in wanted ? wanted.indexes : [])].map((one) => one.name),
  );
  return [
    ...there.constraints
      .filter(({ parent, name }) => parent !== null && !kept.has(name))
      .map(({ name }) => `ALTER TABLE ${of.sql} DROP CONSTRAINT ${quoteIdent(name)};`),
    ...there.indexes
      .filter(({ parent, constraint, name }) => parent !== null && constraint === null && !kept.has(name))
      .map(({ name }) => `DROP INDEX ${quoteRelation({ schema: there.name.schema, name })};`),
  ];
}
