export type ConnectionTarget = ServerTarget | PgliteTarget;

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
  readonly address?: string | undefined;
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
  readonly password?: string | undefined;
  readonly database: string;
  readonly ssl: Ssl;
  /** Of the certificates that are there by default. */
  readonly certificateFolder: string;
  readonly applicationName?: string | undefined;
  /** For each host anew; 0 waits for ever. */
  readonly connectTimeoutMilliseconds: number;
  /** 0 sends none. */
  readonly keepAliveMilliseconds: number;
  /** Start-up options such as `-c search_path=app`; most poolers refuse them (F26). */
  readonly options?: string | undefined;
  /** Where a password is looked up when none was given. */
  readonly passfile: string;
}

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface Ssl {
  readonly mode: SslMode;
  /** Paths of PEM files; a `rootCert` of `system` stands for the authorities Node trusts. */
  readonly rootCert?: string | undefined;
  readonly crl?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly keyPassword?: string | undefined;
  readonly sendsNoCert?: boolean | undefined;
  /** Keeps the host's name out of the handshake (SNI). */
  readonly hidesHost?: boolean | undefined;
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
  /** `channel_binding=require`: no login but one that is bound to the server's certificate. */
  readonly bindsChannel?: boolean | undefined;
}

export type SessionAttributes = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';

/** An embedded PostgreSQL, in memory where there is no folder. */
export interface PgliteTarget {
  readonly kind: 'pglite';
  readonly folder?: string | undefined;
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

/**
 * Which database it is, whoever connects and however: `db.example.com:5432/shop`; and its name alone, since another way there, such as a
 * tunnel, has another host.
 */
export function namesOf(target: ConnectionTarget): readonly [place: string, name: string] {
  if (target.kind === 'pglite') return [describeTarget(target), describeTarget(target)];
  return [`${target.hosts.map(describeHost).join()}/${target.database}`, target.database];
}

/** The target as people may see it: never with its password. */
export function describeTarget(target: ConnectionTarget): string {
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
