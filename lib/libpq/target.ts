export type Target = ServerTarget | PgliteTarget;

export interface ServerTarget extends Access {
  readonly kind: 'server';
  /** To be tried in this order. */
  readonly hosts: readonly [Host, ...Host[]];
  readonly sessionAttributes: SessionAttributes;
}

export interface Host {
  /** A name, an address, or the folder of a unix socket (starts with `/`). */
  readonly host: string;
  /** Where to connect, without looking the name up. */
  readonly address?: string;
  readonly port: number;
}

/** One of the hosts, with all it takes to get in. */
export interface Candidate extends Access, Host {
  /** The file the password is from. */
  readonly passwordFile?: string;
}

/** What goes for all hosts. */
export interface Access {
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly ssl: Ssl;
  /** Of the certificates that are there by default. */
  readonly certificateFolder: string;
  readonly applicationName?: string;
  /** For each host anew; 0 waits for ever. */
  readonly connectTimeoutMilliseconds: number;
  /** 0 sends none. */
  readonly keepAliveMilliseconds: number;
  /** Start-up options such as `-c search_path=app`; most poolers refuse them (F26). */
  readonly options?: string;
  /** Where a password is looked up when none was given. */
  readonly passfile: string;
}

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface Ssl {
  readonly mode: SslMode;
  /** Paths of PEM files; a `rootCert` of `system` stands for the authorities Node trusts. */
  readonly rootCert?: string;
  readonly crl?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly keyPassword?: string;
  readonly sendsNoCert?: boolean;
  /** Keeps the host's name out of the handshake (SNI). */
  readonly hidesHost?: boolean;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
}

export type SessionAttributes = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';

/** An embedded PostgreSQL, in memory where there is no folder. */
export interface PgliteTarget {
  readonly kind: 'pglite';
  readonly folder?: string;
  /** In memory, and of its session alone: nobody finds it again, and it ends with the session. */
  readonly apart?: true;
  readonly extensions: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function candidatesOf({ kind, hosts, sessionAttributes, ...access }: ServerTarget): readonly Candidate[] {
  return hosts.map((host) => ({ ...access, ...host }));
}

/** Whether it is reached by a unix socket. */
export function isLocal({ host, address }: Host): boolean {
  return address === undefined && host.startsWith('/');
}

/** The target as people may see it: never with its password. */
export function describeTarget(target: Target): string {
  if (target.kind === 'pglite') return `pglite:${target.folder ?? 'memory'}`;
  return describeServer(target, target.hosts);
}

export function describeCandidate(candidate: Candidate): string {
  return describeServer(candidate, [candidate]);
}

/** A url that leads there again. */
function describeServer(access: Access, hosts: readonly Host[]): string {
  const user = encodeURIComponent(access.user.replace(/:.*$/s, ':***'));
  const database = encodeURIComponent(access.database);
  const [first] = hosts as [Host];
  const { host, port } = first;
  if (hosts.length === 1 && isLocal(first)) return `postgres://${user}@:${port}/${database}?host=${encodeURI(host)}`;
  const addresses = hosts.some(({ address }) => address !== undefined)
    ? `?hostaddr=${hosts.map(({ address = '' }) => address).join()}`
    : '';
  return `postgres://${user}@${hosts.map(describeHost).join()}/${database}${addresses}`;
}

function describeHost({ host, port }: Host): string {
  return `${host.includes(':') ? `[${host}]` : encodeURIComponent(host)}:${port}`;
}

/** `password = two words`, not quoted as it should be, as far as the next `name=` or what is a word of SQL. */
const bareWords =
  /(\b\w*(?:password|passwd)([ \t]*)=[ \t]*)(?!['"*])(?:\\.|[^\s&"])+((?:[ \t]+(?!(?:and|or|where|from|then|returning|order|limit|is)\b)(?!\w+[ \t]*=)[^\s&"'=]+)+)/gi;

/** Only in a string of `name=value`: elsewhere what stands behind the first blank is no part of it. */
function maskBareWords(found: string, name: string, blank: string, _: string, at: number, text: string): string {
  const before = text.slice(text.lastIndexOf('\n', at) + 1, at);
  const after = text.slice(at + found.length, at + found.length + 40);
  return blank !== '' || keyword.test(before) || (/^\s+/.test(after) && keyword.test(after)) ? `${name}***` : found;
}

const keyword = /\b(?:host|hostaddr|port|dbname|user|service|sslmode|options|application_name|connect_timeout)[ \t]*=/i;

/** Takes passwords out of any text, by what looks like one: in urls of any kind, in `password=…` and `"password": "…"`, in `PASSWORD '…'`. */
export function redact(text: string): string {
  return (
    text
      // Also where a slash is missing, or the ":" was encoded with the rest.
      .replace(/(:\/{1,3}|\bpostgres(?:ql)?:)([^\s:@/?'"%]*)(:|%3A)[^\s'"<>]*@/gi, '$1$2$3***@')
      // A blank or a quote in the password, where a host stands behind it.
      .replace(/(:\/{2})([^\s:@/?'"%]*):(?!\*\*\*@)(?!\d+[/\s])[^@\n<>]{1,100}@(?=[\w.-]+[:/])/g, '$1$2:***@')
      // Without a scheme it is one where what follows the "@" can't be a target's word.
      .replace(
        /(?<![\w/:@.%-])([\w.-]+):(?!\*\*\*@|\/)[^\s:'"<>]+@(?=localhost\b|\[|[\w-]+\.\w|[\w-]+:\d|[\w.-]+\/)/g,
        '$1:***@',
      )
      .replace(bareWords, maskBareWords)
      .replace(
        /((?:password|passwd|pgpassword|passphrase|\bpwd|\bsecret(?:_?key)?|api_?key|access_?token)"?\s*[=:]\s*)('(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|(?:\\.|[^\s&"])+)/gi,
        '$1***',
      )
      // Inside a string of its own the literal's quotes are doubled, or more.
      .replace(/(\bpassword\s+)(?:e?(''+)(?!')(?:\2\2|(?!\2)[\s\S])*(?:\2|$)|(\$\w*\$)[\s\S]*?(?:\3|$))/gi, "$1'***'")
      .replace(/(\bpassword\s+)e?'(?!\*\*\*')(?:[^']|'')*(?:'|$)/gi, "$1'***'")
  );
}
