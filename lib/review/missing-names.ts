import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { namesMadeBy } from './created-names.ts';
import type { Failure } from './measured.ts';
import { treesIn, visit } from './statement-trees.ts';

/** The names in a statement that something other than the files may create. */
interface Named {
  readonly kind: keyof typeof catalogs;
  readonly schema: string | undefined;
  readonly name: string;
}

export interface Making {
  /** The statements of every file that is run on scratch. */
  readonly texts: readonly string[];
  /** Whether the database that the plan is for has such a relation; undefined where none is compared. */
  readonly isThere: ((name: string, schema: string | undefined) => Promise<boolean>) | undefined;
}

/** The SQLSTATEs of tables, columns, schemas, functions and other objects that don't exist. */
export const undefinedCodes: ReadonlySet<string> = new Set(['42P01', '42703', '3F000', '42883', '42704', '3D000']);

/**
 * Whether a statement failed because of an object that no file creates, so that another tool, an extension or a person must create it. A
 * relation that is missing in an existing schema counts as misspelt, unless the database has it.
 */
export async function needsElsewhere(
  session: Session,
  text: string,
  { code, message }: Failure,
  { texts, isThere }: Making,
): Promise<boolean> {
  if (!undefinedCodes.has(code)) return false;
  const made = new Set(texts.flatMap(namesMadeBy));
  if (code === '3F000') return ![...made].some((name) => message.includes(`"${name}"`));
  const named = findNamed(text).filter(({ name }) => message.includes(name));
  const schemas = named.flatMap(({ schema }): Named[] => (schema === undefined ? [] : [toSchema(schema)]));
  const absent = new Set((await findAbsent(session, [...named, ...schemas])).map(keyOf));
  const isNobodys = (one: Named) => absent.has(keyOf(one)) && !made.has(one.name);
  for (const one of named) {
    const { kind, schema, name } = one;
    if (schema !== undefined && isNobodys(toSchema(schema))) return true;
    if (!codes[code]?.has(kind) || !isNobodys(one)) continue;
    if (kind !== 'relation' || (await isThere?.(name, schema))) return true;
  }
  return false;
}

/** Adds the other schemas and types that it names and no file creates, since the server reports only the first. */
export async function nameAll(
  session: Session,
  text: string,
  failure: Failure,
  texts: () => readonly string[],
): Promise<Failure> {
  const { code, message } = failure;
  if (!undefinedCodes.has(code)) return failure;
  const said = new Set(message.split(/[^\p{L}\p{N}_$]+/u));
  const named = findNamed(text);
  const wanted = [
    ...named.flatMap(({ schema }): Named[] => (schema === undefined ? [] : [toSchema(schema)])),
    ...named.filter(({ kind, name }) => kind === 'type' && !/^(big|small)?serial[248]?$/.test(name)),
  ].filter(({ name }) => !said.has(name));
  const absent = await findAbsent(session, wanted);
  if (absent.length === 0) return failure;
  const made = new Set(texts().flatMap(namesMadeBy));
  const words = absent.flatMap(({ kind, name }) => (made.has(name) ? [] : [`${kind} "${name}"`]));
  return words.length === 0
    ? failure
    : { ...failure, message: `${message}, and neither does ${[...new Set(words)].join(', ')}` };
}

function toSchema(name: string): Named {
  return { kind: 'schema', schema: undefined, name };
}

function keyOf({ kind, name }: Named): string {
  return JSON.stringify([kind, name]);
}

/** The kinds of objects that an SQLSTATE is about. */
const codes: Readonly<Record<string, ReadonlySet<Named['kind']>>> = {
  '42P01': new Set(['relation']),
  '42883': new Set(['function', 'operator']),
  '42704': new Set(['type', 'collation', 'language', 'access method', 'operator class', 'extension', 'server']),
};

