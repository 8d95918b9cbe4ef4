import type { Whole } from '../schema/change.ts';
import { type Node, nodeOf, nodeOfDefault, nodeOfDefinition, nodeOfDomainDefault } from '../schema/dependencies.ts';
import type { Kinds } from '../schema/kind.ts';
import type { Name } from '../schema/name.ts';
import { parentsOf } from '../schema/parents.ts';
import type { Constraint, ForeignTable, Index, MaterializedView, Table, View } from '../schema/relation.ts';
import { constraintLine } from '../schema/render/column.ts';
import { indexStatements, policyStatements, ruleStatements, triggerStatements } from '../schema/render/table.ts';
import { viewStatements } from '../schema/render/view.ts';
import { comment } from '../schema/render/words.ts';
import type { Schema } from '../schema/schema.ts';
import type { Domain } from '../schema/type.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { indexAlone, replicaIdentity } from './remedy/table.ts';

/** A part that is written behind the object that it is a part of. */
export interface LatePart {
  readonly node: Node;
  readonly sql: readonly string[];
  /** What drops it, or leaves of it what needs nothing. */
  readonly cut: readonly string[];
  /** Behind all objects: a constraint and an index are planned when they are made, and so is what their functions read. */
  readonly isLast?: boolean;
  /** Other late parts that come first. */
  readonly behind?: readonly Node[];
}

/** Objects that have such parts. */
export type LateKind = 'table' | 'foreign-table' | 'view' | 'materialized-view' | 'domain';
export type LateKinds = Pick<Kinds, LateKind>;

/** All parts of an object that a statement of their own can write. */
export function listParts<K extends LateKind>(kind: K, value: LateKinds[K], schema: Schema): readonly LatePart[] {
  return lists[kind](value, schema);
}

const lists: { readonly [K in LateKind]: (value: LateKinds[K], schema: Schema) => readonly LatePart[] } = {
  table: (value, schema) => [
    ...listDefaults(value, 'TABLE ONLY'),
    ...listConstraints('table', value, schema),
    ...listIndexes('table', value, schema),
  ],
  'foreign-table': (value, schema) => [
    ...listDefaults(value, 'TABLE ONLY'),
    ...listConstraints('foreign-table', value, schema),
    ...listRules('foreign-table', value, 'ALTER FOREIGN TABLE'),
  ],
  view: (value) => [
    { node: nodeOfDefinition(value.name), sql: [replaceView(value)], cut: [replaceView(columnsAlone(value))] },
    ...listDefaults(value, 'VIEW'),
    ...listRules('view', value, 'ALTER TABLE'),
  ],
  'materialized-view': (value, schema) => listIndexes('materialized-view', value, schema),
  domain: listDomain,
};

function listDefaults(
  { name, columns }: Pick<Table | ForeignTable | View, 'name' | 'columns'>,
  noun: string,
): readonly LatePart[] {
  return columns.flatMap((column) => {
    if (column.default === null || column.generated !== null) return [];
    const alter = `ALTER ${noun} ${quoteRelation(name)} ALTER COLUMN ${quoteIdent(column.name)}`;
    const sql = [`${alter} SET DEFAULT ${column.default};`];
    return [{ node: nodeOfDefault(name, column.name), sql, cut: [`${alter} DROP DEFAULT;`] }];
  });
}

/** What an heir or a partition has from above comes with that. A key of a partition is there when the one above looks for it. */
function listConstraints(
  kind: 'table' | 'foreign-table',
  table: Table | ForeignTable,
  schema: Schema,
): readonly LatePart[] {
  const name = quoteRelation(table.name);
  const own = table.constraints.filter(({ type }) => type !== 'foreign key');
  return own.map((one) => {
    const above = one.type === 'check' ? checkAbove(one, table, schema) : [];
    const isAbove = above.length > 0 && (table.partition !== null || one.inheritance === 'inherited');
    const alter = `ALTER ${kind === 'table' ? 'TABLE' : 'FOREIGN TABLE'} ${name}`;
    return {
      node: nodeOf('constraint', one.name, { kind, name: table.name }),
      sql: [
        ...(isAbove ? [] : [`${alter} ADD ${lineOf(one)};`]),
        ...comment(`CONSTRAINT ${quoteIdent(one.name)} ON ${name}`, one.comment),
        ...indexOf(one, table),
      ],
      cut: isAbove || one.parent !== null ? [] : [`${alter} DROP CONSTRAINT ${quoteIdent(one.name)};`],
      isLast: true,
      behind: one.type === 'check' ? above : keysBelow(one, table, schema),
    };
  });
}

function lineOf(one: Constraint): string {
  return constraintLine({ ...one, inheritance: 'local' }, true);
}

function checkAbove({ name }: Constraint, table: Table | ForeignTable, schema: Schema): readonly Node[] {
  return parentsOf(table, schema).flatMap((parent) =>
    parent.constraints.some((one) => one.name === name)
      ? [nodeOf('constraint', name, { kind: 'indexes' in parent ? 'table' : 'foreign-table', name: parent.name })]
      : [],
  );
}

