import type { Name, Options } from '../../schema/name.ts';
import type { Constraint, Persistence, Table } from '../../schema/relation.ts';
import { constraintLine } from '../../schema/render/column.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import { orderOf } from '../column-order.ts';
import { addNotNull, notNullInside, setStorage } from './column.ts';
import { drop, granted, withoutDefaults, writeOptions } from './common.ts';
import { writeTableGrants } from './grants.ts';
import { alterInherited, dropDefaults, inherit, renderInOrder, writeParents } from './heir.ts';
import { createSequences, ownSequences } from './own-sequence.ts';
import { attach, fitsParent, otherKey, writePartition } from './partition.ts';
import { addUnvalidated, isUnvalidated } from './unvalidated.ts';
import { cannot, type Remedies, run, type Subject, type Written } from './written.ts';

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
  make: (of, value) => (fitsParent(of, value.partition) ? run(...makeTable(of, value)) : cannot(otherKey)),
  alter: {
    ...granted,
    inherits: writeParents,
    ...stored,
    grants: writeTableGrants,
    partition: writePartition,
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
    indexes: value.indexes.map((index) => indexAlone(index, isPartition)),
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

/** Becoming a partition makes the index of a table one of the indexes of the whole. */
export function indexAlone(index: Table['indexes'][number], isPartition: boolean): Table['indexes'][number] {
  return { ...index, parent: null, valid: true, definition: onAll(index, isPartition) };
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
