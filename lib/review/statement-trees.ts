import { lex } from '../sql/lexer.ts';
import type { Node } from '../sql/parser.ts';
import { parseLoosely } from './parsed.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The parse trees of a statement and of the SQL in its bodies. */
export function treesIn(text: string): readonly Node[] {
  const nodes = parseLoosely(text) ?? [];
  const bodies = nodes.flatMap(bodiesOf);
  return [...nodes, ...bodies.flatMap((body) => fragmentsOf(body, 2))];
}

/** The strings after AS or DO. */
export function bodiesOf(node: Node): readonly string[] {
  const args =
    'DoStmt' in node
      ? (node.DoStmt.args ?? [])
      : 'CreateFunctionStmt' in node
        ? (node.CreateFunctionStmt.options ?? [])
        : [];
  return args.flatMap((one) => {
    const { defname, arg } = fieldsOf(one, 'DefElem');
    if (defname !== 'as') return [];
    const own = fieldsOf(arg, 'String').sval;
    if (typeof own === 'string') return [own];
    return listOf(fieldsOf(arg, 'List').items).map((item) => String(fieldsOf(item, 'String').sval ?? ''));
  });
}

const verbs: ReadonlySet<string> = new Set(
  'alter analyze cluster comment copy create delete drop grant insert merge reindex revoke select truncate update vacuum with'.split(
    ' ',
  ),
);

/** Parses the statements of a block and of its strings, each from a verb to the next semicolon, as far as they can be parsed. */
function fragmentsOf(body: string, depth: number): readonly Node[] {
  const nodes: Node[] = [];
  let start: number | undefined;
  const close = (end: number) => {
    if (start !== undefined) nodes.push(...(parseLoosely(body.slice(start, end)) ?? []));
    start = undefined;
  };
  for (const token of lex(body)) {
    const word = body.slice(token.start, token.end);
    if (word === ';') close(token.start);
    else if (token.kind === 'word' && start === undefined && verbs.has(word.toLowerCase())) start = token.start;
    else if ((token.kind === 'string' || token.kind === 'dollar') && depth > 0)
      nodes.push(...fragmentsOf(unquote(word), depth - 1));
  }
  close(body.length);
  return nodes;
}

function unquote(literal: string): string {
  if (!literal.startsWith('$')) return literal.slice(literal.indexOf("'") + 1, -1).replaceAll("''", "'");
  const tag = literal.indexOf('$', 1) + 1;
  return literal.slice(tag, -tag);
}

/** Visits every node of a tree with the name of its kind. For some nodes only the name of the field tells their kind. */
export function visit(value: unknown, on: (kind: string, fields: Fields) => void): void {
  if (Array.isArray(value)) {
    for (const one of value) visit(one, on);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    if (typeof field === 'object' && field !== null && !Array.isArray(field))
      on(kindsOfFields[key] ?? key, field as Fields);
    visit(field, on);
  }
}

const kindsOfFields: Readonly<Record<string, string>> = {
  returningClause: 'ReturningClause',
  search_clause: 'CTESearchClause',
  cycle_clause: 'CTECycleClause',
  typeName: 'TypeName',
};

export function fieldsOf(node: unknown, kind: string): Fields {
  const own = typeof node === 'object' && node !== null ? (node as Fields)[kind] : undefined;
  return typeof own === 'object' && own !== null ? (own as Fields) : {};
}

/** The fields of a RangeVar in a field that can hold nothing else, where it has no kind of its own. */
export function fieldsOfRange(node: unknown): Fields {
  return typeof node === 'object' && node !== null ? (node as Fields) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function stringOf(arg: unknown): string {
  return String(fieldsOf(arg, 'String').sval ?? '');
}
