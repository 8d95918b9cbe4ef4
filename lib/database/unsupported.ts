import type { Parameter } from './parameter.ts';
import { badSetting, type Settings } from './setting.ts';

interface Limit {
  readonly name: Parameter;
  /** The values that ask for nothing we do not do. */
  readonly harmless: RegExp;
  readonly hint: string;
}

const never = /^$/;
const limits: readonly Limit[] = [
  {
    name: 'channel_binding',
    harmless: /^(disable|prefer)$/,
    hint: 'Use channel_binding=prefer with sslmode=verify-full, which rules out a man in the middle too.',
  },
  { name: 'gssencmode', harmless: /^(disable|prefer)$/, hint: 'Use gssencmode=prefer, and TLS to encrypt.' },
  { name: 'load_balance_hosts', harmless: /^disable$/, hint: 'Take it out: hosts are tried in the order given.' },
  { name: 'requirepeer', harmless: never, hint: 'Use a socket folder that only the server may write to.' },
  {
    name: 'require_auth',
    harmless: never,
    hint: 'Use sslmode=verify-full, so that only the right server is talked to.',
  },
  { name: 'sslcertmode', harmless: /^(disable|allow)$/, hint: 'Use sslcertmode=allow, and "cert" in pg_hba.conf.' },
  { name: 'sslcrldir', harmless: never, hint: 'Put the lists into one file and name that with sslcrl.' },
  { name: 'sslnegotiation', harmless: /^postgres$/, hint: 'Use sslnegotiation=postgres.' },
  { name: 'gssdelegation', harmless: /^0$/, hint: 'Take it out.' },
  { name: 'replication', harmless: /^(false|off|no|0)$/, hint: 'Take it out.' },
  { name: 'min_protocol_version', harmless: /^3\.0$/, hint: 'Take it out: protocol 3.0 is spoken.' },
  { name: 'max_protocol_version', harmless: /^(3\.[0-9]|latest)$/, hint: 'Take it out: protocol 3.0 is spoken.' },
  { name: 'client_encoding', harmless: /^(auto|utf-?8|unicode)$/i, hint: 'Take it out: files and session are UTF-8.' },
];

/** What libpq can and we cannot must not be ignored in silence: most of it guards something. */
export function refuseUnsupported(settings: Settings): void {
  for (const { name, harmless, hint } of limits) {
    const setting = settings.get(name);
    if (setting === undefined || setting.value === '' || harmless.test(setting.value)) continue;
    throw badSetting(name, setting, harmless === never ? 'is not supported' : 'asks for what is not supported', hint);
  }
}
