import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { lex } from '../sql/lexer.ts';
import { plural } from '../words.ts';
import { namesMadeBy } from './created-names.ts';
import { parseLoosely } from './parsed.ts';
import { bodiesOf, treesIn, visit } from './statement-trees.ts';

/** A built-in object of a server: `function uuidv7`. */
export interface Builtin {
  readonly kind: keyof typeof found;
  readonly name: string;
  /** The number of arguments in the call of a function, or -1 where it is not known. */
  readonly args: number;
}

export function keyOf({ kind, name, args }: Builtin): string {
  return JSON.stringify([kind, name, args]);
}

export function wordBuiltin({ kind, name, args }: Builtin): string {
  return kind === 'function'
    ? `function ${name}${args === -1 ? '' : ` with ${plural(args, 'argument')}`}`
    : `${kind} ${name}`;
}

/** Finds the names in a statement that may be built-in objects. In the body of a block every word before a parenthesis counts as one. */
export function findUsed(text: string): readonly Builtin[] {
  const used = new Map<string, Builtin>();
  const add = (kind: Builtin['kind'], name: string | undefined, args = -1) => {
    if (name !== undefined && name !== '') used.set(keyOf({ kind, name, args }), { kind, name, args });
  };
  for (const tree of treesIn(text)) {
    visit(tree, (kind, fields) => {
      if (kind === 'FuncCall') add('function', ownName(fields.funcname), countOf(fields.args));
      if (kind === 'TypeName') add('type', ownName(fields.names));
      if (kind === 'CollateClause') add('collation', ownName(fields.collname));
      if (kind === 'VariableSetStmt') add('setting', stringOf(fields.name).toLowerCase());
      if (kind === 'RoleSpec' && stringOf(fields.rolename).startsWith('pg_')) add('role', stringOf(fields.rolename));
      if (kind === 'AccessPriv' && stringOf(fields.priv_name).startsWith('pg_'))
        add('role', stringOf(fields.priv_name));
      if (isSystem(fields)) add('relation', stringOf(fields.relname));
    });
  }
  for (const body of (parseLoosely(text) ?? []).flatMap(bodiesOf))
    for (const name of callsIn(body)) add('function', name);
  return [...used.values()];
}

/** Leaves out what the files create themselves. */
export function withoutMade(used: readonly Builtin[], texts: readonly string[]): readonly Builtin[] {
  const made = new Set(texts.flatMap(namesMadeBy));
  return used.filter(({ name }) => !made.has(name));
}

function isSystem({ relname, schemaname }: Readonly<Record<string, unknown>>): boolean {
  if (typeof relname !== 'string') return false;
  return schemaname === 'pg_catalog' || (schemaname === undefined && relname.startsWith('pg_'));
}

/** A name with another schema than pg_catalog is not a built-in object. */
function ownName(names: unknown): string | undefined {
  const parts = Array.isArray(names) ? names.map((one: { String?: { sval?: string } }) => one.String?.sval ?? '') : [];
  return parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog') ? parts.at(-1) : undefined;
}

function countOf(args: unknown): number {
  return Array.isArray(args) ? args.length : 0;
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function callsIn(body: string): readonly string[] {
  const names: string[] = [];
  let last: string | undefined;
  for (const { kind, start, end } of lex(body)) {
    const word = body.slice(start, end);
    if (word === '(' && last !== undefined) names.push(last);
    last = kind === 'word' ? word.toLowerCase() : undefined;
  }
  return names;
}

/** The catalog to look in. `$own` restricts the search to built-in objects. */
const found = {
  function:
    'pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.proname = u.name AND (u.args = -1 OR p.provariadic <> 0 OR u.args BETWEEN p.pronargs - p.pronargdefaults AND p.pronargs)',
  type: 'pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = u.name',
  collation:
    'pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.collname = u.name',
  relation: 'pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = u.name',
  setting: "pg_catalog.pg_namespace n, pg_catalog.pg_settings s WHERE n.nspname = 'pg_catalog' AND s.name = u.name",
  role: "pg_catalog.pg_namespace n, pg_catalog.pg_roles r WHERE n.nspname = 'pg_catalog' AND r.rolname = u.name",
} as const;

/** Finds those that the server has, either built in or from anybody. */
export async function findThere(
  session: Session,
  used: readonly Builtin[],
  whose: 'server' | 'anybody',
): Promise<readonly Builtin[]> {
  if (used.length === 0) return [];
  const own = whose === 'server' ? " AND n.nspname = 'pg_catalog'" : '';
  const given = JSON.stringify(used.map((one, at) => ({ at, ...one })));
  const is = Object.entries(found).map(([kind, from]) => `u.kind = '${kind}' AND EXISTS (SELECT FROM ${from}${own})`);
  const question = SQL`SELECT u.at::text AS at
  FROM pg_catalog.json_to_recordset(${given}::json) AS u (at integer, kind text, name text, args integer) WHERE `;
  const rows = await ask(session, question.append(is.map((one) => `(${one})`).join(' OR ')));
  return rows.flatMap(({ at }) => used[Number(at)] ?? []);
}
