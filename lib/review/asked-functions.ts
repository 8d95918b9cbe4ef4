import { quoteIdent } from '../sql/quote.ts';
import { findNodes, parseLoosely } from './parsed.ts';
import type { Snapshot } from './snapshot.ts';
import { isHarmlessExpression } from './trigger-body.ts';

interface Called {
  readonly name: string;
  readonly fixed: boolean;
}

export function findFunctions({ objects }: Snapshot): readonly Called[] {
  return [...objects.values()].flatMap(({ type, name, definition }) => {
    const [, short] = /\.("(?:[^"]|"")+"|[^."(]+)\(/.exec(name) ?? [];
    if (!/^(function|aggregate)$/.test(type) || short === undefined) return [];
    const bare = short.startsWith('"') ? short.slice(1, -1).replaceAll('""', '"') : short;
    // As the snapshot writes it: body, result, volatility.
    return [{ name: bare, fixed: type === 'function' && definition.split(' ')[2] === 'i' }];
  });
}

/** By its text: functions that may look at tables, views, operators of the database's own, defaults that are asked. */
export function findAsking(text: string, label: string, snapshot: Snapshot): readonly string[] {
  if (!/^(UPDATE|DELETE)\b/.test(label)) return [];
  const [node] = parseLoosely(text) ?? [];
  const { relations, columns, objects } = snapshot;
  const functions = findFunctions(snapshot);
  const asking = new Set(functions.flatMap(({ name, fixed }) => (fixed ? [] : [name])));
  const fields = new Set(Array.from(columns.values(), ({ name }) => name));
  const views = new Set(Array.from(relations.values(), ({ name, kind }) => (kind === 'v' ? name : '')));
  const operators = [...objects.values()].flatMap(({ type, name }) => (type === 'operator' ? [name] : []));
  const asked = [...findNodes(node)].flatMap(([kind, body]): readonly string[] => {
    const {
      funcname,
      fields: parts,
      name,
      relname,
      schemaname,
    } = body as Readonly<Record<string, { String?: { sval?: string } }[] | string | undefined>>;
    const last = (list: typeof funcname) => (Array.isArray(list) ? (list.at(-1)?.String?.sval ?? '') : '');
    if (kind === 'FuncCall' && asking.has(last(funcname))) return [`function ${quoteIdent(last(funcname))}`];
    // `t.f` calls `f(t)` where there is no such column.
    if (kind === 'ColumnRef' && asking.has(last(parts)) && !fields.has(last(parts)))
      return [`function ${quoteIdent(last(parts))}`];
    if (kind === 'A_Expr' && operators.some((one) => one.includes(`.${last(name)}(`)))
      return [`operator ${last(name)}`];
    if (kind !== 'RangeVar' || typeof relname !== 'string') return [];
    const end = `.${quoteIdent(relname)}`;
    const isMeant = (view: string) =>
      typeof schemaname === 'string' ? view === `${quoteIdent(schemaname)}${end}` : view.endsWith(end);
    return [...views].filter(isMeant).map((view) => `view ${view}`);
  });
  return [...new Set([...asked, ...askedDefaults(node, snapshot, functions)])];
}

/** `SET n = DEFAULT` has the function in the catalog. */
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
