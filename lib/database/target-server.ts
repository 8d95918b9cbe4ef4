import { UpdownError } from '../errors.ts';
import type { Machine } from './machine.ts';
import type { Environment, ServerTarget, SessionAttributes, Ssl, SslMode } from './target.ts';
import { malformed, parseUrl } from './target-url.ts';

const variables = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  application_name: 'PGAPPNAME',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  // libpq knows these and we do not: they must not be ignored in silence.
  service: 'PGSERVICE',
  hostaddr: 'PGHOSTADDR',
} as const;

type Parameter = keyof typeof variables;

const unsupported: readonly Parameter[] = ['service', 'hostaddr'];
const sslModes: readonly SslMode[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const sessionAttributes: readonly SessionAttributes[] = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
];
const defaultConnectTimeoutSeconds = 10;

export function parseServer(url: string | undefined, env: Environment, machine: Machine): ServerTarget {
  const given = url === undefined ? {} : parseUrl(url);
  for (const name of Object.keys(given)) refuseUnknown(name);
  const read = (name: Parameter): string | undefined => given[name] || env[variables[name]] || undefined;
  for (const name of unsupported) if (read(name) !== undefined) refuseUnsupported(name, given);

  const host = read('host') ?? machine.socketFolder ?? 'localhost';
  if (host.includes(',') || read('port')?.includes(',')) refuseSeveralHosts();
  const user = read('user') ?? machine.user;
  const password = read('password');
  const applicationName = read('application_name');
  const options = read('options');
  return {
    kind: 'server',
    host,
    port: parsePort(read('port') ?? '5432'),
    user,
    ...(password !== undefined && { password }),
    database: read('dbname') ?? user,
    ssl: parseSsl(read),
    ...(applicationName !== undefined && { applicationName }),
    connectTimeoutMilliseconds: parseTimeout(read('connect_timeout')) * 1000,
    ...(options !== undefined && { options }),
    sessionAttributes: oneOf('target_session_attrs', read('target_session_attrs') ?? 'any', sessionAttributes),
    passfile: read('passfile') ?? `${machine.home}/.pgpass`,
  };
}

type Read = (name: Parameter) => string | undefined;

function parseSsl(read: Read): Ssl {
  const rootCert = read('sslrootcert');
  const cert = read('sslcert');
  const key = read('sslkey');
  const mode = oneOf('sslmode', read('sslmode') ?? (rootCert === 'system' ? 'verify-full' : 'prefer'), sslModes);
  if (rootCert === 'system' && mode !== 'verify-full') {
    throw new UpdownError(
      'config',
      `"sslrootcert=system" with "sslmode=${mode}" would trust any certificate anybody can buy`,
      {
        hint: 'Use sslmode=verify-full with it.',
      },
    );
  }
  return { mode, ...(rootCert && { rootCert }), ...(cert && { cert }), ...(key && { key }) };
}

function parsePort(text: string): number {
  const port = Number(text);
  // The text is not shown: with a "/" in the password it is half of the password (F65).
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw malformed('its port is not a number from 1 to 65535');
  }
  return port;
}

function parseTimeout(text: string | undefined): number {
  if (text === undefined) return defaultConnectTimeoutSeconds;
  if (!/^-?\d{1,6}$/.test(text)) {
    throw new UpdownError('config', '"connect_timeout" is not a whole number of seconds', {
      hint: 'For example connect_timeout=10.',
    });
  }
  return Math.max(0, Number(text));
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found) return found;
  throw new UpdownError('config', `"${name}" has an unknown value`, { hint: `Use one of ${allowed.join(', ')}.` });
}

function refuseUnknown(name: string): void {
  if (Object.hasOwn(variables, name)) return;
  throw new UpdownError('config', `The database url has an unknown parameter: "${name}"`, {
    hint: `Take it out. Known are ${Object.keys(variables)
      .filter((each) => !unsupported.includes(each as Parameter))
      .join(', ')}.`,
  });
}

function refuseUnsupported(name: Parameter, given: Readonly<Record<string, string>>): never {
  const source = given[name] ? `The url's "${name}"` : `The variable ${variables[name]}`;
  throw new UpdownError('config', `${source} is not supported yet`, {
    hint: 'Give host, port, user and database in the url or in PGHOST, PGPORT, PGUSER and PGDATABASE, and unset it.',
  });
}

function refuseSeveralHosts(): never {
  throw new UpdownError('config', 'The database url names several hosts, which is not supported yet', {
    hint: 'Name the primary alone.',
  });
}
