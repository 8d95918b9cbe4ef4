import type { Granted, Name } from '../name.ts';
import type { BaseType, Composite, Domain, Enum, Range } from '../type.ts';
import { collation } from './relations.ts';
import {
  catalogOid,
  type Fields,
  fromOurs,
  granted,
  identityOf,
  list,
  name,
  named,
  type Query,
  routine,
  type Scope,
  select,
  since,
  storage,
  word,
} from './sql.ts';

const type: Fields<Granted & { readonly name: Name }> = {
  name: name('n.nspname', 't.typname'),
  ...granted({
    catalog: 'pg_type',
    oid: 't.oid',
    owner: 't.typowner',
    acl: 't.typacl',
    kind: `'T'`,
    byDefault: 'USAGE',
  }),
};

export function enums(scope: Scope): Query<Enum> {
  return select<Enum>(
    {
      ...type,
      labels: list('SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder'),
    },
    {
      ...fromOurs(scope, 'pg_type', 'typ', 't', "t.typtype = 'e'"),
      identity: identityOf('pg_type', 't', 'SELECT e.ctid FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid'),
    },
  );
}

export type DomainRow = Omit<Domain, 'constraints'> & { readonly oid: number };

export function domains(scope: Scope): Query<DomainRow> {
  return select<DomainRow>(
    {
      oid: 't.oid::bigint',
      ...type,
      type: 'pg_catalog.format_type(t.typbasetype, t.typtypmod)',
      notNull: 't.typnotnull',
      // Beside it stands a text, printed by the search path of whoever made the type.
      default: `pg_catalog.pg_get_expr(t.typdefaultbin, ${catalogOid('pg_type')})`,
      collation: collation(
        't.typcollation',
        '(SELECT b.typcollation FROM pg_catalog.pg_type b WHERE b.oid = t.typbasetype)',
      ),
    },
    fromOurs(scope, 'pg_type', 'typ', 't', "t.typtype = 'd'"),
  );
}

/** `relation` is where its attributes stand. */
export type CompositeRow = Omit<Composite, 'attributes'> & { readonly relation: number };

export function composites(scope: Scope): Query<CompositeRow> {
  const ownRow = `t.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c')`;
  return select<CompositeRow>(
    { relation: 't.typrelid::bigint', ...type },
    fromOurs(scope, 'pg_type', 'typ', 't', ownRow),
  );
}

export function ranges(scope: Scope): Query<Range> {
  const range = (property: string) => `(SELECT ${property} FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)`;
  return select<Range>(
    {
      ...type,
      subtype: range('pg_catalog.format_type(r.rngsubtype, NULL)'),
      operatorClass: range(named('pg_opclass', 'opc', 'r.rngsubopc')),
      collation: range(named('pg_collation', 'coll', 'r.rngcollation')),
      canonical: range(routine('r.rngcanonical')),
      subtypeDifference: range(routine('r.rngsubdiff')),
      multirange: since(14, scope, range(named('pg_type', 'typ', 'r.rngmultitypid'))),
    },
    fromOurs(scope, 'pg_type', 'typ', 't', "t.typtype = 'r'"),
  );
}

export function baseTypes(scope: Scope): Query<BaseType> {
  const own = `t.typtype = 'b' AND t.typisdefined AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)`;
  return select<BaseType>(
    {
      ...type,
      input: routine('t.typinput'),
      output: routine('t.typoutput'),
      receive: routine('t.typreceive'),
      send: routine('t.typsend'),
      typmodInput: routine('t.typmodin'),
      typmodOutput: routine('t.typmodout'),
      analyze: routine('t.typanalyze'),
      subscript: since(14, scope, routine('t.typsubscript')),
      length: 't.typlen',
      byValue: 't.typbyval',
      alignment: word('t.typalign', { c: 'char', s: 'int2', i: 'int4', d: 'double' }),
      storage: word('t.typstorage', storage),
      element: 'CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END',
      category: 't.typcategory',
      preferred: 't.typispreferred',
      delimiter: 't.typdelim',
      default: 't.typdefault',
      collatable: 't.typcollation <> 0',
    },
    fromOurs(scope, 'pg_type', 'typ', 't', own),
  );
}
