import type { RoutineName } from '../name.ts';
import type { Aggregate, AggregateState, Procedure, SqlFunction } from '../routine.ts';
import {
  catalogOid,
  granted,
  hasMade,
  identityOf,
  isMade,
  isOurs,
  list,
  object,
  options,
  type Query,
  routine,
  type Scope,
  type Source,
  select,
  since,
  word,
} from './sql.ts';

/** `parsed`: the body is text of the server's, not the one it was made with. */
type Bodied<T> = T & { readonly parsed: boolean };
export type FunctionRow = Bodied<SqlFunction>;
export type ProcedureRow = Bodied<Procedure>;

const common = {
  name: object<RoutineName>({
    schema: 'n.nspname',
    name: 'p.proname',
    arguments: 'pg_catalog.oidvectortypes(p.proargtypes)',
  }),
  parameters: 'pg_catalog.pg_get_function_arguments(p.oid)',
  ...granted({
    catalog: 'pg_proc',
    oid: 'p.oid',
    owner: 'p.proowner',
    acl: 'p.proacl',
    kind: `'f'`,
    byDefault: 'EXECUTE',
  }),
};

const parallel = word('p.proparallel', { s: 'safe', r: 'restricted', u: 'unsafe' });

/** Without what an extension or a type brings along: each range type has functions that make its values. */
function fromRoutines(scope: Scope, kinds: string): Source {
  const from = `FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
    WHERE ${isMade('p.oid')} AND p.prokind IN (${kinds}) AND ${isOurs(scope)} AND p.oid NOT IN (SELECT d.objid FROM pg_catalog.pg_depend d
      WHERE d.classid = ${catalogOid('pg_proc')} AND d.deptype IN ('e', 'i'))`;
  return { from, identity: identityOf('pg_proc', 'p'), presence: hasMade('pg_proc', 'p', `p.prokind IN (${kinds})`) };
}

function bodied(scope: Scope) {
  const parsed = since(14, scope, 'p.prosqlbody IS NOT NULL', 'false');
  const source = `CASE l.lanname WHEN 'c' THEN p.prosrc || ' in ' || coalesce(p.probin, '') ELSE p.prosrc END`;
  return {
    ...common,
    language: 'l.lanname',
    body: since(
      14,
      scope,
      `CASE WHEN ${parsed} THEN pg_catalog.pg_get_function_sqlbody(p.oid) ELSE ${source} END`,
      source,
    ),
    parsed,
    securityDefiner: 'p.prosecdef',
    settings: options('p.proconfig'),
    transforms: list(
      'SELECT pg_catalog.format_type(t.oid, NULL) FROM pg_catalog.unnest(p.protrftypes) AS t (oid) ORDER BY 1',
    ),
  };
}

export function functions(scope: Scope): Query<FunctionRow> {
  return select<FunctionRow>(
    {
      ...bodied(scope),
      returns: 'pg_catalog.pg_get_function_result(p.oid)',
      window: `p.prokind = 'w'`,
      volatility: word('p.provolatile', { i: 'immutable', s: 'stable', v: 'volatile' }),
      parallel,
      strict: 'p.proisstrict',
      leakproof: 'p.proleakproof',
      cost: 'p.procost',
      rows: 'p.prorows',
      support: routine('p.prosupport'),
    },
    fromRoutines(scope, "'f', 'w'"),
  );
}

export function procedures(scope: Scope): Query<ProcedureRow> {
  return select<ProcedureRow>(bodied(scope), fromRoutines(scope, "'p'"));
}

export function aggregates(scope: Scope): Query<Aggregate> {
  const modify = { r: 'read only', s: 'shareable', w: 'read write' };
  return select<Aggregate>(
    {
      ...common,
      kind: word('a.aggkind', { n: 'normal', o: 'ordered-set', h: 'hypothetical-set' }),
      returns: 'pg_catalog.format_type(p.prorettype, NULL)',
      parallel,
      state: object<AggregateState>({
        transition: routine('a.aggtransfn'),
        inverse: 'NULL',
        type: 'pg_catalog.format_type(a.aggtranstype, NULL)',
        space: 'a.aggtransspace',
        initial: 'a.agginitval',
        final: routine('a.aggfinalfn'),
        finalExtra: 'a.aggfinalextra',
        finalModify: word('a.aggfinalmodify', modify),
      }),
      movingState: `CASE WHEN a.aggmtransfn::oid <> 0 THEN ${object<AggregateState>({
        transition: routine('a.aggmtransfn'),
        inverse: routine('a.aggminvtransfn'),
        type: 'pg_catalog.format_type(a.aggmtranstype, NULL)',
        space: 'a.aggmtransspace',
        initial: 'a.aggminitval',
        final: routine('a.aggmfinalfn'),
        finalExtra: 'a.aggmfinalextra',
        finalModify: word('a.aggmfinalmodify', modify),
      })} END`,
      combine: routine('a.aggcombinefn'),
      serialize: routine('a.aggserialfn'),
      deserialize: routine('a.aggdeserialfn'),
      sortOperator: 'nullif(a.aggsortop, 0)::pg_catalog.regoperator::text',
    },
    fromRoutines(scope, "'a'"),
  );
}
