import { gatherSettings } from './gather.ts';
import { parseHosts } from './hosts.ts';
import { isKeywords, parseKeywords } from './keywords.ts';
import type { Machine } from './machine.ts';
import { readChoice, readInteger, readText, type Settings } from './setting.ts';
import { parseSsl } from './ssl.ts';
import type { Environment, ServerTarget, SessionAttributes } from './target.ts';
import { refuseUnsupported } from './unsupported.ts';
import { parseUrl } from './url.ts';

const sessionAttributes: readonly SessionAttributes[] = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
];
const defaultConnectTimeoutSeconds = 10;
const defaultKeepAliveSeconds = 60;

/** Reads a url or a string of `name=value` as libpq does. */
export function parseServer(text: string | undefined, env: Environment, machine: Machine): ServerTarget {
  const given = text === undefined ? [] : isKeywords(text) ? parseKeywords(text) : parseUrl(text);
  const settings = gatherSettings(given, env, machine);
  refuseUnsupported(settings);
  const user = readText(settings, 'user') ?? machine.user;
  const password = readText(settings, 'password');
  const applicationName = readText(settings, 'application_name') ?? readText(settings, 'fallback_application_name');
  const options = readText(settings, 'options');
  return {
    kind: 'server',
    hosts: parseHosts(settings, machine),
    user,
    password,
    database: readText(settings, 'dbname') ?? user,
    ssl: parseSsl(settings, env),
    certificateFolder: `${machine.home}/.postgresql`,
    applicationName,
    connectTimeoutMilliseconds: readTimeout(settings) * 1000,
    keepAliveMilliseconds: readKeepAlive(settings) * 1000,
    options,
    sessionAttributes: readChoice(settings, 'target_session_attrs', sessionAttributes) ?? 'any',
    passfile: readText(settings, 'passfile') ?? `${machine.home}/.pgpass`,
  };
}

function readTimeout(settings: Settings): number {
  return Math.max(0, readInteger(settings, 'connect_timeout') ?? defaultConnectTimeoutSeconds);
}

/** The other numbers are checked and then left to the system: Node can't set them, nor can libpq everywhere. */
function readKeepAlive(settings: Settings): number {
  for (const name of ['keepalives_interval', 'keepalives_count', 'tcp_user_timeout'] as const)
    readInteger(settings, name);
  const idle = readInteger(settings, 'keepalives_idle') ?? 0;
  if (readInteger(settings, 'keepalives') === 0) return 0;
  return idle > 0 ? idle : defaultKeepAliveSeconds;
}
