import type { Change, Whole } from '../schema/change.ts';
import { type Node, nodeOf, nodeOfDefault, nodeOfDefinition, nodeOfDomainDefault } from '../schema/dependencies.ts';
import type { Kind, Kinds } from '../schema/kind.ts';
import type { Name } from '../schema/name.ts';
import { parentsOf } from '../schema/parents.ts';
import type { Column, Constraint, ForeignTable, Index, MaterializedView, Table, View } from '../schema/relation.ts';
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

type Late = ReadonlySet<Node>;
type Relation = Table | ForeignTable | View | MaterializedView;

/** An object that is made, without the parts that are written later. */
export function withoutLate(change: Change, late: Late): Change {
  if (late.size === 0 || !('value' in change)) return change;
  const without = writerOf(change)?.without;
  return without === undefined ? change : ({ ...change, value: without(change.value, late) } as Change);
}

/** Those parts, one by one. */
export function listLate(change: Change, late: Late, expected: Schema): readonly LatePart[] {
  if (late.size === 0 || !('value' in change)) return [];
  const parts = writerOf(change)?.list(change.value, expected) ?? [];
  return parts.filter(({ node }) => late.has(node));
}

/** What drops these parts of an object. */
export function listCuts(change: Change, late: Late, live: Schema): readonly LatePart[] {
  if (late.size === 0 || !('value' in change)) return [];
  const kind = change.kind.replace(/-added$/, '-dropped') as Change['kind'];
  const additions = change.kind === 'table-added' ? listAdditions(change.value) : [];
  const parts = [...(writerOf({ kind })?.list(change.value, live) ?? []), ...additions];
  return parts.filter(({ node }) => late.has(node));
}

interface Writer<T> {
  readonly without: (value: T, late: Late) => T;
  readonly list: (value: T, expected: Schema) => readonly LatePart[];
}

type Writers = {
  readonly [K in 'table' | 'foreign-table' | 'view' | 'materialized-view' | 'domain' as `${K}-dropped`]: Writer<
    Kinds[K]
  >;
};

/** Which value goes with which kind of change is known to the writers. */
function writerOf({ kind }: Pick<Change, 'kind'>): Writer<unknown> | undefined {
  return (writers as unknown as Readonly<Record<string, Writer<unknown>>>)[kind];
}

const writers: Writers = {
  'table-dropped': {
    without: (value: Table, late) => {
      const own = withoutIndexes('table', value, late);
      const kept = new Set(own.indexes.map(({ name }) => `index ${name}`));
      const isKept = !value.replicaIdentity.startsWith('index ') || kept.has(value.replicaIdentity);
      const columns = withoutColumns('table', own, late);
      return { ...columns, replicaIdentity: isKept ? value.replicaIdentity : 'default' };
    },
    list: (value: Table, expected) => [
      ...listDefaults(value, 'TABLE ONLY'),
      ...listConstraints('table', value, expected),
      ...listIndexes('table', value, expected),
    ],
  },
  'foreign-table-dropped': {
    without: (value: ForeignTable, late) =>
      withoutRules('foreign-table', withoutColumns('foreign-table', value, late), late),
    list: (value: ForeignTable, expected) => [
      ...listDefaults(value, 'TABLE ONLY'),
      ...listConstraints('foreign-table', value, expected),
      ...listRules('foreign-table', value, 'ALTER FOREIGN TABLE'),
    ],
  },
  'view-dropped': {
    without: (value: View, late) => {
      const own = withoutRules('view', { ...value, columns: withoutDefaults(value, late) }, late);
      return late.has(nodeOfDefinition(value.name)) ? { ...own, definition: columnsAlone(value), options: {} } : own;
    },
    list: (value: View) => [
      {
        node: nodeOfDefinition(value.name),
        sql: [replaceView(value)],
        cut: [replaceView({ ...value, definition: columnsAlone(value), options: {} })],
      },
      ...listDefaults(value, 'VIEW'),
      ...listRules('view', value, 'ALTER TABLE'),
    ],
  },
  'materialized-view-dropped': {
    without: (value: MaterializedView, late) => withoutIndexes('materialized-view', value, late),
    list: (value: MaterializedView, expected) => listIndexes('materialized-view', value, expected),
  },
  'domain-dropped': {
    without: (value: Domain, late) => ({
      ...value,
      default: late.has(nodeOfDomainDefault(value.name)) ? null : value.default,
      constraints: without('constraint', 'domain', value, value.constraints, late),
    }),
    list: listDomain,
  },
};

