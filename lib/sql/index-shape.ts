import type { Node } from './parser.ts';
import type { IndexShape } from './source.ts';

type Body<K extends string> = Extract<Node, Record<K, unknown>> extends Record<K, infer Found> ? Found : never;
type Element = Body<'IndexElem'>;

/** What can be told of an index from the statement that makes it, in the words of the catalog. */
export function shapeOf(statement: Body<'IndexStmt'>): IndexShape {
  const { accessMethod, indexParams, indexIncludingParams, whereClause, unique } = statement;
  const method = accessMethod ?? 'btree';
  const keys = elementsOf(indexParams);
  const exact = exactlyOf(statement, keys);
  return {
    unique: unique === true,
    // The server's own replacement of the method that was dropped in 8.2.
    method: method === 'rtree' ? 'gist' : method,
    columns: [...keys, ...elementsOf(indexIncludingParams)].map(({ name }) => name ?? null),
    keys: keys.length,
    partial: whereClause !== undefined,
    ...(exact && { exact }),
  };
}

/** Plain columns in whatever order: the server prints those as they are written. */
function exactlyOf(statement: Body<'IndexStmt'>, keys: readonly Element[]): IndexShape['exact'] {
  const { whereClause, options, nulls_not_distinct } = statement;
  if (whereClause !== undefined || options !== undefined || !keys.every(isPlain)) return undefined;
  return { orders: keys.map(orderOf), tail: nulls_not_distinct ? ' NULLS NOT DISTINCT' : '' };
}

function isPlain({ name, collation, opclass }: Element): boolean {
  return name !== undefined && collation === undefined && opclass === undefined;
}

function orderOf({ ordering, nulls_ordering }: Element): string {
  if (ordering === 'SORTBY_DESC') return nulls_ordering === 'SORTBY_NULLS_LAST' ? ' DESC NULLS LAST' : ' DESC';
  return nulls_ordering === 'SORTBY_NULLS_FIRST' ? ' NULLS FIRST' : '';
}

function elementsOf(nodes: readonly Node[] | undefined): readonly Element[] {
  return (nodes ?? []).flatMap((node) => ('IndexElem' in node ? [node.IndexElem] : []));
}
