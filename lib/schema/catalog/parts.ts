import type { Constraint, Index, Policy, Reference, Rule, Trigger } from '../relation.ts';
import { inheritance, isRelation, type OfRelation } from './relations.ts';
import {
  comment,
  type Fields,
  firing,
  hasMade,
  identityOf,
  isOfExtension,
  isOurs,
  list,
  named,
  object,
  options,
  type Query,
  relationNamed,
  type Scope,
  type Source,
  select,
  since,
  word,
} from './sql.ts';

/** One of a domain has the oid 0 for its relation, one of a table for its domain. */
export interface ConstraintRow extends OfRelation<Constraint> {
  readonly domain: number;
}

export function constraints(scope: Scope): Query<ConstraintRow> {
  return select<ConstraintRow>(
    {
      relation: 'k.conrelid::bigint',
      domain: 'k.contypid::bigint',
      value: {
        name: 'k.conname',
        type: word('k.contype', { c: 'check', f: 'foreign key', p: 'primary key', u: 'unique', x: 'exclude' }),
        definition: 'pg_catalog.pg_get_constraintdef(k.oid)',
        validated: 'k.convalidated',
        enforced: since(18, scope, 'k.conenforced', 'true'),
        deferrable: `CASE WHEN k.condeferred THEN 'initially deferred' WHEN k.condeferrable THEN 'initially immediate' ELSE 'no' END`,
        // A key of a partition has it or not by the way it came to be one.
        noInherit: `k.contype = 'c' AND k.connoinherit`,
        firing: `k.contype <> 'f' OR NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled <> 'O')`,
        inheritance: inheritance('k.conislocal', 'k.coninhcount'),
        parent: 'up.conname',
        columns: columnsOf('k.conrelid', 'k.conkey'),
        index: '(SELECT x.relname FROM pg_catalog.pg_class x WHERE x.oid = k.conindid)',
        references: `CASE k.contype WHEN 'f' THEN ${object(reference)} END`,
        ...comment('pg_constraint', 'k.oid'),
      },
    },
    {
      from: `FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
      LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid LEFT JOIN pg_catalog.pg_constraint up ON up.oid = k.conparentid
      WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND ${isOurs(scope)} AND NOT ${isOfExtension('pg_class', 'k.conrelid')}
        AND NOT ${isOfExtension('pg_type', 'k.contypid')} AND ${isNoCopy}`,
    },
  );
}

/** A foreign key that refers to a partitioned table has a copy for each partition there, with a name that the server makes up. */
const isNoCopy = '(up.oid IS NULL OR up.conrelid <> k.conrelid)';

