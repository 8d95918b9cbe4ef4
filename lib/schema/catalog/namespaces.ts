import type { DefaultPrivileges, Extension, Namespace, SecurityLabel, Setting } from '../extra.ts';
import type { DefaultPrivilegesName, SecurityLabelName, SettingName } from '../name.ts';
import {
  comment,
  granted,
  grants,
  identityOf,
  isOfExtension,
  isOurs,
  object,
  type Query,
  type Scope,
  select,
  word,
} from './sql.ts';

export function schemas(scope: Scope): Query<Namespace> {
  return select<Namespace>(
    {
      name: 'n.nspname',
      ...granted({ catalog: 'pg_namespace', oid: 'n.oid', owner: 'n.nspowner', acl: 'n.nspacl', kind: `'n'` }),
    },
    {
      from: `FROM pg_catalog.pg_namespace n WHERE ${isOurs(scope)} AND NOT ${isOfExtension('pg_namespace', 'n.oid')}`,
      identity: identityOf('pg_namespace', 'n'),
    },
  );
}

export function extensions(): Query<Extension> {
  return select<Extension>(
    { name: 'e.extname', schema: 'n.nspname', version: 'e.extversion', ...comment('pg_extension', 'e.oid') },
    {
      from: 'FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace',
      identity: identityOf('pg_extension', 'e'),
    },
  );
}

const objects = {
  r: 'tables',
  S: 'sequences',
  f: 'functions',
  T: 'types',
  n: 'schemas',
  L: 'large objects',
};

export function defaultPrivileges(scope: Scope): Query<DefaultPrivileges> {
  return select<DefaultPrivileges>(
    {
      name: object<DefaultPrivilegesName>({
        role: 'pg_catalog.pg_get_userbyid(p.defaclrole)',
        schema: 'n.nspname',
        objects: word('p.defaclobjtype', objects),
      }),
      grants: grants('p.defaclacl'),
    },
    {
      from: `FROM pg_catalog.pg_default_acl p LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.defaclnamespace
        WHERE p.defaclnamespace = 0 OR (${isOurs(scope)})`,
      presence: 'EXISTS (SELECT FROM pg_catalog.pg_default_acl)',
    },
  );
}

/** Those of this database alone: what a role has set everywhere belongs to the server. */
export function settings(): Query<Setting> {
  return select<Setting>(
    {
      name: object<SettingName>({
        role: 'CASE WHEN s.setrole <> 0 THEN pg_catalog.pg_get_userbyid(s.setrole) END',
        setting: 'o.option_name',
      }),
      value: 'o.option_value',
    },
    {
      from: `FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
        CROSS JOIN LATERAL pg_catalog.pg_options_to_table(s.setconfig) o WHERE d.datname = pg_catalog.current_database()`,
      presence: 'EXISTS (SELECT FROM pg_catalog.pg_db_role_setting)',
    },
  );
}

export function securityLabels({ ledger }: Scope): Query<SecurityLabel> {
  return select<SecurityLabel>(
    {
      name: object<SecurityLabelName>({ provider: 's.provider', object: "o.type || ' ' || o.identity" }),
      label: 's.label',
    },
    {
      from: `FROM pg_catalog.pg_seclabel s CROSS JOIN LATERAL pg_catalog.pg_identify_object(s.classoid, s.objoid, s.objsubid) o
      WHERE o.identity IS NOT NULL AND coalesce(o.schema, '') <> ${ledger} AND o.identity <> pg_catalog.quote_ident(${ledger})
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = s.classoid AND d.objid = s.objoid AND d.deptype = 'e')`,
      presence: 'EXISTS (SELECT FROM pg_catalog.pg_seclabel)',
    },
  );
}
