import { parsePlPgSQLSync, parseSync } from 'libpg-query';

type Tree = Readonly<Record<string, unknown>>;

/** What a name of a text would be looked up for in the path of the session: `operator =`, `function count`. */
export function findBare(text: string): readonly string[] {
  const found: string[] = [];
  let own = false;
  for (const { stmt } of text === '' ? [] : (parseSync(text).stmts ?? [])) {
    const [[kind, node] = ['', {}]] = Object.entries(stmt as Tree) as [string, Tree][];
    const path = pathSetBy(node);
    if (path !== undefined) own = path === '';
    if (kind === 'VariableSetStmt' && node.name === 'search_path') own = isOwn(node);
    else if (kind === 'VariableSetStmt' && node.kind === 'VAR_RESET_ALL') own = false;
    else if (kind === 'TransactionStmt' && node.kind !== 'TRANS_STMT_BEGIN') own = false;
    else if (!own) found.push(...listBare(kind, node));
  }
  return [...new Set(found)];
}

function listBare(kind: string, node: Tree): readonly string[] {
  if (kind === 'DoStmt') return findInBody(stringOf(node.args));
  if (kind !== 'CreateFunctionStmt') return walk({ [kind]: node }, []);
  const options = (node.options as Tree[]).map((option) => option.DefElem as Tree);
  const safe = options.some(({ defname, arg }) => defname === 'set' && isOwn((arg as Tree).VariableSetStmt as Tree));
  const outer = walk({ parameters: node.parameters, returnType: node.returnType }, []);
  if (safe) return outer;
  const body = stringOf(options.filter(({ defname }) => defname === 'as'));
  return [...outer, ...(JSON.stringify(options).includes('plpgsql') ? findInBody(body) : findBare(body))];
}

/** By `SELECT set_config('search_path', …)`: an empty one leaves functions and operators to pg_catalog alone. */
function pathSetBy(tree: unknown): string | undefined {
  if (tree === null || typeof tree !== 'object') return undefined;
  const { FuncCall } = tree as { FuncCall?: Tree };
  const [name, value] = (FuncCall?.args ?? []) as Tree[];
  if (
    FuncCall !== undefined &&
    valuesOf(FuncCall.funcname).at(-1) === 'set_config' &&
    valuesOf(name)[0] === 'search_path'
  )
    return value !== undefined && 'A_Const' in value ? (valuesOf(value)[0] ?? '') : 'another';
  return Object.values(tree)
    .map(pathSetBy)
    .find((path) => path !== undefined);
}

function isOwn(node: Tree): boolean {
  return node.name === 'search_path' && JSON.stringify(valuesOf(node.args)) === '["pg_catalog","pg_temp"]';
}

function valuesOf(tree: unknown): string[] {
  if (tree === null || typeof tree !== 'object') return [];
  return Object.entries(tree).flatMap(([key, value]) =>
    key === 'sval' && typeof value === 'string' ? [value] : valuesOf(value),
  );
}

function stringOf(tree: unknown): string {
  return valuesOf(tree).reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

/** Each expression and each type of a PL/pgSQL body. */
function findInBody(body: string): readonly string[] {
  const tag = '$of_the_audit$';
  const parsed = parsePlPgSQLSync(`CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS ${tag}${body}${tag}`);
  const texts: string[] = [];
  const look = (tree: unknown): void => {
    if (tree === null || typeof tree !== 'object') return;
    for (const [key, value] of Object.entries(tree)) {
      if (key === 'PLpgSQL_expr') texts.push(asStatement(value));
      else if (key === 'PLpgSQL_type' && !builtIn.has(value.typname)) texts.push(`SELECT NULL::${value.typname}`);
      else look(value);
    }
  };
  look(parsed);
  return texts.flatMap(findBare);
}

/** What PL/pgSQL declares by itself, or makes of a record. */
const builtIn = new Set(['record', 'boolean', 'UNKNOWN', '']);

function asStatement({ query, parseMode }: { query: string; parseMode: number }): string {
  if (parseMode === 0) return query;
  return `SELECT ${parseMode === 2 ? query : query.replace(/^[^:=]*:?=/, '')}`;
}

function walk(tree: unknown, ctes: readonly string[]): string[] {
  if (Array.isArray(tree)) return tree.flatMap((item) => walk(item, ctes));
  if (tree === null || typeof tree !== 'object') return [];
  return Object.entries(tree as Tree).flatMap(([key, value]) => {
    const node = (value ?? {}) as Tree;
    const names = node.withClause === undefined ? ctes : [...ctes, ...cteNames(node.withClause as Tree)];
    return [...tell(key, node, names), ...walk(value, names)];
  });
}

function cteNames({ ctes }: Tree): string[] {
  return (ctes as Tree[]).map(({ CommonTableExpr }) => String((CommonTableExpr as Tree).ctename));
}

function tell(key: string, node: Tree, ctes: readonly string[]): string[] {
  const single = (names: unknown): string | undefined => {
    const values = valuesOf(names);
    return values.length === 1 ? values[0] : undefined;
  };
  switch (key) {
    case 'FuncCall':
      return single(node.funcname) === undefined ? [] : [`function ${single(node.funcname)}`];
    case 'A_Expr':
      return single(node.name) === undefined ? [] : [`operator ${single(node.name)} (${node.kind})`];
    case 'SubLink':
      if (node.subLinkType !== 'ANY_SUBLINK' && node.subLinkType !== 'ALL_SUBLINK') return [];
      return valuesOf(node.operName).length > 1 ? [] : ['operator = (IN of a subquery)'];
    case 'CaseExpr':
      return node.arg === undefined ? [] : ['operator = (CASE x WHEN)'];
    case 'JoinExpr':
      return node.usingClause === undefined && node.isNatural !== true ? [] : ['operator = (JOIN USING)'];
    case 'TypeName':
    case 'typeName':
    case 'returnType':
    case 'argType':
      return single(node.names) === undefined ? [] : [`type ${single(node.names)}`];
    case 'RangeVar':
    case 'relation':
      return node.relname === undefined || node.schemaname !== undefined || ctes.includes(String(node.relname))
        ? []
        : [`relation ${node.relname}`];
    default:
      return [];
  }
}
