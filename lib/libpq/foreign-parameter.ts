import { UpdownError } from '../errors.ts';
import { isDuration } from '../sql/duration.ts';
import type { Parameter } from './parameter.ts';

/** What a parameter that libpq does not know means to us: one of libpq's, or nothing where it only says how an application uses its connections. */
export type Meaning = readonly [name: Parameter, value: string] | 'nothing';

/** The parameters of other tools in a url that an application shares; undefined where no tool is known for it. Throws `config` where leaving it out would lose something. */
export function readForeign(name: string, value: string): Meaning | undefined {
  const key = name.toLowerCase().replace(/^(?:options|variables)\[(.+)\]$/, '$1');
  const lost = lostWithout(key, value);
  if (lost !== undefined) throw new UpdownError('config', `"${name}" is no parameter of libpq`, { hint: lost });
  // They ask for what goes without saying.
  if ((key === 'x-multi-statement' || key === 'readonly') && !isTrue(value)) return 'nothing';
  if (meaningless.has(key) || key.startsWith('pool_')) return 'nothing';
  return sameAs[key]?.(value);
}

/**
 * How connections are pooled, statements are kept and values are read, by Prisma, pgx, lib/pq, SQLAlchemy, JDBC (so Flyway and Liquibase),
 * Rails, Ecto, Supabase and others; and what golang-migrate does by itself in a way that updown does, too.
 */
const meaningless: ReadonlySet<string> = new Set([
  'pgbouncer',
  'connection_limit',
  'pool_timeout',
  'pool',
  'pool_size',
  'pool_max_conns',
  'max_overflow',
  'max',
  'idle_timeout',
  'max_lifetime',
  'socket_timeout',
  'sockettimeout',
  'statement_cache_size',
  'statement_cache_mode',
  'statement_cache_capacity',
  'statement-cache-capacity',
  'description_cache_capacity',
  'default_query_exec_mode',
  'prepared_statement_cache_size',
  'prepared_statements',
  'prepare',
  'prepare_threshold',
  'preparethreshold',
  'preparedstatementcachequeries',
  'preparedstatementcachesizemib',
  'rewritebatchedinserts',
  'binarytransfer',
  'defaultrowfetchsize',
  'stringtype',
  'reaping_frequency',
  'conn_max_age',
  'supa',
  'workaround',
  'serverversion',
  'single_use_connections',
  'binary_parameters',
  'disable_prepared_binary_result',
  'preferquerymode',
  'autosave',
  'cleanupsavepoints',
  'loggerlevel',
  'loggerfile',
  'logservererrordetail',
  'logunclosedconnections',
  'assumeminserverversion',
  'tcpnodelay',
  'receivebuffersize',
  'sendbuffersize',
  'hostrecheckseconds',
  'cancelsignaltimeout',
  'maxresultbuffer',
  'adaptivefetch',
  'quotereturningidentifiers',
  'escapesyntaxcallmode',
  'databasemetadatacachefields',
  'databasemetadatacachefieldsmib',
  'x-multi-statement-max-size',
  'x-use-transaction',
]);

const sameAs: Readonly<Record<string, (value: string) => Meaning | undefined>> = {
  username: (value) => ['user', value],
  database: (value) => ['dbname', value],
  socket: (value) => ['host', value],
  applicationname: (value) => ['application_name', value],
  connecttimeout: (value) => ['connect_timeout', value],
  logintimeout: (value) => ['connect_timeout', value],
  tcpkeepalive: (value) => ['keepalives', /^(true|1)$/i.test(value) ? '1' : '0'],
  targetservertype: (value) => ['target_session_attrs', serverTypes[value.toLowerCase()] ?? value],
  loadbalancehosts: (value) => ['load_balance_hosts', /^true$/i.test(value) ? 'random' : 'disable'],
  channelbinding: (value) => ['channel_binding', value],
  gssencmode: (value) => ['gssencmode', value],
  sslnegotiation: (value) => ['sslnegotiation', value],
  requireauth: (value) => ['require_auth', value],
  charset: (value) => ['client_encoding', value],
  encoding: (value) => ['client_encoding', value],
  ssl: (value) => ['sslmode', sslModes[value.toLowerCase()] ?? value],
};

