import { canonical, withoutStorage } from './canonical.ts';
import type { OfRelation, RelationRow } from './catalog/relations.ts';
import type { Rows } from './catalog/rows.ts';
import type { Publication } from './extra.ts';
import { keyOf, type Options } from './name.ts';
import type * as relation from './relation.ts';
import type { Procedure, SqlFunction } from './routine.ts';
import type { Schema } from './schema.ts';
import type { Composite, Domain } from './type.ts';

/** Puts together what the catalogs keep apart: everything in the order of its name, and each part in what it is a part of. */
export function toSchema(major: number, rows: Rows): Schema {
  const { attributes, relations, columns, constraints, indexes, triggers, rules, policies, ...plain } = rows;
  const relationsOf = (kind: RelationRow['kind']) => relations.filter((row) => row.kind === kind);
  const parts = partsOf(rows);
  const found: Omit<Schema, 'major'> = {
    ...plain,
    domains: toDomains(rows),
    composites: toComposites(rows),
    tables: relationsOf('table').map((row) => toTable(row, parts)),
    foreignTables: relationsOf('foreign table').map((row) => toForeignTable(row, parts)),
    views: relationsOf('view').map((row) => toView(row, parts)),
    materializedViews: relationsOf('materialized view').map((row) => toMaterializedView(row, parts)),
    statistics: rows.statistics.map((row) => ({ ...row, expressions: row.expressions.map((each) => canonical(each)) })),
    functions: rows.functions.map(toFunction),
    procedures: rows.procedures.map(toFunction),
    publications: rows.publications.map(toPublication),
    foreignDataWrappers: rows.foreignDataWrappers.map(withoutSecrets),
    foreignServers: rows.foreignServers.map(withoutSecrets),
  };
  const sorted = Object.entries<readonly Named[]>(found).map(([list, values]) => [list, sortByName(values)]);
  return { major, ...(Object.fromEntries(sorted) as typeof found) };
}

/** A foreign server may keep a password among its options: that there is one is schema, and what it is must not be read. */
function withoutSecrets<T extends { readonly options: Options }>(row: T): T {
  const options = Object.entries(row.options).map(([name, value]) => [name, secret.test(name) ? '***' : value]);
  return { ...row, options: Object.fromEntries(options) };
}

const secret = /pass|secret|token|credential/i;

interface Named {
  readonly name: object | string;
}

/** By code units: no collation of a server or a machine has a say. */
function sortByName<T extends Named>(values: readonly T[]): readonly T[] {
  const keyed = values.map((value) => ({ key: keyOf(value.name), value }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ value }) => value);
}

type PartsOf = ReturnType<typeof partsOf>;

function partsOf(rows: Rows) {
  return {
    columns: byRelation(rows.columns, toColumn, inOrder),
    constraints: byRelation(
      rows.constraints.filter(({ relation }) => relation !== 0),
      toConstraint,
      sortByName,
    ),
    indexes: byRelation(rows.indexes, toIndex, sortByName),
    triggers: byRelation(rows.triggers, withDefinition, sortByName),
    rules: byRelation(rows.rules, withDefinition, sortByName),
    policies: byRelation(rows.policies, toPolicy, sortByName),
  };
}

function byRelation<T>(
  rows: readonly OfRelation<T>[],
  toValue: (value: T) => T,
  sort: (values: readonly T[]) => readonly T[],
): (oid: number) => readonly T[] {
  const found = new Map<number, T[]>();
  for (const { relation, value } of rows) {
    const values = found.get(relation);
    if (values === undefined) found.set(relation, [toValue(value)]);
    else values.push(toValue(value));
  }
  return (oid) => sort(found.get(oid) ?? []);
}

/** Columns come in the order of their table. */
function inOrder<T>(values: readonly T[]): readonly T[] {
  return values;
}

