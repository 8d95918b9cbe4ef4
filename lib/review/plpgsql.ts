import { type Node, parsePlpgsql } from '../sql/parser.ts';
import { parseLoosely } from './parsed.ts';

/** The parts of a PL/pgSQL body that may name objects of the database. */
export interface Body {
  /** Its SQL statements, and its expressions as SELECT lists. EXECUTE counts where its text is a literal. */
  readonly queries: readonly Node[];
  /** Fields of NEW and OLD. */
  readonly fields: readonly string[];
  /** `public.orders.code%TYPE`, `orders%ROWTYPE` and other types of its variables. */
  readonly types: readonly string[];
  readonly variables: readonly string[];
}

/** The body of a block: `DO $$ … $$`. */
export function queriesIn(text: string): readonly Node[] {
  const body = blockIn(text);
  return body === undefined ? [] : (readBody({ body, result: '', arguments: [] })?.queries ?? []);
}

export function blockIn(text: string): string | undefined {
  const [node] = parseLoosely(text) ?? [];
  if (node === undefined || !('DoStmt' in node)) return undefined;
  const parts = (node.DoStmt.args ?? []).flatMap((arg) => ('DefElem' in arg ? [arg.DefElem] : []));
  const source = parts.find(({ defname }) => defname === 'as')?.arg;
  return source !== undefined && 'String' in source ? (source.String.sval ?? '') : '';
}

interface Source {
  readonly body: string;
  readonly result: string;
  readonly arguments: readonly string[];
}

/** The result is undefined where the body can't be parsed. */
export function readBody(source: Source): Body | undefined {
  for (const head of headsOf(source)) {
    try {
      return toBody(parsePlpgsql(`CREATE FUNCTION f${head} LANGUAGE plpgsql AS ${quote(source.body)}`));
    } catch {
      // Whether RETURN takes a value depends on the result type, so another header may fit.
    }
  }
  return undefined;
}

/** The parser does not look types up. What matters is whether the function returns rows or a value, and what its variables are. */
function headsOf({ result, arguments: names }: Source): readonly string[] {
  if (result === 'trigger' || result === 'event_trigger') return [`() RETURNS ${result}`];
  const list = (mode: string) => names.map((name) => `${mode} "${name.replaceAll('"', '""')}" text`).join(', ');
  const inputs = ['void', 'text', 'SETOF text'].map((type) => `(${list('')}) RETURNS ${type}`);
  return [...inputs, `(${list('INOUT')})`, `(${list('INOUT')}) RETURNS SETOF record`];
}

function quote(body: string): string {
  let tag = '$body$';
  while (body.includes(tag)) tag = `$x${tag.slice(1)}`;
  return `${tag}${body}${tag}`;
}

function toBody(tree: unknown): Body {
  const datums = findAll(tree, 'datums').flatMap((all) => all as readonly Record<string, Record<string, unknown>>[]);
  const fields = datums.flatMap(({ PLpgSQL_recfield: field }) =>
    field !== undefined && isRowOfTrigger(datums, field.recparentno) ? [String(field.fieldname)] : [],
  );
  const variables = datums.flatMap(({ PLpgSQL_var: one, PLpgSQL_rec: record }) => {
    const name = one?.refname ?? record?.refname;
    return typeof name === 'string' ? [name] : [];
  });
  return {
    queries: [
      ...findAll(tree, 'PLpgSQL_expr').flatMap(toQueries),
      ...findAll(tree, 'PLpgSQL_stmt_dynexecute').flatMap(toExecuted),
    ],
    fields,
    types: findAll(tree, 'typname').map(String),
    variables,
  };
}

function isRowOfTrigger(datums: readonly Record<string, Record<string, unknown>>[], parent: unknown): boolean {
  const name = datums[typeof parent === 'number' ? parent : 0]?.PLpgSQL_rec?.refname;
  return name === 'new' || name === 'old';
}

function findAll(tree: unknown, key: string): readonly unknown[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) => [...(name === key ? [value] : []), ...findAll(value, key)]);
}

/** `parseMode`: 0 is a statement, 2 an expression, from 3 on an assignment, whose right side counts. */
function toQueries(expression: unknown): readonly Node[] {
  const { query = '', parseMode = 0 } = expression as { query?: string; parseMode?: number };
  if (parseMode === 0) return parseLoosely(query) ?? [];
  const at = parseMode === 2 ? 0 : assignmentEnd(query);
  return parseLoosely(`SELECT ${query.slice(at)}`) ?? [];
}

function assignmentEnd(query: string): number {
  const colon = query.indexOf(':=');
  return colon >= 0 ? colon + 2 : query.indexOf('=') + 1;
}

function toExecuted(statement: unknown): readonly Node[] {
  const { query } = statement as { query?: { PLpgSQL_expr?: { query?: string } } };
  const [select] = parseLoosely(`SELECT ${query?.PLpgSQL_expr?.query ?? ''}`) ?? [];
  const targets = select !== undefined && 'SelectStmt' in select ? (select.SelectStmt.targetList ?? []) : [];
  const [target] = targets;
  const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined;
  if (value === undefined || !('A_Const' in value)) return [];
  const { sval } = value.A_Const as { sval?: { sval?: string } };
  return sval?.sval === undefined ? [] : (parseLoosely(sval.sval) ?? []);
}
