import { UpdownError } from '../errors.ts';
import type { Environment } from '../libpq/target.ts';
import type { PassedOver } from '../run/event.ts';
import { agree, listAll } from '../words.ts';

/** The url that counts, and where it stands; without one, libpq's variables and defaults say where the database is. */
export interface Choice {
  readonly url: string | undefined;
  readonly source: '--url' | 'DATABASE_URL' | 'updown.json' | 'variables';
  /** Where the environment wins over an embedded database of the configuration, which may be the one that is meant. */
  readonly over?: PassedOver | undefined;
}

export interface Urls {
  readonly option: string | undefined;
  readonly configured: string | undefined;
  readonly env: Environment;
}

/**
 * The option, else DATABASE_URL, else the configuration, else the `PG*` variables. An embedded database in the configuration is there for
 * trying out: variables that name a server win over it, and a pipeline that names nothing is refused rather than served by it.
 */
export function chooseUrl(urls: Urls): Choice {
  const { option, configured, env } = urls;
  if (option !== undefined) return { url: option, source: '--url' };
  const over = findPassedOver(configured, env);
  if (env.DATABASE_URL !== undefined) return { url: env.DATABASE_URL, source: 'DATABASE_URL', over };
  if (configured === undefined) return { url: undefined, source: 'variables' };
  if (!configured.startsWith('pglite:')) return { url: configured, source: 'updown.json' };
  if (over !== undefined) return { url: undefined, source: 'variables', over };
  const refusal = refuseEmbedded(configured, env);
  if (refusal !== undefined) throw refusal;
  return { url: configured, source: 'updown.json' };
}

/** Whether a database is named anywhere but by the machine's defaults. */
export function namesDatabase(urls: Urls): boolean {
  const { option, configured, env } = urls;
  if (option !== undefined || env.DATABASE_URL !== undefined || setOf(placeVariables, env).length > 0) return true;
  if (configured === undefined) return false;
  return !configured.startsWith('pglite:') || refuseEmbedded(configured, env) === undefined;
}

/** Where a configuration with this url is passed over, by what. */
export function findPassedOver(configured: string | undefined, env: Environment): PassedOver | undefined {
  if (!configured?.startsWith('pglite:') || env.DATABASE_URL === configured) return undefined;
  const by = env.DATABASE_URL === undefined ? setOf(placeVariables, env) : ['DATABASE_URL'];
  return by.length === 0 ? undefined : { by, embedded: configured };
}

const placeVariables = ['PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGDATABASE', 'PGSERVICE'];
const loginVariables = ['PGUSER', 'PGPASSWORD'];

function refuseEmbedded(configured: string, env: Environment): UpdownError | undefined {
  const logins = setOf(loginVariables, env);
  const meant = `to mean the embedded database, add --url ${configured}`;
  if (logins.length > 0) {
    return new UpdownError(
      'config',
      `${listAll(logins)} ${agree(logins.length, 'is', 'are')} set, for a server that nothing names; updown.json names ${configured}`,
      { hint: `Set DATABASE_URL, or PGHOST and PGDATABASE, to the server's place; ${meant}.` },
    );
  }
  if (!isOn(env.CI)) return undefined;
  return new UpdownError(
    'config',
    `DATABASE_URL is not set, and this is a pipeline (CI is set): the embedded database of updown.json, ${configured}, would take the revisions, and no server`,
    { hint: `Set DATABASE_URL to the url of the database; ${meant}.` },
  );
}

function setOf(names: readonly string[], env: Environment): readonly string[] {
  return names.filter((name) => (env[name] ?? '') !== '');
}

function isOn(value = ''): boolean {
  return !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase());
}