function without<T extends { readonly name: string }>(
  part: Kind,
  kind: Whole['kind'],
  { name }: { readonly name: Name },
  values: readonly T[],
  late: Late,
): readonly T[] {
  return values.filter((one) => !late.has(nodeOf(part, one.name, { kind, name } as Whole)));
}

function withoutDefaults({ name, columns }: Pick<Relation, 'name' | 'columns'>, late: Late): readonly Column[] {
  return columns.map((column) =>
    column.generated === null && late.has(nodeOfDefault(name, column.name)) ? { ...column, default: null } : column,
  );
}

function withoutColumns<T extends Table | ForeignTable>(kind: Whole['kind'], value: T, late: Late): T {
  const constraints = without('constraint', kind, value, value.constraints, late);
  return { ...value, columns: withoutDefaults(value, late), constraints };
}

function withoutIndexes<T extends Table | MaterializedView>(kind: Whole['kind'], value: T, late: Late): T {
  return { ...value, indexes: without('index', kind, value, value.indexes, late) };
}

function withoutRules<T extends ForeignTable | View>(kind: Whole['kind'], value: T, late: Late): T {
  const triggers = without('trigger', kind, value, value.triggers, late);
  return { ...value, triggers, rules: without('rule', kind, value, value.rules, late) };
}

function listDefaults({ name, columns }: Pick<Relation, 'name' | 'columns'>, noun: string): readonly LatePart[] {
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
  expected: Schema,
): readonly LatePart[] {
  const name = quoteRelation(table.name);
  const own = table.constraints.filter(({ type }) => type !== 'foreign key');
  return own.map((one) => {
    const above = one.type === 'check' ? checkAbove(one, table, expected) : [];
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
      behind: one.type === 'check' ? above : keysBelow(one, table, expected),
    };
  });
}

function lineOf(one: Constraint): string {
  return constraintLine({ ...one, inheritance: 'local' }, true);
}

function checkAbove({ name }: Constraint, table: Table | ForeignTable, expected: Schema): readonly Node[] {
  return parentsOf(table, expected).flatMap((parent) =>
    parent.constraints.some((one) => one.name === name)
      ? [nodeOf('constraint', name, { kind: 'indexes' in parent ? 'table' : 'foreign-table', name: parent.name })]
      : [],
  );
}

function keysBelow({ name }: Constraint, table: Table | ForeignTable, expected: Schema): readonly Node[] {
  return partitionsOf(table, expected).flatMap((one) =>
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
  expected: Schema,
): readonly LatePart[] {
  return table.indexes
    .filter(({ constraint }) => constraint === null)
    .map((index) => ({
      node: nodeOf('index', index.name, { kind, name: table.name }),
      sql: writeIndex(index, table),
      cut: index.parent === null ? [`DROP INDEX ${quoteRelation({ ...table.name, name: index.name })};`] : [],
      isLast: true,
      behind: partitionsOf(table, expected).flatMap((one) =>
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

function listAdditions(table: Table): readonly LatePart[] {
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
function columnsAlone({ columns }: View): string {
  const items = columns.map(({ name, type, collation }) => {
    const collate = collation === null ? '' : ` COLLATE ${quoteRelation(collation)}`;
    return `    NULL::${type}${collate} AS ${quoteIdent(name)}`;
  });
  return ` SELECT${items.length === 0 ? '' : `\n${items.join(',\n')}`};`;
}

function replaceView(view: View): string {
  const [create = ''] = viewStatements(view);
  return create.replace(/^CREATE /, 'CREATE OR REPLACE ');
}
