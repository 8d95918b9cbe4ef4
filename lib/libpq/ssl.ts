import { badSetting, readChoice, readInteger, readText, type Settings } from './setting.ts';
import type { Environment, Ssl, SslMode, TlsVersion } from './target.ts';

const modes: readonly SslMode[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const versions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const defaultMinVersion: TlsVersion = 'TLSv1.2';

export function parseSsl(settings: Settings, env: Environment): Ssl {
  const minVersion = readVersion(settings, 'ssl_min_protocol_version');
  const maxVersion = readVersion(settings, 'ssl_max_protocol_version');
  refuseEmptyRange(settings, minVersion, maxVersion);
  const rootCert = readText(settings, 'sslrootcert');
  const crl = readText(settings, 'sslcrl');
  const sendsNoCert = settings.get('sslcertmode')?.value === 'disable';
  const cert = sendsNoCert ? undefined : readText(settings, 'sslcert');
  const key = readText(settings, 'sslkey');
  const keyPassword = readText(settings, 'sslpassword');
  return {
    mode: parseMode(settings, env),
    rootCert,
    crl,
    sendsNoCert: sendsNoCert || undefined,
    cert,
    key,
    keyPassword,
    hidesHost: readInteger(settings, 'sslsni') === 0 || undefined,
    minVersion,
    maxVersion,
    bindsChannel: parseBinding(settings),
  };
}

function parseMode(settings: Settings, env: Environment): SslMode {
  const system = readText(settings, 'sslrootcert') === 'system';
  const asked = readChoice(settings, 'sslmode', modes) ?? (env.PGREQUIRESSL?.startsWith('1') ? 'require' : undefined);
  const mode = asked ?? (system ? 'verify-full' : 'prefer');
  if (!system || mode === 'verify-full') return mode;
  const problem = `is "system": with "sslmode=${mode}" that would trust any certificate anybody can buy`;
  throw badSetting('sslrootcert', settings, problem, 'Use sslmode=verify-full with it.');
}

function parseBinding(settings: Settings): true | undefined {
  if (readText(settings, 'channel_binding') === undefined) return undefined;
  if (readChoice(settings, 'channel_binding', ['disable', 'prefer', 'require']) !== 'require') return undefined;
  if (mayEncrypt(settings)) return true;
  throw badSetting(
    'channel_binding',
    settings,
    'asks for TLS, and this connection has none',
    'Use channel_binding=prefer: without TLS there is no channel to bind to.',
  );
}

/** A socket has no TLS; and what is not known yet, the default host, is one in the end or not. */
export function mayEncrypt(settings: Settings): boolean {
  const isSocket = (host: string) => /^[/@]/.test(host);
  const hosts = settings.get('host')?.value.split(',') ?? [];
  if (hosts.length > 0 && hosts.every(isSocket)) return false;
  return !['disable', 'allow'].includes(settings.get('sslmode')?.value ?? 'prefer');
}

/** As libpq, whatever the mode: the default counts as well. */
function refuseEmptyRange(settings: Settings, min: TlsVersion = defaultMinVersion, max: TlsVersion | undefined): void {
  if (max === undefined || versions.indexOf(min) <= versions.indexOf(max)) return;
  throw badSetting(
    'ssl_max_protocol_version',
    settings,
    `is ${max}, below ssl_min_protocol_version (${min}): invalid SSL protocol version range`,
    `Leave ssl_max_protocol_version out, or set ssl_min_protocol_version to ${max} or lower.`,
  );
}

function readVersion(settings: Settings, name: 'ssl_min_protocol_version' | 'ssl_max_protocol_version') {
  const text = readText(settings, name);
  if (text === undefined) return undefined;
  const found = versions.find((version) => version.toLowerCase() === text.toLowerCase());
  if (found) return found;
  throw badSetting(name, settings, 'has an unknown value', `Use one of ${versions.join(', ')}.`);
}
