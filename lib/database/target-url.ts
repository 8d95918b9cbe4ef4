import { UpdownError } from '../errors.ts';

const scheme = /^postgres(?:ql)?:\/\//;

/**
 * Takes a url apart as libpq does, into the names libpq gives the parts; the query wins over what stands before it. Not with
 * `new URL`: it knows no socket folders, and its error holds the whole url (F65).
 */
export function parseUrl(url: string): Readonly<Record<string, string>> {
  if (url.trim() === '') throw malformed('it is empty');
  if (!scheme.test(url)) throw malformed('it does not start with postgres:// or postgresql://');
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
  const parts = { user, password, ...splitAddress(address), dbname: database };
  const decoded = Object.entries(parts).map(([name, value]) => [name, decode(value)] as const);
  return Object.fromEntries([...decoded, ...parseQuery(query)].filter(([, value]) => value !== ''));
}

/** Neither the url nor a part of it is shown, nor kept as a cause (F65). */
export function malformed(reason: string): UpdownError {
  return new UpdownError('config', `The database url is malformed: ${reason}`, {
    hint:
      'The shape is postgres://<user>:<password>@<host>:5432/<database>. In the password write # as %23, / as %2F, @ as %40, ' +
      ': as %3A and % as %25.',
  });
}

function splitAddress(address: string): { host: string; port: string } {
  if (address.includes('@')) throw malformed('it has two "@"');
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(address) ?? [];
  // Several hosts are told apart from a bad port further on.
  if (!/^\d*$/.test(port) && !port.includes(',')) throw malformed('its port is not a number');
  return { host: bracketed ?? plain ?? '', port };
}

function parseQuery(query: string): (readonly [string, string])[] {
  if (query === '') return [];
  return query.split('&').map((pair) => {
    const [name, value] = splitOnce(pair, '=');
    if (value === undefined) throw malformed('a query parameter has no "="');
    if (name === 'ssl' && value === 'true') return ['sslmode', 'require'] as const;
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