const action = (expression: string) =>
  word(expression, { a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' });

const reference: Fields<Reference> = {
  table: relationNamed('k.confrelid'),
  columns: columnsOf('k.confrelid', 'k.confkey'),
  onUpdate: action('k.confupdtype'),
  onDelete: action('k.confdeltype'),
};

function columnsOf(relation: string, numbers: string): string {
  return list(`SELECT a.attname FROM pg_catalog.unnest(${numbers}) WITH ORDINALITY AS key (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = key.number ORDER BY key.place`);
}

export function indexes(scope: Scope): Query<OfRelation<Index>> {
  return select<OfRelation<Index>>(
    {
      relation: 'i.indrelid::bigint',
      value: {
        name: 'x.relname',
        definition: 'pg_catalog.pg_get_indexdef(i.indexrelid)',
        valid: 'i.indisvalid',
        clustered: 'i.indisclustered',
        tablespace: '(SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = x.reltablespace)',
        options: options('x.reloptions'),
        statisticsTargets: `coalesce((SELECT pg_catalog.json_object_agg(a.attnum, a.attstattarget ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0), '{}'::json)`,
        parent: `(SELECT ${relationNamed('h.inhparent')} FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)`,
        constraint: 'k.conname',
        unique: 'i.indisunique',
        method: 'm.amname',
        keys: list(`SELECT pg_catalog.pg_get_indexdef(i.indexrelid, key.number, false)
          FROM pg_catalog.generate_series(1, i.indnkeyatts::integer) AS key (number) ORDER BY key.number`),
        predicate: 'pg_catalog.pg_get_expr(i.indpred, i.indrelid)',
        ...comment('pg_class', 'i.indexrelid'),
      },
    },
    {
      from: `FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = x.relam
      LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
      WHERE ${isRelation(scope)} AND NOT ${isOfExtension('pg_class', 'i.indexrelid')} AND NOT ${isBuiltAgain}`,
    },
  );
}

/** What REINDEX CONCURRENTLY has beside an index while it is at work; what it leaves where it fails nobody holds. */
const isBuiltAgain = `(NOT i.indisvalid AND x.relname ~ '_cc(new|old)[0-9]*$' AND EXISTS (SELECT FROM pg_catalog.pg_locks l
      WHERE l.relation = i.indexrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())))`;

/** The catalogs of triggers, rules and policies, each with the relation it stands on. */
function fromRelations(scope: Scope, catalog: string, alias: string, relation: string, condition = 'true'): Source {
  const from = `FROM pg_catalog.${catalog} ${alias} JOIN pg_catalog.pg_class c ON c.oid = ${alias}.${relation}
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE ${isRelation(scope)} AND ${condition}`;
  return { from, identity: identityOf(catalog, alias), presence: hasMade(catalog, alias, condition) };
}

export function triggers(scope: Scope): Query<OfRelation<Trigger>> {
  const inherited = since(13, scope, 'g.tgparentid <> 0', 'false');
  // Before PostgreSQL 15 a trigger that a partition has from above is one of the server's own.
  const copies = `${inherited} AND g.tgconstraint = 0`;
  const event = (bit: number, text: string) => `CASE WHEN g.tgtype & ${bit} <> 0 THEN '${text}' END`;
  const events = [event(4, 'INSERT'), event(16, 'UPDATE'), event(8, 'DELETE'), event(32, 'TRUNCATE')];
  return select<OfRelation<Trigger>>(
    {
      relation: 'g.tgrelid::bigint',
      value: {
        name: 'g.tgname',
        definition: 'pg_catalog.pg_get_triggerdef(g.oid)',
        enabled: word('g.tgenabled', firing),
        inherited,
        function: named('pg_proc', 'pro', 'g.tgfoid'),
        events: `pg_catalog.array_remove(ARRAY[${events.join(', ')}], NULL)`,
        ...comment('pg_trigger', 'g.oid'),
      },
    },
    fromRelations(scope, 'pg_trigger', 'g', 'tgrelid', `(NOT g.tgisinternal OR ${copies})`),
  );
}

/** Without those that a view consists of. */
export function rules(scope: Scope): Query<OfRelation<Rule>> {
  return select<OfRelation<Rule>>(
    {
      relation: 'r.ev_class::bigint',
      value: {
        name: 'r.rulename',
        definition: 'pg_catalog.pg_get_ruledef(r.oid)',
        enabled: word('r.ev_enabled', firing),
        event: word('r.ev_type', { 1: 'SELECT', 2: 'UPDATE', 3: 'INSERT', 4: 'DELETE' }),
        instead: 'r.is_instead',
        ...comment('pg_rewrite', 'r.oid'),
      },
    },
    fromRelations(scope, 'pg_rewrite', 'r', 'ev_class', "r.rulename <> '_RETURN'"),
  );
}

export function policies(scope: Scope): Query<OfRelation<Policy>> {
  const role = `CASE r.oid WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r.oid)::text END`;
  return select<OfRelation<Policy>>(
    {
      relation: 'p.polrelid::bigint',
      value: {
        name: 'p.polname',
        command: word('p.polcmd', { '*': 'all', r: 'select', a: 'insert', w: 'update', d: 'delete' }),
        permissive: 'p.polpermissive',
        roles: list(
          `SELECT ${role} FROM pg_catalog.unnest(p.polroles) AS r (oid) ORDER BY (${role}) COLLATE pg_catalog."C"`,
        ),
        using: 'pg_catalog.pg_get_expr(p.polqual, p.polrelid)',
        withCheck: 'pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)',
        ...comment('pg_policy', 'p.oid'),
      },
    },
    fromRelations(scope, 'pg_policy', 'p', 'polrelid'),
  );
}
