import { jsonObject, notOfExtension, ours, owner } from './query-parts.ts';

/** An ObjectRow of each object that is no relation, column or constraint. */
export function objects(major: number): string {
  return [
    functions(major),
    triggers(major),
    rules,
    policies,
    types,
    schemas,
    extensions,
    eventTriggers,
    publications(major),
    statistics,
    identifiedObjects,
  ]
    .map(({ fields, from }) => `SELECT ${jsonObject(fields)} FROM ${from}`)
    .join('\nUNION ALL ');
}

interface Source {
  readonly fields: Readonly<Record<string, string>>;
  readonly from: string;
}

/** The fields that most kinds of objects leave empty. */
const none = { schema: 'NULL', relation: '0', owner: "''", definition: "''", details: 'NULL' } as const;

function at(catalog: string, oid: string): Pick<Source['fields'], string> {
  return { catalog: `'${catalog}'`, oid: `${oid}::bigint` };
}

function inSchema(name: string): Source['fields'] {
  return {
    name: jsonObject({ schema: 'n.nspname', name }),
    schema: 'n.nspname',
    called: name,
  };
}

function inNone(name: string): Source['fields'] {
  return { name: jsonObject({ name }), called: name };
}

/** A trigger, a rule or a policy of the relation `c`. */
function onRelation(name: string): Source['fields'] {
  const whole = jsonObject({ type: "'relation'", name: jsonObject({ schema: 'n.nspname', name: 'c.relname' }) });
  return { name: jsonObject({ name, of: whole }), schema: 'n.nspname', called: name, relation: 'c.oid::bigint' };
}

function firing(enabled: string): string {
  return jsonObject({ kind: "'firing'", enabled });
}

const inTheirSchema = 'JOIN pg_catalog.pg_namespace n ON n.oid =';

function functions(major: number): Source {
  const kind = major >= 11 ? 'p.prokind' : "CASE WHEN p.proisagg THEN 'a' ELSE 'f' END";
  const body = major >= 14 ? ', pg_catalog.md5(p.prosqlbody::text)' : '';
  return {
    fields: {
      ...none,
      ...at('pg_proc', 'p.oid'),
      ...inSchema('p.proname'),
      type: `CASE ${kind}::text WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END`,
      name: jsonObject({
        schema: 'n.nspname',
        name: 'p.proname',
        arguments: 'pg_catalog.pg_get_function_identity_arguments(p.oid)',
      }),
      owner: owner('p.proowner'),
      definition: `pg_catalog.concat_ws(' ', pg_catalog.md5(p.prosrc), p.prorettype, p.provolatile, p.prosecdef, p.proisstrict, p.proconfig::text, p.prolang${body})`,
      details: jsonObject({
        kind: "'routine'",
        result: 'pg_catalog.format_type(p.prorettype, NULL)',
        volatility: 'p.provolatile',
        privileges: "coalesce(p.proacl::text, '')",
      }),
    },
    from: `pg_catalog.pg_proc p ${inTheirSchema} p.pronamespace WHERE p.oid >= 16384 AND ${ours} AND ${notOfExtension('pg_proc', 'p.oid')}`,
  };
}

function triggers(major: number): Source {
  return {
    fields: {
      ...none,
      ...at('pg_trigger', 'g.oid'),
      ...onRelation('g.tgname'),
      type: "'trigger'",
      definition:
        "pg_catalog.concat_ws(' ', g.tgfoid, g.tgtype, g.tgattr::text, pg_catalog.md5(g.tgargs), pg_catalog.md5(g.tgqual::text))",
      details: firing('g.tgenabled'),
    },
    from: `pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid ${inTheirSchema} c.relnamespace
      WHERE NOT g.tgisinternal ${major >= 13 ? 'AND g.tgparentid = 0' : ''} AND ${ours}`,
  };
}

const rules: Source = {
  fields: {
    ...none,
    ...at('pg_rewrite', 'r.oid'),
    ...onRelation('r.rulename'),
    type: "'rule'",
    definition: 'pg_catalog.md5(r.ev_action::text)',
    details: firing('r.ev_enabled'),
  },
  from: `pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class ${inTheirSchema} c.relnamespace
      WHERE r.rulename <> '_RETURN' AND r.oid >= 16384 AND ${ours}`,
};

const policies: Source = {
  fields: {
    ...none,
    ...at('pg_policy', 'y.oid'),
    ...onRelation('y.polname'),
    type: "'policy'",
    definition:
      "pg_catalog.concat_ws(' ', y.polcmd, y.polroles::text, pg_catalog.md5(y.polqual::text), pg_catalog.md5(y.polwithcheck::text))",
  },
  from: `pg_catalog.pg_policy y JOIN pg_catalog.pg_class c ON c.oid = y.polrelid ${inTheirSchema} c.relnamespace WHERE ${ours}`,
};

const attributes = `(SELECT coalesce(pg_catalog.json_agg(${jsonObject({ name: 'a.attname', type: 'pg_catalog.format_type(a.atttypid, a.atttypmod)' })} ORDER BY a.attnum), '[]')
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)`;

