import { UpdownError } from '../errors.ts';
import { isNear } from '../suggest.ts';
import type { Given } from './setting.ts';

/** Also as SQLAlchemy writes it, with a driver's name, and JDBC, and Sqitch. */
const scheme = /^(?:(?:jdbc:|db:)?postgres(?:ql)?(?:\+\w+)?:|db:pg:)\/\//;

/**
 * Takes a url apart as libpq does, into the names libpq gives the parts; the query wins over what stands before it. Not with
 * `new URL`: it knows no socket folders and no lists of hosts, and its error holds the whole url (F65).
 */
export function parseUrl(url: string): Given {
  if (!scheme.test(url)) throw foreign(url);
  const rest = url.replace(scheme, '');
  const path = rest.search(/[/?]/);
  const at = rest.indexOf('@');
  const slash = rest.indexOf('/');
  const hasLogin = at >= 0 && (slash < 0 || at < slash);
  if (at >= 0 && !hasLogin && path >= 0) throw malformed('an "@" stands after the first "/"');

  const login = hasLogin ? rest.slice(0, at) : '';
  const [place, query = ''] = splitOnce(hasLogin ? rest.slice(at + 1) : rest, '?');
  const [address, database = ''] = splitOnce(place, '/');
  const [user, password = ''] = splitOnce(login, ':');
  const parts = { user, password, ...splitAddresses(address), dbname: database };
  const decoded = Object.entries(parts).map(([name, value]) => [name, decode(value)] as const);
  return [...decoded.filter(([, value]) => value !== ''), ...parseQuery(query, url.startsWith('jdbc:'))];
}

/** Of what stands in front, only what is like a known scheme is shown: anything else may be a user's name. */
function foreign(url: string): UpdownError {
  const [, name = '', slashes = ''] = /^(?:jdbc:)?([a-z][\w.-]*)(?:\+\w+)?:(\/*)/i.exec(url) ?? [];
  const [, product] = products.find(([shape]) => shape.test(name)) ?? [];
  if (product !== undefined)
    return malformed(`it is for ${product}, and updown for PostgreSQL`, 'Give the url of a PostgreSQL database. ');
  if (['postgres', 'postgresql'].includes(name) && slashes !== '//')
    return malformed(`"${name}:" is not followed by two slashes`, `Begin with ${name}://. `);
  if (aliases.test(name) || isNear(name.toLowerCase(), 'postgres', 2) || isNear(name.toLowerCase(), 'postgresql', 2))
    return malformed(`it starts with "${name}:"`, 'Begin with postgres:// instead; the rest may stay. ');
  return malformed('it does not start with postgres:// or postgresql://');
}

/** What other tools write for PostgreSQL. */
const aliases = /^(pgx\d?|pg|pgsql|psql|postgis|ecto|pdo_pgsql)$/i;

const products: readonly (readonly [shape: RegExp, product: string])[] = [
  [/^(mysql|mariadb)/i, 'MySQL'],
  [/^sqlite|^file$/i, 'SQLite'],
  [/^(sqlserver|mssql)/i, 'SQL Server'],
  [/^mongodb/i, 'MongoDB'],
  [/^cockroach/i, 'CockroachDB'],
  [/^prisma/i, "Prisma's own service"],
];

/** Neither the url nor a part of it is shown, nor kept as a cause (F65). */
function malformed(reason: string, way = ''): UpdownError {
  return new UpdownError('config', `The database url is malformed: ${reason}`, {
    hint:
      `${way}The shape is postgres://<user>:<password>@<host>:5432/<database>. In the password write # as %23, / as %2F, @ as %40, ` +
      ': as %3A and % as %25.',
  });
}

/** Of several hosts each has its own port, be it none: PGPORT does not speak for them. */
function splitAddresses(text: string): { host: string; port: string } {
  if (text.includes('@')) throw malformed('it has two "@"');
  const addresses = text.split(',').map(splitAddress);
  return { host: addresses.map(({ host }) => host).join(), port: addresses.map(({ port }) => port).join() };
}

function splitAddress(address: string): { host: string; port: string } {
  const [, bracketed, plain, port = ''] =
    /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(address) ?? refuseAddress(address);
  if (port !== '' && (Number(port) < 1 || Number(port) > 65_535)) throw malformed('its port is not from 1 to 65535');
  return { host: bracketed ?? plain ?? '', port };
}

function refuseAddress(address: string): never {
  throw malformed(/^\[|\]/.test(address) ? 'its IPv6 address is not in brackets' : 'its port is not a number');
}

function parseQuery(query: string, isJdbc: boolean): (readonly [string, string])[] {
  if (query === '') return [];
  return query
    .replace(/&$/, '')
    .split('&')
    .map((pair) => {
      const [name, value] = splitOnce(pair, '=');
      if (value === undefined) throw malformed('a query parameter has no "="');
      // As JDBC means it; to other drivers it is no more than to encrypt.
      if (isJdbc && name === 'ssl' && value === 'true') return ['sslmode', 'verify-full'] as const;
      return [decode(name), decode(value)] as const;
    });
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(text: string): string {
  const decoded = tryDecode(text);
  if (decoded === undefined || decoded.includes('\0'))
    throw malformed('a "%" is not followed by two hex digits of UTF-8 text');
  return decoded;
}

function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