const serverTypes: Readonly<Record<string, string>> = {
  master: 'primary',
  secondary: 'standby',
  slave: 'standby',
  prefersecondary: 'prefer-standby',
  preferslave: 'prefer-standby',
};

const sslModes: Readonly<Record<string, string>> = { true: 'require', 1: 'require', false: 'disable', 0: 'disable' };

/** One sentence that says what to write instead. */
function lostWithout(key: string, value: string): string | undefined {
  if (['schema', 'search_path', 'currentschema', 'schema_search_path', 'searchpath', 'search-path'].includes(key))
    return `Write "settings": { "search_path": ${quoteShown(value, 'app')} } in updown.json, and give updown a url without this parameter: that way each script shows it, too.`;
  if (['pwd', 'pass', 'passwd', 'pw', 'passphrase'].includes(key))
    return 'Write password=… instead; or, where no list of processes shows it, set PGPASSWORD or write a line in ~/.pgpass, and give updown a url without this parameter.';
  if (key === 'sslaccept')
    return value === 'strict'
      ? 'Write sslmode=verify-full instead, with sslrootcert where the authority is your own.'
      : 'Write sslmode=require instead, which encrypts and checks no certificate.';
  if (key === 'sslidentity' || key === 'sslfactory')
    return 'Write sslcert=<file> and sslkey=<file> (PEM) instead, and sslrootcert for the authority.';
  if (key === 'statement_timeout' || key === 'lock_timeout') {
    const name = key === 'lock_timeout' ? 'lockTimeout' : 'statementTimeout';
    return `Write "${name}": ${quoteDuration(value)} in updown.json instead: that way each script shows it, too.`;
  }
  const ofOther = ofMigrators(key, value);
  if (ofOther !== undefined) return ofOther;
  if (settings.test(key))
    return `Write "settings": { "${key}": ${quoteShown(value, '…')} } in updown.json instead: that way each script shows it, too.`;
  return undefined;
}

/** What says where golang-migrate and others keep their history and how they run: another tool's own, and ours is said elsewhere. */
function ofMigrators(key: string, value: string): string | undefined {
  const leave = 'give updown a url without this parameter';
  if (/^x-migrations-table/.test(key))
    return `That is where golang-migrate keeps its version; updown has a ledger of its own, whose schema is "ledger": { "schema": "updown" } in updown.json. Take the history over with: updown import golang-migrate <folder>; and ${leave}.`;
  if (key === 'x-statement-timeout')
    return `Write "statementTimeout": ${quoteDuration(value)} in updown.json instead: that way each script shows it, too.`;
  if (key === 'x-multi-statement')
    return isTrue(value)
      ? `A file runs in one transaction here: put "-- updown: no-transaction" at the head of one that can't, and ${leave}.`
      : undefined;
  if (/^x-(lock|advisory-lock|force-lock|no-lock)/.test(key))
    return `updown locks its ledger by itself, and --wait says how long another run is waited for: ${leave}.`;
  if (key === 'readonly' && isTrue(value)) return `A migration writes to the database: ${leave}.`;
  return undefined;
}

function isTrue(value: string): boolean {
  return /^(true|1|t)$/i.test(value);
}

/** What drivers that know no parameter of that name send as a setting of the session. */
const settings =
  /^(role|timezone|datestyle|work_mem|maintenance_work_mem|(?:idle_in_transaction_session|idle_session|transaction)_timeout|default_transaction_\w+|\w+\.\w+)$/;

/** A number alone is of milliseconds. */
function quoteDuration(value: string): string {
  const text = /^0*[1-9]\d*$/.test(value) ? `${Number(value)}ms` : value;
  return isDuration(text) ? JSON.stringify(text) : '"5s"';
}

/** What may be half of a password with an "&" is not shown (F65). */
function quoteShown(value: string, example: string): string {
  return /^[\w$", -]{1,60}$/.test(value) ? JSON.stringify(value) : `"${example}"`;
}
