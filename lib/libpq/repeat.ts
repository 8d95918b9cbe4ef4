import { isUpdownError } from '../errors.ts';
import { readOwn } from './gather.ts';
import { isKeywords, parseKeywords } from './keywords.ts';
import type { Parameter } from './parameter.ts';
import { redact } from './redact.ts';
import { readTargetText } from './text.ts';
import { parseUrl } from './url.ts';

/** A url that may be printed, and leads to the same database. */
export interface Repeated {
  readonly url: string;
  /** It had a password, which has to come from elsewhere: PGPASSWORD, or the password file. */
  readonly lacksPassword: boolean;
}

/** Undefined where it can't be read, or may not be shown. */
export function repeatUrl(given: string): Repeated | undefined {
  try {
    const url = readTargetText(given);
    const repeated = url.startsWith('pglite:') ? { url, lacksPassword: false } : repeatServer(url);
    // What is like a password in another place is none of ours to judge (F65).
    return redact(repeated.url) === repeated.url ? repeated : undefined;
  } catch (error) {
    if (isUpdownError(error)) return undefined;
    throw error;
  }
}

const secrets: readonly Parameter[] = ['password', 'sslpassword'];

function repeatServer(url: string): Repeated {
  const own = readOwn(isKeywords(url) ? parseKeywords(url) : parseUrl(url));
  const shown = own.filter(([name]) => !secrets.includes(name));
  if (shown.length === own.length) return { url, lacksPassword: false };
  return { url: printUrl(new Map(shown.map(([name, { value }]) => [name, value]))), lacksPassword: true };
}

/** A host that is a name stands where it is looked for; anything else is a parameter. */
function printUrl(values: ReadonlyMap<Parameter, string>): string {
  const { user, host, port, dbname, ...others } = Object.fromEntries(values) as Partial<Record<Parameter, string>>;
  const isPlain = host !== undefined && /^[\w.-]+$/.test(host) && /^\d*$/.test(port ?? '');
  const address = isPlain ? `${host}${port ? `:${port}` : ''}` : '';
  const rest = Object.entries(isPlain ? others : { host, port, ...others }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
  const database = dbname === undefined ? '' : `/${encodeURIComponent(dbname)}`;
  return `postgres://${login}${address}${database}${rest.length === 0 ? '' : `?${rest.join('&')}`}`;
}