const types: Source = {
  fields: {
    ...none,
    ...at('pg_type', 't.oid'),
    ...inSchema('t.typname'),
    type: "CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END",
    owner: owner('t.typowner'),
    details: `CASE t.typtype WHEN 'd' THEN ${jsonObject({
      kind: "'domain'",
      type: 'pg_catalog.format_type(t.typbasetype, t.typtypmod)',
      notNull: 't.typnotnull',
      default: 't.typdefault',
    })} ELSE ${jsonObject({ kind: "'type'", attributes })} END`,
  },
  from: `pg_catalog.pg_type t ${inTheirSchema} t.typnamespace
      WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd', 'r', 'c') AND ${ours} AND ${notOfExtension('pg_type', 't.oid')}
        AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))`,
};

const schemas: Source = {
  fields: {
    ...none,
    ...at('pg_namespace', 'n.oid'),
    ...inNone('n.nspname'),
    type: "'schema'",
    owner: owner('n.nspowner'),
    details: jsonObject({ kind: "'schema'", privileges: "coalesce(n.nspacl::text, '')" }),
  },
  from: `pg_catalog.pg_namespace n WHERE ${ours} AND ${notOfExtension('pg_namespace', 'n.oid')}`,
};

const extensions: Source = {
  fields: {
    ...none,
    ...at('pg_extension', 'x.oid'),
    ...inNone('x.extname'),
    type: "'extension'",
    details: jsonObject({ kind: "'extension'", version: 'x.extversion' }),
  },
  from: 'pg_catalog.pg_extension x WHERE x.oid >= 16384',
};

const eventTriggers: Source = {
  fields: {
    ...none,
    ...at('pg_event_trigger', 'v.oid'),
    ...inNone('v.evtname'),
    type: "'event trigger'",
    owner: owner('v.evtowner'),
    details: firing('v.evtenabled'),
  },
  from: 'pg_catalog.pg_event_trigger v',
};

function publications(major: number): Source {
  return {
    fields: {
      ...none,
      ...at('pg_publication', 'b.oid'),
      ...inNone('b.pubname'),
      type: "'publication'",
      owner: owner('b.pubowner'),
      definition: published(major),
    },
    from: 'pg_catalog.pg_publication b',
  };
}

/** What a publication publishes. Row filters and column lists exist since PostgreSQL 15. */
function published(major: number): string {
  const limits = major >= 15 ? ', pg_catalog.md5(r.prqual::text), r.prattrs::text' : '';
  const schemas =
    major >= 15
      ? ", (SELECT pg_catalog.string_agg(s.pnnspid::text, ' ' ORDER BY s.pnnspid) FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = b.oid)"
      : '';
  const truncate = major >= 11 ? ', b.pubtruncate' : '';
  return `pg_catalog.concat_ws(',', b.puballtables, b.pubinsert, b.pubupdate, b.pubdelete${truncate}, (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.prrelid${limits}), ',' ORDER BY r.prrelid)
        FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = b.oid)${schemas})`;
}

const statistics: Source = {
  fields: {
    ...none,
    ...at('pg_statistic_ext', 's.oid'),
    ...inSchema('s.stxname'),
    type: "'statistics'",
    relation: 's.stxrelid::bigint',
    owner: owner('s.stxowner'),
  },
  from: `pg_catalog.pg_statistic_ext s ${inTheirSchema} s.stxnamespace WHERE ${ours}`,
};

/** Objects whose definition is not compared. PostgreSQL itself says what they are and how they are called. */
const identified = [
  ...['collation', 'conversion', 'operator', 'opclass', 'opfamily', 'cast', 'ts_config', 'ts_dict', 'ts_parser'],
  ...['ts_template', 'foreign_data_wrapper', 'foreign_server', 'language', 'am', 'transform'],
]
  .map((name) => `SELECT 'pg_catalog.pg_${name}'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_${name} AS c`)
  .concat(
    "SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass, c.umid FROM pg_catalog.pg_user_mappings AS c",
    "SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_subscription AS c WHERE c.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())",
  )
  .join(' UNION ALL ');

const identifiedObjects: Source = {
  fields: {
    ...none,
    catalog: 'k.class::text',
    oid: 'k.oid::bigint',
    type: 'i.type',
    name: jsonObject({ identity: 'i.identity' }),
    schema: 'a.object_names[pg_catalog.cardinality(a.object_names) - 1]',
    called: 'a.object_names[pg_catalog.cardinality(a.object_names)]',
  },
  from: `(${identified}) AS k (class, oid), LATERAL pg_catalog.pg_identify_object(k.class, k.oid, 0) AS i,
      LATERAL pg_catalog.pg_identify_object_as_address(k.class, k.oid, 0) AS a
      WHERE k.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype IN ('e', 'i') AND e.classid = k.class AND e.objid = k.oid AND (e.deptype = 'e' OR e.refobjid >= 16384))`,
};
