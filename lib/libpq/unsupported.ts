import type { Parameter } from './parameter.ts';
import { badSetting, type Settings } from './setting.ts';
import { mayEncrypt } from './ssl.ts';

interface Limit {
  readonly name: Parameter;
  /** The values that ask for nothing we do not do. */
  readonly harmless: RegExp;
  readonly hint: string;
  /** Where the connection has no TLS, and what stands above needs it. */
  readonly bareHint?: string;
}

const never = /^$/;
const verified = 'with sslmode=verify-full (and sslrootcert=system where a public authority signed the certificate)';
const limits: readonly Limit[] = [
  {
    name: 'gssencmode',
    harmless: /^(disable|prefer)$/,
    hint: 'Use gssencmode=prefer, and sslmode=require to encrypt.',
    bareHint:
      'Use gssencmode=prefer: a socket needs no encryption, and to another host sslmode=require encrypts, if its server has TLS.',
  },
  { name: 'load_balance_hosts', harmless: /^disable$/, hint: 'Take it out: hosts are tried in the order given.' },
  {
    name: 'requirepeer',
    harmless: never,
    hint: 'Take it out, and use a socket folder that only the server may write to.',
  },
  {
    name: 'require_auth',
    harmless: never,
    hint: `Take it out, and connect ${verified}, so that only the right server is talked to.`,
    bareHint:
      'Take it out: how to log in is for pg_hba.conf to say, and without TLS nothing here tells one server from another.',
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
  for (const { name, harmless, hint, bareHint } of limits) {
    const setting = settings.get(name);
    if (setting === undefined || setting.value === '' || harmless.test(setting.value)) continue;
    throw badSetting(
      name,
      settings,
      harmless === never ? 'is not supported' : 'asks for what is not supported',
      (!mayEncrypt(settings) && bareHint) || hint,
    );
  }
}