function findNamed(text: string): readonly Named[] {
  const found: Named[] = [];
  const add = (kind: Named['kind'], parts: readonly string[]) => {
    const [name = '', schema] = parts.toReversed();
    if (name !== '') found.push({ kind, schema, name });
  };
  for (const tree of treesIn(text)) {
    visit(tree, (kind, fields) => {
      // `orders.total%TYPE` is that of a column.
      if (kind === 'TypeName' && fields.pct_type === true) return;
      for (const [own, field] of kinds[kind] ?? []) add(own, namesOf(fields[field]));
      if (typeof fields.relname === 'string') add('relation', namesOf([fields.schemaname ?? '', fields.relname]));
      if (kind === 'DefElem' && fields.defname === 'language') add('language', namesOf(fields.arg));
      if (kind === 'DropStmt') for (const one of listOf(fields.objects)) addDropped(String(fields.removeType), one);
    });
  }
  return found;
  function addDropped(type: string, object: unknown): void {
    const kind = dropped[type];
    if (kind !== undefined) add(kind, namesOf(object));
  }
}

/** The kinds of nodes that have a name of each kind, and the field that holds it. */
const kinds: Readonly<Record<string, readonly (readonly [Named['kind'], string])[]>> = {
  FuncCall: [['function', 'funcname']],
  CreateTrigStmt: [['function', 'funcname']],
  CreateEventTrigStmt: [['function', 'funcname']],
  ObjectWithArgs: [['function', 'objname']],
  TypeName: [['type', 'names']],
  CollateClause: [['collation', 'collname']],
  A_Expr: [['operator', 'name']],
  IndexStmt: [['access method', 'accessMethod']],
  CreateStmt: [['access method', 'accessMethod']],
  IndexElem: [['operator class', 'opclass']],
  AlterExtensionStmt: [['extension', 'extname']],
  CreateForeignTableStmt: [['server', 'servername']],
  CreateUserMappingStmt: [['server', 'servername']],
};

const dropped: Readonly<Record<string, Named['kind']>> = {
  OBJECT_TABLE: 'relation',
  OBJECT_VIEW: 'relation',
  OBJECT_TYPE: 'type',
  OBJECT_EXTENSION: 'extension',
};

/** Reads a string or a list of strings, as a node or as a plain value. */
function namesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(namesOf);
  if (typeof value !== 'object' || value === null) return [];
  const { sval, String: own, List: list, TypeName: type } = value as Readonly<Record<string, unknown>>;
  if (typeof sval === 'string') return [sval];
  return namesOf(own ?? (list as { items?: unknown })?.items ?? (type as { names?: unknown })?.names);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const catalogs = {
  schema: ['pg_namespace', 'nspname'],
  relation: ['pg_class', 'relname'],
  function: ['pg_proc', 'proname'],
  operator: ['pg_operator', 'oprname'],
  type: ['pg_type', 'typname'],
  collation: ['pg_collation', 'collname'],
  language: ['pg_language', 'lanname'],
  'access method': ['pg_am', 'amname'],
  'operator class': ['pg_opclass', 'opcname'],
  extension: ['pg_extension', 'extname'],
  server: ['pg_foreign_server', 'srvname'],
} as const;

/** Keeps the names that no object of the same kind has, in any schema. */
async function findAbsent(session: Session, named: readonly Named[]): Promise<readonly Named[]> {
  if (named.length === 0) return [];
  const given = JSON.stringify(named.map(({ kind, name }, at) => ({ at, kind, name })));
  const isThere = Object.entries(catalogs).map(
    ([kind, [catalog, column]]) =>
      `WHEN '${kind}' THEN EXISTS (SELECT FROM pg_catalog.${catalog} c WHERE c.${column} = u.name)`,
  );
  const question = SQL`SELECT u.at::text AS at
  FROM pg_catalog.json_to_recordset(${given}::json) AS u (at integer, kind text, name text) WHERE NOT CASE u.kind `;
  const rows = await ask(session, question.append(`${isThere.join(' ')} END`));
  return rows.flatMap(({ at }) => named[Number(at)] ?? []);
}
