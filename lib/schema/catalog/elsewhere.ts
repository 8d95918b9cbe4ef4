import { quoteLiteral } from '../../sql/quote.ts';
import type {
  EventTrigger,
  ForeignDataWrapper,
  ForeignServer,
  Publication,
  PublishedTable,
  Subscription,
  UserMapping,
} from '../extra.ts';
import type { UserMappingName } from '../name.ts';
import {
  firing,
  fromMade,
  granted,
  hasMade,
  type Identity,
  identityOf,
  isOurs,
  list,
  object,
  options,
  owned,
  type Query,
  relationNamed,
  routine,
  type Scope,
  select,
  since,
  word,
} from './sql.ts';

export function foreignDataWrappers(): Query<ForeignDataWrapper> {
  return select<ForeignDataWrapper>(
    {
      name: 'w.fdwname',
      ...granted({
        catalog: 'pg_foreign_data_wrapper',
        oid: 'w.oid',
        owner: 'w.fdwowner',
        acl: 'w.fdwacl',
        kind: `'F'`,
      }),
      handler: routine('w.fdwhandler'),
      validator: routine('w.fdwvalidator'),
      options: options('w.fdwoptions'),
    },
    fromMade('pg_foreign_data_wrapper', 'w'),
  );
}

export function foreignServers(): Query<ForeignServer> {
  return select<ForeignServer>(
    {
      name: 's.srvname',
      ...granted({ catalog: 'pg_foreign_server', oid: 's.oid', owner: 's.srvowner', acl: 's.srvacl', kind: `'S'` }),
      wrapper: '(SELECT w.fdwname FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw)',
      type: 's.srvtype',
      version: 's.srvversion',
      options: options('s.srvoptions'),
    },
    fromMade('pg_foreign_server', 's'),
  );
}

/** Of a row that not everybody may read. */
function unversioned(catalog: string, oid: string): string {
  return object<Identity>({ catalog: quoteLiteral(catalog), oid: `${oid}::bigint`, number: '0', version: 'NULL' });
}

/** By the view: the catalog itself is the superuser's to read. */
export function userMappings(): Query<UserMapping> {
  return select<UserMapping>(
    {
      name: object<UserMappingName>({
        role: 'CASE WHEN m.umuser <> 0 THEN m.usename END',
        server: 'm.srvname',
      }),
    },
    {
      from: 'FROM pg_catalog.pg_user_mappings m',
      identity: unversioned('pg_user_mapping', 'm.umid'),
      presence: hasMade('pg_foreign_server', 's'),
    },
  );
}

export function publications(scope: Scope): Query<Publication> {
  const columns = `CASE WHEN r.prattrs IS NOT NULL THEN ${list(`SELECT a.attname FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::smallint[]) ORDER BY a.attname COLLATE pg_catalog."C"`)} END`;
  const table = object<PublishedTable>({
    table: relationNamed('r.prrelid'),
    columns: since(15, scope, columns),
    where: since(15, scope, 'pg_catalog.pg_get_expr(r.prqual, r.prrelid)'),
  });
  const operation = (column: string, text: string) => `CASE WHEN p.${column} THEN '${text}' END`;
  const operations = [
    operation('pubinsert', 'insert'),
    operation('pubupdate', 'update'),
    operation('pubdelete', 'delete'),
    operation('pubtruncate', 'truncate'),
  ];
  return select<Publication>(
    {
      name: 'p.pubname',
      ...owned({ catalog: 'pg_publication', oid: 'p.oid', owner: 'p.pubowner' }),
      allTables: 'p.puballtables',
      operations: `pg_catalog.array_remove(ARRAY[${operations.join(', ')}], NULL)`,
      viaRoot: since(13, scope, 'p.pubviaroot', 'false'),
      generatedColumns: since(18, scope, word('p.pubgencols', { n: 'none', s: 'stored' }), `'none'`),
      schemas: since(
        15,
        scope,
        list(`SELECT s.nspname FROM pg_catalog.pg_publication_namespace i JOIN pg_catalog.pg_namespace s ON s.oid = i.pnnspid
          WHERE i.pnpubid = p.oid ORDER BY s.nspname COLLATE pg_catalog."C"`),
        `'[]'::json`,
      ),
      tables: list(`SELECT ${table} FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid AND ${isOurs(scope)}
        ORDER BY n.nspname COLLATE pg_catalog."C", c.relname COLLATE pg_catalog."C"`),
    },
    { ...fromMade('pg_publication', 'p'), identity: identityOf('pg_publication', 'p', published(scope)) },
  );
}

/** What of a publication stands in other catalogs: its tables and its schemas. */
function published(scope: Scope): string {
  const tables = 'SELECT r.ctid FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid';
  const schemas = 'SELECT s.ctid FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = p.oid';
  return since(15, scope, `${tables} UNION ALL ${schemas}`, tables);
}

export function subscriptions(scope: Scope): Query<Subscription> {
  return select<Subscription>(
    {
      name: 's.subname',
      ...owned({ catalog: 'pg_subscription', oid: 's.oid', owner: 's.subowner' }),
      enabled: 's.subenabled',
      publications: 's.subpublications',
      slot: 's.subslotname',
      synchronousCommit: 's.subsynccommit',
      binary: since(14, scope, 's.subbinary', 'false'),
    },
    {
      from: `FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database()`,
      identity: unversioned('pg_subscription', 's.oid'),
      presence: hasMade('pg_subscription', 's'),
    },
  );
}

export function eventTriggers(): Query<EventTrigger> {
  return select<EventTrigger>(
    {
      name: 'e.evtname',
      ...owned({ catalog: 'pg_event_trigger', oid: 'e.oid', owner: 'e.evtowner' }),
      event: 'e.evtevent',
      tags: list('SELECT t.tag FROM pg_catalog.unnest(e.evttags) AS t (tag) ORDER BY t.tag COLLATE pg_catalog."C"'),
      function: routine('e.evtfoid'),
      enabled: word('e.evtenabled', firing),
    },
    fromMade('pg_event_trigger', 'e'),
  );
}
