import type { Node } from '../sql/parser.ts';
import { splitName } from '../sql/quote.ts';
import { type ColumnName, type TableName, Walk } from './name-walk.ts';
import { parseLoosely } from './parsed.ts';
import { readBody } from './plpgsql.ts';
import type { FunctionFacts } from './survey.ts';

/** What the body of a function names. A name that may be a variable or a column of something unknown is left out. */
export interface Names {
  readonly tables: readonly TableName[];
  readonly columns: readonly ColumnName[];
  /** The functions that it calls, without their schemas. */
  readonly calls: readonly string[];
  /** Fields of NEW and OLD. */
  readonly fields: readonly string[];
}

const known = new WeakMap<FunctionFacts, Names | undefined>();

/** The result is undefined for other languages than SQL and PL/pgSQL, and where the body can't be parsed. */
export function findNames(one: FunctionFacts): Names | undefined {
  if (!known.has(one)) known.set(one, readNames(one));
  return known.get(one);
}

function readNames({ language, body, result, arguments: names }: FunctionFacts): Names | undefined {
  if (language === 'sql') {
    const queries = parseLoosely(body);
    return queries && collect(queries, [], [], names);
  }
  const read = language === 'plpgsql' ? readBody({ body, result, arguments: names }) : undefined;
  return read && collect(read.queries, read.fields, read.types, [...names, ...read.variables]);
}

function collect(
  queries: readonly Node[],
  fields: readonly string[],
  types: readonly string[],
  variables: readonly string[],
): Names {
  const walk = new Walk(new Set(variables));
  for (const query of queries) walk.visit(query, []);
  const typed = types.flatMap(toTyped);
  return {
    tables: [
      ...walk.tables.filter(({ name }) => !walk.made.has(name)),
      ...typed.flatMap(({ tables, column }) => (column === '' ? tables : [])),
    ],
    columns: [...walk.columns, ...typed.filter(({ column }) => column !== '')],
    calls: walk.calls,
    fields: [...fields, ...walk.fields],
  };
}

/** `public.orders.code%TYPE`, `orders%ROWTYPE` */
function toTyped(type: string): readonly ColumnName[] {
  const [, path = '', what = ''] = /^(.*)%(type|rowtype)$/i.exec(type) ?? [];
  const parts = [...splitName(path)];
  const column = what.toLowerCase() === 'type' ? parts.pop() : '';
  const name = parts.pop();
  // `other%TYPE` refers to a variable.
  if (name === undefined || column === undefined) return [];
  const [schema] = parts;
  return [{ column, tables: [{ name, schema }] }];
}