function keysBelow({ name }: Constraint, table: Table | ForeignTable, schema: Schema): readonly Node[] {
  return partitionsOf(table, schema).flatMap((one) =>
    one.constraints
      .filter(({ parent }) => parent === name)
      .map((key) => nodeOf('constraint', key.name, { kind: 'table', name: one.name })),
  );
}

function partitionsOf({ name }: { readonly name: Name }, { tables }: Schema): readonly Table[] {
  return tables.filter(({ partition }) => partition !== null && quoteRelation(partition.of) === quoteRelation(name));
}

/** What the constraint does not say of its index. */
function indexOf({ name }: Constraint, table: Table | ForeignTable): readonly string[] {
  if (!('indexes' in table)) return [];
  return table.indexes.filter(({ constraint }) => constraint === name).flatMap((index) => writeIndex(index, table));
}

function listIndexes(
  kind: 'table' | 'materialized-view',
  table: Table | MaterializedView,
  schema: Schema,
): readonly LatePart[] {
  return table.indexes
    .filter(({ constraint }) => constraint === null)
    .map((index) => ({
      node: nodeOf('index', index.name, { kind, name: table.name }),
      sql: writeIndex(index, table),
      cut: index.parent === null ? [`DROP INDEX ${quoteRelation({ ...table.name, name: index.name })};`] : [],
      isLast: true,
      behind: partitionsOf(table, schema).flatMap((one) =>
        one.indexes
          .filter(({ parent }) => parent?.name === index.name && parent.schema === table.name.schema)
          .map(({ name }) => nodeOf('index', name, { kind: 'table', name: one.name })),
      ),
    }));
}

function writeIndex(index: Index, table: Table | MaterializedView): readonly string[] {
  const isPartition = 'partition' in table && table.partition !== null;
  const identity = 'replicaIdentity' in table ? table.replicaIdentity : 'default';
  return [
    ...indexStatements(indexAlone(index, isPartition), table).filter((statement) => !statement.startsWith('--')),
    ...(identity === `index ${index.name}` ? [replicaIdentity(table.name, identity)] : []),
  ];
}

function listRules(
  kind: 'table' | 'foreign-table' | 'view',
  value: Table | ForeignTable | View,
  word: 'ALTER FOREIGN TABLE' | 'ALTER TABLE',
): readonly LatePart[] {
  const name = quoteRelation(value.name);
  const of = { kind, name: value.name } as Whole;
  const alter = `${word} ${name}`;
  return [
    ...value.triggers.map((one) => ({
      node: nodeOf('trigger', one.name, of),
      sql: triggerStatements(one, alter, name),
      cut: one.inherited ? [] : [`DROP TRIGGER ${quoteIdent(one.name)} ON ${name};`],
    })),
    ...value.rules.map((one) => ({
      node: nodeOf('rule', one.name, of),
      sql: ruleStatements(one, alter, name),
      cut: [`DROP RULE ${quoteIdent(one.name)} ON ${name};`],
    })),
  ];
}

/** What a table is made without, whether there is a circle or not: its triggers, rules and policies. */
export function listOnTable(table: Table): readonly LatePart[] {
  const of = { kind: 'table', name: table.name } as const;
  const name = quoteRelation(table.name);
  return [
    ...listRules('table', table, 'ALTER TABLE'),
    ...table.policies.map((one) => ({
      node: nodeOf('policy', one.name, of),
      sql: policyStatements(one, name),
      cut: [`DROP POLICY ${quoteIdent(one.name)} ON ${name};`],
    })),
  ];
}

function listDomain({ name, default: value, constraints }: Domain): readonly LatePart[] {
  const sql = quoteRelation(name);
  return [
    {
      node: nodeOfDomainDefault(name),
      sql: [`ALTER DOMAIN ${sql} SET DEFAULT ${value};`],
      cut: [`ALTER DOMAIN ${sql} DROP DEFAULT;`],
    },
    ...constraints.map((one) => ({
      node: nodeOf('constraint', one.name, { kind: 'domain', name }),
      sql: [
        `ALTER DOMAIN ${sql} ADD ${lineOf(one)};`,
        ...comment(`CONSTRAINT ${quoteIdent(one.name)} ON DOMAIN ${sql}`, one.comment),
      ],
      cut: [`ALTER DOMAIN ${sql} DROP CONSTRAINT ${quoteIdent(one.name)};`],
    })),
  ];
}

/** It is there with its columns, until all is there that it reads. */
export function columnsAlone(view: View): View {
  const items = view.columns.map(({ name, type, collation }) => {
    const collate = collation === null ? '' : ` COLLATE ${quoteRelation(collation)}`;
    return `    NULL::${type}${collate} AS ${quoteIdent(name)}`;
  });
  const definition = ` SELECT${items.length === 0 ? '' : `\n${items.join(',\n')}`};`;
  return { ...view, definition, options: {} };
}

function replaceView(view: View): string {
  const [create = ''] = viewStatements(view);
  return create.replace(/^CREATE /, 'CREATE OR REPLACE ');
}
