import type { TextSearchConfiguration, TextSearchDictionary, TextSearchParser, TextSearchTemplate } from '../extra.ts';
import { comment, fromOurs, list, name, named, owned, type Query, routine, type Scope, select } from './sql.ts';

export function textSearchConfigurations(scope: Scope): Query<TextSearchConfiguration> {
  const dictionaries = list(`SELECT m.mapdict::pg_catalog.regdictionary::text FROM pg_catalog.pg_ts_config_map m
    WHERE m.mapcfg = c.oid AND m.maptokentype = k.tokid ORDER BY m.mapseqno`);
  return select<TextSearchConfiguration>(
    {
      name: name('n.nspname', 'c.cfgname'),
      ...owned({ catalog: 'pg_ts_config', oid: 'c.oid', owner: 'c.cfgowner' }),
      parser: named('pg_ts_parser', 'prs', 'c.cfgparser'),
      mappings: `coalesce((SELECT pg_catalog.json_object_agg(k.alias, ${dictionaries} ORDER BY k.tokid)
        FROM pg_catalog.ts_token_type(c.cfgparser) k
        WHERE EXISTS (SELECT FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid AND m.maptokentype = k.tokid)), '{}'::json)`,
    },
    fromOurs(scope, 'pg_ts_config', 'cfg', 'c'),
  );
}

export function textSearchDictionaries(scope: Scope): Query<TextSearchDictionary> {
  return select<TextSearchDictionary>(
    {
      name: name('n.nspname', 'd.dictname'),
      ...owned({ catalog: 'pg_ts_dict', oid: 'd.oid', owner: 'd.dictowner' }),
      template: named('pg_ts_template', 'tmpl', 'd.dicttemplate'),
      options: 'd.dictinitoption',
    },
    fromOurs(scope, 'pg_ts_dict', 'dict', 'd'),
  );
}

export function textSearchParsers(scope: Scope): Query<TextSearchParser> {
  return select<TextSearchParser>(
    {
      name: name('n.nspname', 'p.prsname'),
      start: routine('p.prsstart'),
      token: routine('p.prstoken'),
      end: routine('p.prsend'),
      headline: routine('p.prsheadline'),
      lexTypes: routine('p.prslextype'),
      ...comment('pg_ts_parser', 'p.oid'),
    },
    fromOurs(scope, 'pg_ts_parser', 'prs', 'p'),
  );
}

export function textSearchTemplates(scope: Scope): Query<TextSearchTemplate> {
  return select<TextSearchTemplate>(
    {
      name: name('n.nspname', 't.tmplname'),
      init: routine('t.tmplinit'),
      lexize: routine('t.tmpllexize'),
      ...comment('pg_ts_template', 't.oid'),
    },
    fromOurs(scope, 'pg_ts_template', 'tmpl', 't'),
  );
}
