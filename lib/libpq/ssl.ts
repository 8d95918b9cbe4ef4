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
