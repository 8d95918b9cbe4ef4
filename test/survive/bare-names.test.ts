import { loadModule, parsePlPgSQLSync, parseSync } from 'libpg-query';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade, renderBootstrap, renderPlain } from '../../lib/index.ts';
import { printLedger } from '../../lib/plan/ledger-schema.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { print } from '../support/script.ts';

type Tree = Readonly<Record<string, unknown>>;

/** What a name of a text would be looked up for in the path of the session: `operator =`, `function count`. */
function findBare(text: string): readonly string[] {
  const found: string[] = [];
  let own = false;
  for (const { stmt } of parseSync(text).stmts ?? []) {
    const [[kind, node] = ['', {}]] = Object.entries(stmt as Tree) as [string, Tree][];
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

/** As psql sends it. */
function asSent(script: string): string {
  return script
    .replace(/\\g(set|exec)\b.*$/gm, ';')
    .replace(/\\;/g, ';')
    .replace(/^\\(?!;).*$/gm, '')
    .replace(/:'?updown_\w+'?/g, '1');
}

const revisions: readonly TestRevision[] = [
  { id: 'a1', up: 'CREATE TABLE public.t (n integer);\n', down: 'DROP TABLE public.t;\n' },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY one ON public.t (n);\nREINDEX INDEX CONCURRENTLY public.one;\nINSERT INTO public.t VALUES (1);\n',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY public.one;\n',
  },
  { id: 'c1', up: 'CREATE INDEX IF NOT EXISTS two ON public.t (n);\n', down: 'DROP INDEX public.two;\n' },
];

test('the audit itself sees a bare name in each form', async () => {
  await loadModule();
  for (const [text, name] of [
    ['SELECT count(*)', 'function count'],
    ['SELECT 1 = 1', 'operator = (AEXPR_OP)'],
    ['SELECT 1 IN (1)', 'operator = (AEXPR_IN)'],
    ['SELECT nullif(1, 1)', 'operator = (AEXPR_NULLIF)'],
    ['SELECT 1 IS DISTINCT FROM 2', 'operator = (AEXPR_DISTINCT)'],
    ['SELECT CASE 1 WHEN 1 THEN 1 END', 'operator = (CASE x WHEN)'],
    ['SELECT 1 IN (SELECT 1)', 'operator = (IN of a subquery)'],
    ["SELECT 'x'::text", 'type text'],
    ['SELECT FROM pg_class', 'relation pg_class'],
    ['DO $$BEGIN IF 1 = 1 THEN NULL; END IF; END$$', 'operator = (AEXPR_OP)'],
    ['DO $$DECLARE x text; BEGIN PERFORM count(*); END$$', 'function count'],
    ['CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS $$SELECT count(*)$$', 'function count'],
    ['SET LOCAL search_path = pg_catalog, pg_temp; COMMIT; SELECT count(*)', 'function count'],
    ['SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL search_path = public; SELECT count(*)', 'function count'],
  ] as const)
    assert.ok(findBare(text).includes(name), `${text}: ${findBare(text)}`);
  assert.equal(
    findBare(
      'SET LOCAL search_path = pg_catalog, pg_temp; SELECT count(*) WHERE 1 = 1; DO $$BEGIN PERFORM now(); END$$',
    ),
    [],
  );
});

test('no SQL that is printed leaves a name of ours to the path of the session: ledger, scripts and bootstrap', async () => {
  await loadModule();
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    const bare: string[] = [];
    const audit = (what: string, text: string) => bare.push(...findBare(text).map((name) => `${what}: ${name}`));
    audit('ledger', `SET LOCAL search_path = pg_catalog, pg_temp;\n${printLedger({ schema: 'updown', project: 'p' })}`);
    const script = await prepareUpgrade({ cwd, env: {}, from: 'base' });
    audit('script', asSent(print(script)));
    audit('bootstrap', asSent(renderBootstrap(script, { tool: '0', grantTo: ['deploy'] })));
    for (const { name, pieces } of renderPlain(script, { tool: '0' }))
      if (name.endsWith('.sql')) audit(name, [...pieces].join(''));
    assert.equal([...new Set(bare)], []);
  });
});

test.run();