function toTable(row: RelationRow, parts: PartsOf): relation.Table {
  const { oid, kind, definition, populated, server, foreignOptions, ...table } = row;
  return {
    ...table,
    columns: parts.columns(oid),
    constraints: parts.constraints(oid),
    indexes: parts.indexes(oid),
    triggers: parts.triggers(oid),
    rules: parts.rules(oid),
    policies: parts.policies(oid),
  };
}

function toForeignTable(row: RelationRow, parts: PartsOf): relation.ForeignTable {
  const { oid, name, owner, grants, ownerLacks, comment, server, foreignOptions, inherits, partition } = row;
  return {
    ...{ name, owner, grants, ownerLacks, comment, server, foreignOptions, inherits, partition },
    columns: parts.columns(oid),
    constraints: parts.constraints(oid),
    triggers: parts.triggers(oid),
    rules: parts.rules(oid),
  };
}

function toView(row: RelationRow, parts: PartsOf): relation.View {
  const { oid, name, owner, grants, ownerLacks, comment, definition, options } = row;
  return {
    ...{ name, owner, grants, ownerLacks, comment, definition: canonical(definition), options },
    columns: parts.columns(oid),
    triggers: parts.triggers(oid),
    rules: parts.rules(oid),
  };
}

function toMaterializedView(row: RelationRow, parts: PartsOf): relation.MaterializedView {
  const { oid, name, owner, grants, ownerLacks, comment, definition, populated } = row;
  const { accessMethod, tablespace, options, toastOptions } = row;
  return {
    ...{ name, owner, grants, ownerLacks, comment, definition: canonical(definition), populated },
    ...{ accessMethod, tablespace, options, toastOptions },
    columns: parts.columns(oid),
    indexes: parts.indexes(oid),
  };
}

function toColumn(column: relation.Column): relation.Column {
  if (column.default === null && column.generated === null) return column;
  const generated = column.generated && { ...column.generated, expression: canonical(column.generated.expression) };
  return { ...column, default: canonical(column.default), generated };
}

/** What the text says behind the constraint itself stands in properties of their own. */
const states = /(?: NO INHERIT)?(?: DEFERRABLE)?(?: INITIALLY DEFERRED)?(?: NOT ENFORCED)?(?: NOT VALID)?$/;

function toConstraint(row: relation.Constraint): relation.Constraint {
  return { ...row, definition: canonical(row.definition.replace(states, '')) };
}

function toIndex(row: relation.Index): relation.Index {
  return {
    ...row,
    definition: canonical(withoutStorage(row.definition)),
    keys: row.keys.map((key) => canonical(key)),
    predicate: canonical(row.predicate),
  };
}

function withDefinition<T extends { readonly definition: string }>(row: T): T {
  return { ...row, definition: canonical(row.definition) };
}

function toPolicy(row: relation.Policy): relation.Policy {
  return { ...row, using: canonical(row.using), withCheck: canonical(row.withCheck) };
}

function toDomains({ domains, constraints }: Rows): readonly Domain[] {
  const own = constraints.flatMap(({ domain, value }) => (domain === 0 ? [] : [{ relation: domain, value }]));
  const constraintsOf = byRelation(own, toConstraint, sortByName);
  return domains.map(({ oid, ...domain }) => ({
    ...domain,
    default: canonical(domain.default),
    constraints: constraintsOf(oid),
  }));
}

function toComposites({ composites, attributes }: Rows): readonly Composite[] {
  const attributesOf = byRelation(attributes, (attribute) => attribute, inOrder);
  return composites.map(({ relation, ...composite }) => ({ ...composite, attributes: attributesOf(relation) }));
}

/** A body that is the text it was made with is left as it is. */
function toFunction<T extends Procedure | SqlFunction>({ parsed, ...row }: T & { readonly parsed: boolean }): T {
  const routine = row as unknown as T;
  return {
    ...routine,
    parameters: canonical(routine.parameters),
    body: parsed ? canonical(routine.body) : routine.body,
  };
}

function toPublication(row: Publication): Publication {
  return { ...row, tables: row.tables.map((table) => ({ ...table, where: canonical(table.where) })) };
}
