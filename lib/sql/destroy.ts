import { picksAll } from './always-true.ts';
import { type NodeBody, type NodeReaders, readNode } from './node-readers.ts';
import type { Node } from './parser.ts';
import { quoteIdent } from './quote.ts';

/**
 * What a statement takes away that no later one brings back, in words: `DROP TABLE orders`. From the parse tree alone: of a DO the
 * words are looked at, and what a function or a trigger does is not seen. An index or a view is not among it, since the history makes it again; with CASCADE anything is.
 */
export function destroysOf(node: Node): readonly string[] {
  const [body] = Object.values(node);
  return [...queriesIn(body).flatMap(destroysOf), ...(readNode(node, finders) ?? [])];
}

const finders: NodeReaders<readonly string[]> = {
  DropStmt: ({ removeType, objects, behavior }) => {
    const cascades = behavior === 'DROP_CASCADE';
    const what = (removeType ?? '').replace('OBJECT_', '').replace('MATVIEW', 'MATERIALIZED_VIEW').replaceAll('_', ' ');
    if (!cascades && !holdsSomething.has(what)) return [];
    return [`DROP ${what} ${(objects ?? []).map(nameOf).join(', ')}${cascades ? ' CASCADE' : ''}`];
  },
  AlterTableStmt: ({ cmds, relation }) => (cmds ?? []).flatMap((command) => alters(command, relation)),
  TruncateStmt: ({ relations, behavior }) => [
    `TRUNCATE ${(relations ?? []).map(nameOf).join(', ')}${behavior === 'DROP_CASCADE' ? ' CASCADE' : ''}`,
  ],
  DeleteStmt: ({ relation, whereClause }) =>
    picksAll(whereClause) ? [`DELETE FROM ${nameOfRelation(relation)} ${wordAll(whereClause)}`] : [],
  MergeStmt: ({ relation, mergeWhenClauses }) =>
    (mergeWhenClauses ?? []).some(
      (when) => 'MergeWhenClause' in when && when.MergeWhenClause.commandType === 'CMD_DELETE',
    )
      ? [`MERGE INTO ${nameOfRelation(relation)} that deletes`]
      : [],
  ExplainStmt: ({ query, options }) => (query !== undefined && analyzes(options) ? destroysOf(query) : []),
  CreateTableAsStmt: ({ query }) => (query === undefined ? [] : destroysOf(query)),
  PrepareStmt: ({ query }) => (query === undefined ? [] : destroysOf(query)),
  CopyStmt: ({ query }) => (query === undefined ? [] : destroysOf(query)),
  DropOwnedStmt: () => ['DROP OWNED'],
  DoStmt: ({ args }) => (args ?? []).flatMap(wordsIn),
  DropdbStmt: ({ dbname }) => [`DROP DATABASE ${quoteIdent(dbname ?? '')}`],
  DropTableSpaceStmt: ({ tablespacename }) => [`DROP TABLESPACE ${quoteIdent(tablespacename ?? '')}`],
  DropSubscriptionStmt: ({ subname }) => [`DROP SUBSCRIPTION ${quoteIdent(subname ?? '')}`],
};

const holdsSomething: ReadonlySet<string> = new Set([
  'TABLE',
  'SCHEMA',
  'SEQUENCE',
  'MATERIALIZED VIEW',
  'FOREIGN TABLE',
  'TYPE',
  'DOMAIN',
  'EXTENSION',
]);

function wordAll(whereClause: Node | undefined): string {
  return whereClause === undefined ? 'without WHERE' : 'with a WHERE that is always true';
}

/** Words alone: one in a comment or a string makes it more careful than it need be, and what EXECUTE runs is not known. */
function wordsIn(argument: Node): readonly string[] {
  if (!('DefElem' in argument) || argument.DefElem.defname !== 'as') return [];
  const { arg } = argument.DefElem;
  const body = arg !== undefined && 'String' in arg ? (arg.String.sval ?? '') : '';
  const words = body.toUpperCase();
  const alters = /\bALTER\s+(?:COLUMN\s+)?\S+\s+(?:SET\s+DATA\s+)?TYPE\b/.test(words) ? ['ALTER COLUMN TYPE'] : [];
  const said = new Set([...(words.match(/\b(?:DROP|TRUNCATE|DELETE|EXECUTE)\b/g) ?? []), ...alters]);
  return said.size === 0 ? [] : [`DO with ${[...said].join(', ')} in it`];
}

/** EXPLAIN alone runs nothing. */
function analyzes(options: readonly Node[] = []): boolean {
  return options.some((option) => 'DefElem' in option && option.DefElem.defname === 'analyze');
}

function alters(command: Node, relation: NodeBody<'RangeVar'> | undefined): readonly string[] {
  if (!('AlterTableCmd' in command)) return [];
  const { subtype, name, behavior } = command.AlterTableCmd;
  const column = `${nameOfRelation(relation)}.${quoteIdent(name ?? '')}`;
  if (subtype === 'AT_AlterColumnType') return [`ALTER COLUMN ${column} TYPE`];
  if (subtype === 'AT_DropColumn') return [`DROP COLUMN ${column}${behavior === 'DROP_CASCADE' ? ' CASCADE' : ''}`];
  return subtype === 'AT_DropConstraint' && behavior === 'DROP_CASCADE' ? [`DROP CONSTRAINT ${column} CASCADE`] : [];
}

/** A WITH may delete, too. */
function queriesIn(body: unknown): readonly Node[] {
  const { withClause } = (body ?? {}) as { readonly withClause?: NodeBody<'WithClause'> };
  return (withClause?.ctes ?? []).flatMap((cte) =>
    'CommonTableExpr' in cte && cte.CommonTableExpr.ctequery !== undefined ? [cte.CommonTableExpr.ctequery] : [],
  );
}

function nameOf(node: Node): string {
  if ('RangeVar' in node) return nameOfRelation(node.RangeVar);
  if ('String' in node) return quoteIdent(node.String.sval ?? '');
  if ('List' in node) return (node.List.items ?? []).map(nameOf).join('.');
  if ('TypeName' in node) return (node.TypeName.names ?? []).map(nameOf).join('.');
  if ('ObjectWithArgs' in node) return (node.ObjectWithArgs.objname ?? []).map(nameOf).join('.');
  return '';
}

function nameOfRelation(relation: NodeBody<'RangeVar'> | undefined): string {
  const { schemaname, relname = '' } = relation ?? {};
  return `${schemaname === undefined ? '' : `${quoteIdent(schemaname)}.`}${quoteIdent(relname)}`;
}
