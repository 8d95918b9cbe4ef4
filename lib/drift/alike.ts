import type { Kind, Kinds } from '../schema/kind.ts';
import type { Column } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';

/** Writes the names that are missing in the place of those that are there. */
export type Substitute = (text: string) => string;

/**
 * Whether two values are the same thing under two names, as far as that can be seen: what makes it is the same. Owners, privileges, comments and
 * the parts of a table besides its columns may have been changed as well.
 */
export function isAlike(kind: Kind, there: Kinds[Kind], wanted: Kinds[Kind], substitute: Substitute): boolean {
  const shape = shapes[kind] as ((value: Kinds[Kind]) => unknown) | undefined;
  return shape !== undefined && isSame(map(shape(there), substitute), shape(wanted));
}

function map(value: unknown, substitute: Substitute): unknown {
  if (typeof value === 'string') return substitute(value);
  if (Array.isArray(value)) return value.map((one) => map(one, substitute));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, map(one, substitute)]));
}

const shapes: { readonly [K in Kind]?: (value: Kinds[K]) => unknown } = {
  table: ({ columns, partitionKey, ofType }) => [columns.map(ofColumn), partitionKey, ofType],
  'foreign-table': ({ columns, server }) => [columns.map(ofColumn), server],
  view: ({ definition, columns }) => [definition, columns.map(({ name, type }) => [name, type])],
  'materialized-view': ({ definition, columns }) => [definition, columns.map(({ name, type }) => [name, type])],
  sequence: ({ type, start, increment, minimum, maximum, cycle, ownedBy }) => [
    ...[type, start, increment, minimum, maximum, cycle],
    ownedBy && [`${ownedBy.table.schema}.${ownedBy.table.name}`, ownedBy.column, ownedBy.identity],
  ],
  enum: ({ labels }) => labels,
  domain: ({ type, default: value, notNull, constraints }) => [
    ...[type, value, notNull],
    constraints.map(({ name, definition }) => [name, definition]),
  ],
  composite: ({ attributes }) => attributes.map(({ name, type }) => [name, type]),
  range: ({ subtype, operatorClass, collation }) => [subtype, operatorClass.schema, operatorClass.name, collation],
  function: ({ name, parameters, returns, language, body, window }) => [
    ...[name.arguments, parameters, returns, language, body, window],
  ],
  procedure: ({ name, parameters, language, body }) => [name.arguments, parameters, language, body],
  column: (column) => ofColumn({ ...column, name: '' }),
  attribute: ({ type, collation }) => [type, collation?.schema, collation?.name],
  constraint: ({ type, definition, deferrable, parent }) => [type, definition, deferrable, parent],
  index: ({ definition, constraint, parent }) => [definition, constraint, parent && [parent.schema, parent.name]],
};

function ofColumn({ name, type, notNull, generated, identity }: Column): unknown {
  return [name, type, notNull !== null, generated?.kind ?? null, identity?.generated ?? null];
}
