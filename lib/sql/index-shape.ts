import type { NodeBody } from './node-readers.ts';
import type { Node } from './parser.ts';
import type { IndexShape } from './source.ts';

type Element = NodeBody<'IndexElem'>;

/** What can be told of an index from the statement that makes it, in the words of the catalog. */
export function shapeOf(statement: NodeBody<'IndexStmt'>): IndexShape {
  const { accessMethod, indexParams, indexIncludingParams, whereClause, unique } = statement;
  const method = accessMethod ?? 'btree';
  const keys = elementsOf(indexParams);
  const included = elementsOf(indexIncludingParams);
  const exact = exactlyOf(statement, keys, included);
  return {
    unique: unique === true,
    // The server's own replacement of the method that was dropped in 8.2.
    method: method === 'rtree' ? 'gist' : method,
    columns: [...keys, ...included].map(({ name }) => name ?? null),
    keys: keys.length,
    partial: whereClause !== undefined,
    exact,
  };
}

/** Columns, and calls of a function on columns, in whatever order: the server prints those as they are written. */
function exactlyOf(
  statement: NodeBody<'IndexStmt'>,
  keys: readonly Element[],
  included: readonly Element[],
): IndexShape['exact'] {
  const { whereClause, options, nulls_not_distinct } = statement;
  if (whereClause !== undefined || options !== undefined) return undefined;
  const texts = keys.map(textOf);
  if (!texts.every((text) => text !== undefined)) return undefined;
  return {
    keys: keys.map((key, index) => `${texts[index]}${orderOf(key)}`),
    tail: nulls_not_distinct ? ' NULLS NOT DISTINCT' : '',
    names: [...keys, ...included].map((key) => key.name ?? callOf(key)?.name ?? ''),
  };
}

/** In the place of an expression. Of a column there is nothing to say: the server is asked how it quotes its name. */
function textOf(element: Element): string | undefined {
  if (element.collation !== undefined || element.opclass !== undefined) return undefined;
  return element.name === undefined ? callOf(element)?.text : '';
}

/** Only names that are printed as they are; where the server adds a cast or a schema all the same, the two do not match. */
function callOf({ expr }: Element): { readonly name: string; readonly text: string } | undefined {
  if (expr === undefined || !('FuncCall' in expr)) return undefined;
  const { funcname, args, ...rest } = expr.FuncCall;
  if (Object.keys(rest).some((key) => key !== 'funcformat' && key !== 'location')) return undefined;
  const [name, ...others] = (funcname ?? []).map(wordOf);
  const columns = (args ?? []).map((arg) => {
    const fields = 'ColumnRef' in arg ? (arg.ColumnRef.fields ?? []) : [];
    return fields.length === 1 ? wordOf(fields[0]) : undefined;
  });
  if (name === undefined || others.length > 0 || !columns.every((column) => column !== undefined)) return undefined;
  return { name, text: `${name}(${columns.join(', ')})` };
}

function wordOf(node: Node | undefined): string | undefined {
  const word = node !== undefined && 'String' in node ? node.String.sval : undefined;
  return word !== undefined && /^[a-z_][a-z0-9_]*$/.test(word) ? word : undefined;
}

function orderOf({ ordering, nulls_ordering }: Element): string {
  if (ordering === 'SORTBY_DESC') return nulls_ordering === 'SORTBY_NULLS_LAST' ? ' DESC NULLS LAST' : ' DESC';
  return nulls_ordering === 'SORTBY_NULLS_FIRST' ? ' NULLS FIRST' : '';
}

function elementsOf(nodes: readonly Node[] | undefined): readonly Element[] {
  return (nodes ?? []).flatMap((node) => ('IndexElem' in node ? [unwrap(node.IndexElem)] : []));
}

/** A column in more parentheses is read as an expression, and made into a column. */
function unwrap(element: Element): Element {
  const { expr, ...rest } = element;
  const fields = expr !== undefined && 'ColumnRef' in expr ? (expr.ColumnRef.fields ?? []) : [];
  const [field] = fields;
  if (fields.length !== 1 || field === undefined || !('String' in field)) return element;
  return { ...rest, name: field.String.sval ?? '' };
}
