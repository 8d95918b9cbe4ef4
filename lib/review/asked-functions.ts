import { quoteIdent } from '../sql/quote.ts';
import { findNodes, parseLoosely } from './parsed.ts';
import type { RelationRow, Snapshot } from './snapshot.ts';
import { isHarmlessExpression } from './trigger-body.ts';

interface Called {
  readonly name: string;
  readonly immutable: boolean;
}

export function findFunctions({ objects }: Snapshot): readonly Called[] {
  return [...objects.values()].flatMap(({ item, called }) => {
    if (item.kind !== 'function' && item.kind !== 'aggregate') return [];
    return [{ name: called, immutable: item.kind === 'function' && item.value.volatility === 'immutable' }];
  });
}

/** Finds in an UPDATE or a DELETE what may read any table: functions, views, user-defined operators, and defaults that are evaluated. */
export function findAsking(text: string, label: string, snapshot: Snapshot): readonly string[] {
  if (!/^(UPDATE|DELETE)\b/.test(label)) return [];
  const [node] = parseLoosely(text) ?? [];
  const functions = findFunctions(snapshot);
  const known = whatAsks(snapshot, functions);
  const asked = [...findNodes(node)].flatMap(([kind, body]) => askedBy(kind, body as Fields, known));
  return [...new Set([...asked, ...askedDefaults(node, snapshot, functions)])];
}

interface Known {
  /** Names of functions that are not IMMUTABLE, without their schemas. */
  readonly functions: ReadonlySet<string>;
  readonly operators: ReadonlySet<string>;
  readonly columns: ReadonlySet<string>;
  readonly views: readonly RelationRow[];
}

function whatAsks({ relations, columns, objects }: Snapshot, functions: readonly Called[]): Known {
  return {
    functions: new Set(functions.flatMap(({ name, immutable }) => (immutable ? [] : [name]))),
    operators: new Set([...objects.values()].flatMap(({ type, called }) => (type === 'operator' ? [called] : []))),
    columns: new Set(Array.from(columns.values(), ({ name }) => name)),
    views: [...relations.values()].filter(({ kind }) => kind === 'v'),
  };
}

type Names = readonly { readonly String?: { readonly sval?: string } }[] | string | undefined;
type Fields = Readonly<Record<string, Names>>;

function askedBy(
  kind: string,
  { funcname, fields, name, relname, schemaname }: Fields,
  known: Known,
): readonly string[] {
  if (kind === 'FuncCall' && known.functions.has(lastOf(funcname))) return [`function ${quoteIdent(lastOf(funcname))}`];
  // `t.f` calls `f(t)` where there is no such column.
  if (kind === 'ColumnRef' && known.functions.has(lastOf(fields)) && !known.columns.has(lastOf(fields)))
    return [`function ${quoteIdent(lastOf(fields))}`];
  if (kind === 'A_Expr' && known.operators.has(lastOf(name))) return [`operator ${lastOf(name)}`];
  if (kind !== 'RangeVar') return [];
  return known.views
    .filter(({ schema, called }) => called === relname && (typeof schemaname !== 'string' || schema === schemaname))
    .map((view) => `view ${view.name}`);
}

function lastOf(names: Names): string {
  return Array.isArray(names) ? (names.at(-1)?.String?.sval ?? '') : '';
}

/** The function of `SET n = DEFAULT` stands in the catalog and not in the statement. */
function askedDefaults(node: unknown, { columns }: Snapshot, functions: readonly Called[]): readonly string[] {
  const own = new Set(functions.map(({ name }) => name));
  const names = [...findNodes(node)].flatMap(([kind, body]) => {
    const { name, val } = body as { readonly name?: string | undefined; readonly val?: object };
    return kind === 'ResTarget' && name !== undefined && JSON.stringify(val ?? {}).includes('SetToDefault')
      ? [name]
      : [];
  });
  return [...columns.values()]
    .filter(
      ({ name, expression }) => names.includes(name) && expression !== null && !isHarmlessExpression(expression, own),
    )
    .map(({ name }) => `the default of column ${quoteIdent(name)}`);
}
