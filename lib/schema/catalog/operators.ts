import type {
  AccessMethod,
  Cast,
  Collation,
  Conversion,
  Language,
  Operator,
  OperatorClass,
  OperatorFamily,
  Transform,
} from '../extra.ts';
import type { CastName, OperatorClassName, OperatorName, TransformName } from '../name.ts';
import {
  comment,
  fromMade,
  fromOurs,
  granted,
  list,
  name,
  named,
  object,
  owned,
  type Query,
  routine,
  type Scope,
  select,
  since,
  word,
} from './sql.ts';

const typed = (oid: string) => `CASE WHEN ${oid} <> 0 THEN pg_catalog.format_type(${oid}, NULL) END`;
const operator = (oid: string) => `nullif(${oid}, 0)::pg_catalog.regoperator::text`;

export function operators(scope: Scope): Query<Operator> {
  return select<Operator>(
    {
      name: object<OperatorName>({
        schema: 'n.nspname',
        name: 'o.oprname',
        left: typed('o.oprleft'),
        right: typed('o.oprright'),
      }),
      ...owned({ catalog: 'pg_operator', oid: 'o.oid', owner: 'o.oprowner' }),
      function: routine('o.oprcode'),
      commutator: operator('o.oprcom'),
      negator: operator('o.oprnegate'),
      restrict: routine('o.oprrest'),
      join: routine('o.oprjoin'),
      hashes: 'o.oprcanhash',
      merges: 'o.oprcanmerge',
    },
    // One that others name as their commutator or negator is there before it is made.
    fromOurs(scope, 'pg_operator', 'opr', 'o', 'o.oprcode::oid <> 0'),
  );
}

function methodName(prefix: string, alias: string): string {
  return object<OperatorClassName>({
    schema: 'n.nspname',
    name: `${alias}.${prefix}name`,
    method: `(SELECT m.amname FROM pg_catalog.pg_am m WHERE m.oid = ${alias}.${prefix}method)`,
  });
}

export function operatorFamilies(scope: Scope): Query<OperatorFamily> {
  const family = '(SELECT f2.opfname FROM pg_catalog.pg_opfamily f2 WHERE f2.oid = m.amopsortfamily)';
  const types = 'pg_catalog.format_type(m.amproclefttype, NULL)';
  return select<OperatorFamily>(
    {
      name: methodName('opf', 'f'),
      ...owned({ catalog: 'pg_opfamily', oid: 'f.oid', owner: 'f.opfowner' }),
      operators:
        list(`SELECT m.amopstrategy || ' ' || m.amopopr::pg_catalog.regoperator::text || coalesce(' ORDER BY ' || ${family}, '')
        FROM pg_catalog.pg_amop m WHERE m.amopfamily = f.oid ORDER BY m.amopstrategy, (m.amopopr::pg_catalog.regoperator::text) COLLATE pg_catalog."C"`),
      functions:
        list(`SELECT m.amprocnum || ' (' || ${types} || ',' || pg_catalog.format_type(m.amprocrighttype, NULL) || ') ' || ${routine('m.amproc')}
        FROM pg_catalog.pg_amproc m WHERE m.amprocfamily = f.oid ORDER BY m.amprocnum, (${types}) COLLATE pg_catalog."C",
          (${routine('m.amproc')}) COLLATE pg_catalog."C"`),
    },
    fromOurs(scope, 'pg_opfamily', 'opf', 'f'),
  );
}

export function operatorClasses(scope: Scope): Query<OperatorClass> {
  return select<OperatorClass>(
    {
      name: methodName('opc', 'o'),
      ...owned({ catalog: 'pg_opclass', oid: 'o.oid', owner: 'o.opcowner' }),
      type: 'pg_catalog.format_type(o.opcintype, NULL)',
      default: 'o.opcdefault',
      storage: typed('o.opckeytype'),
      family: named('pg_opfamily', 'opf', 'o.opcfamily'),
    },
    fromOurs(scope, 'pg_opclass', 'opc', 'o'),
  );
}

export function casts(): Query<Cast> {
  return select<Cast>(
    {
      name: object<CastName>({
        source: 'pg_catalog.format_type(c.castsource, NULL)',
        target: 'pg_catalog.format_type(c.casttarget, NULL)',
      }),
      context: word('c.castcontext', { e: 'explicit', a: 'assignment', i: 'implicit' }),
      method: word('c.castmethod', { f: 'function', i: 'inout', b: 'binary' }),
      function: routine('c.castfunc'),
      ...comment('pg_cast', 'c.oid'),
    },
    // The server makes one for each range type, to its multirange.
    fromMade(
      'pg_cast',
      'c',
      `NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'i')`,
    ),
  );
}

export function collations(scope: Scope): Query<Collation> {
  return select<Collation>(
    {
      name: name('n.nspname', 'c.collname'),
      ...owned({ catalog: 'pg_collation', oid: 'c.oid', owner: 'c.collowner' }),
      provider: word('c.collprovider', { d: 'default', c: 'libc', i: 'icu', b: 'builtin' }),
      deterministic: 'c.collisdeterministic',
      locale: since(17, scope, 'c.colllocale', since(15, scope, 'c.colliculocale')),
      collate: 'c.collcollate',
      characterType: 'c.collctype',
      rules: since(16, scope, 'c.collicurules'),
      encoding: 'CASE WHEN c.collencoding >= 0 THEN pg_catalog.pg_encoding_to_char(c.collencoding) END',
    },
    fromOurs(scope, 'pg_collation', 'coll', 'c'),
  );
}

export function conversions(scope: Scope): Query<Conversion> {
  return select<Conversion>(
    {
      name: name('n.nspname', 'c.conname'),
      ...owned({ catalog: 'pg_conversion', oid: 'c.oid', owner: 'c.conowner' }),
      source: 'pg_catalog.pg_encoding_to_char(c.conforencoding)',
      target: 'pg_catalog.pg_encoding_to_char(c.contoencoding)',
      function: 'c.conproc::text',
      default: 'c.condefault',
    },
    fromOurs(scope, 'pg_conversion', 'con', 'c'),
  );
}

export function accessMethods(): Query<AccessMethod> {
  return select<AccessMethod>(
    {
      name: 'm.amname',
      type: word('m.amtype', { i: 'index', t: 'table' }),
      handler: routine('m.amhandler'),
      ...comment('pg_am', 'm.oid'),
    },
    fromMade('pg_am', 'm'),
  );
}

export function languages(): Query<Language> {
  return select<Language>(
    {
      name: 'l.lanname',
      ...granted({
        catalog: 'pg_language',
        oid: 'l.oid',
        owner: 'l.lanowner',
        acl: 'l.lanacl',
        kind: `'l'`,
        byDefault: 'USAGE',
      }),
      trusted: 'l.lanpltrusted',
      handler: routine('l.lanplcallfoid'),
      inline: routine('l.laninline'),
      validator: routine('l.lanvalidator'),
    },
    fromMade('pg_language', 'l'),
  );
}

export function transforms(): Query<Transform> {
  return select<Transform>(
    {
      name: object<TransformName>({
        type: 'pg_catalog.format_type(t.trftype, NULL)',
        language: '(SELECT l.lanname FROM pg_catalog.pg_language l WHERE l.oid = t.trflang)',
      }),
      fromSql: routine('t.trffromsql'),
      toSql: routine('t.trftosql'),
      ...comment('pg_transform', 't.oid'),
    },
    fromMade('pg_transform', 't'),
  );
}
