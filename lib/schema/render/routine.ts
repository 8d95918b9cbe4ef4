import { freeTag, quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import type { RoutineName } from '../name.ts';
import type { Aggregate, Procedure, SqlFunction } from '../routine.ts';
import { propertyLines } from './type.ts';
import { block, granted, withoutArguments, words } from './words.ts';

export function functionStatements(value: SqlFunction): readonly string[] {
  const { returns, window, volatility, parallel, strict, leakproof, cost, rows, support } = value;
  const head = words(
    `CREATE FUNCTION ${quoteRelation(value.name)}(${value.parameters}) RETURNS ${returns} LANGUAGE ${quoteIdent(value.language)}`,
    window && 'WINDOW',
    volatility !== 'volatile' && volatility.toUpperCase(),
    strict && 'STRICT',
    leakproof && 'LEAKPROOF',
    value.securityDefiner && 'SECURITY DEFINER',
    parallel !== 'unsafe' && `PARALLEL ${parallel.toUpperCase()}`,
    `COST ${cost}`,
    rows > 0 && `ROWS ${rows}`,
    support !== null && `SUPPORT ${withoutArguments(support)}`,
  );
  return routine('FUNCTION', value, head);
}

export function procedureStatements(value: Procedure): readonly string[] {
  const head = words(
    `CREATE PROCEDURE ${quoteRelation(value.name)}(${value.parameters}) LANGUAGE ${quoteIdent(value.language)}`,
    value.securityDefiner && 'SECURITY DEFINER',
  );
  return routine('PROCEDURE', value, head);
}

function routine(kind: 'FUNCTION' | 'PROCEDURE', value: Procedure, head: string): readonly string[] {
  const sets = Object.entries(value.settings).sort(([a], [b]) => (a < b ? -1 : 1));
  const clauses = [
    ...value.transforms.map((type) => ` TRANSFORM FOR TYPE ${type}`),
    ...sets.map(([name, setting]) => `\n  SET ${name} TO ${lists.has(name) ? setting : quoteLiteral(setting)}`),
  ];
  return [
    `${head}${clauses.join('')}${bodyOf(value)};`,
    ...granted(`${kind} ${signature(value.name)}`, value, 'EXECUTE'),
  ];
}

/** Lists of names: PostgreSQL keeps them as SQL writes them. */
const lists: ReadonlySet<string> = new Set([
  ...['search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries'],
  ...['shared_preload_libraries', 'unix_socket_directories'],
]);

/** Whether the server keeps it as a tree, and prints it as SQL. */
export function isParsed({ body, language }: Pick<Procedure, 'body' | 'language'>): boolean {
  return language === 'sql' && /^(BEGIN ATOMIC|RETURN)\b/.test(body);
}

/** What was parsed when it was made is printed as SQL, everything else is a text. */
function bodyOf({ body, language }: Procedure): string {
  if (isParsed({ body, language })) return `\n${body}`;
  const [, symbol, library] = (language === 'c' && /^(.*) in (.*)$/s.exec(body)) || [];
  if (symbol !== undefined && library !== undefined) return ` AS ${quoteLiteral(library)}, ${quoteLiteral(symbol)}`;
  const tag = freeTag('function', body);
  return ` AS ${tag}${body}${tag}`;
}

function signature(name: RoutineName): string {
  return `${quoteRelation(name)}(${name.arguments})`;
}

export function aggregateStatements(aggregate: Aggregate): readonly string[] {
  const { state, movingState, combine, serialize, deserialize, sortOperator, returns, parallel, kind } = aggregate;
  const lines = [
    ...propertyLines({ kind, returns, parallel, combine, serialize, deserialize, sortOperator }),
    ...propertyLines(state).map((line) => `state ${line}`),
    ...(movingState === null ? [] : propertyLines(movingState).map((line) => `moving state ${line}`)),
  ];
  return [
    `CREATE AGGREGATE ${quoteRelation(aggregate.name)}(${aggregate.parameters}) ${block(lines)};`,
    ...granted(`AGGREGATE ${signature(aggregate.name)}`, aggregate, 'EXECUTE', `FUNCTION ${signature(aggregate.name)}`),
  ];
}
