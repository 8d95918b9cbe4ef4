import { UpdownError } from '../errors.ts';
import { type Machine, readMachine } from './machine.ts';
import { parseServer } from './target-server.ts';

export type Target = ServerTarget | PgliteTarget;

export interface ServerTarget {
  readonly kind: 'server';
  /** A host name, an address, or the folder of a unix socket (starts with `/`). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly ssl: Ssl;
  readonly applicationName?: string;
  /** 0 waits for ever. */
  readonly connectTimeoutMilliseconds: number;
  /** Start-up options such as `-c search_path=app`; most poolers refuse them (F26). */
  readonly options?: string;
  readonly sessionAttributes: SessionAttributes;
  /** Where a password is looked up when none was given. */
  readonly passfile: string;
}

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface Ssl {
  readonly mode: SslMode;
  /** Paths of PEM files; a `rootCert` of `system` stands for the authorities Node trusts. */
  readonly rootCert?: string;
  readonly cert?: string;
  readonly key?: string;
}

export type SessionAttributes = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';

/** An embedded PostgreSQL, in memory where there is no folder. */
export interface PgliteTarget {
  readonly kind: 'pglite';
  readonly folder?: string;
  readonly extensions: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a url as libpq does; what it leaves open comes from the `PG*` variables, then from the machine. */
export function parseTarget(url: string | undefined, env: Environment, machine: Machine = readMachine()): Target {
  if (url?.startsWith('pglite:')) return parsePglite(url.slice('pglite:'.length));
  return parseServer(url, env, machine);
}

/** The target as people may see it: never with its password. */
export function describeTarget(target: Target): string {
  if (target.kind === 'pglite') return `pglite:${target.folder ?? 'memory'}`;
  const user = encodeURIComponent(target.user);
  const database = encodeURIComponent(target.database);
  if (target.host.startsWith('/'))
    return `postgres://${user}@:${target.port}/${database}?host=${encodeURI(target.host)}`;
  const host = target.host.includes(':') ? `[${target.host}]` : encodeURIComponent(target.host);
  return `postgres://${user}@${host}:${target.port}/${database}`;
}

/** Takes passwords out of any text: in urls, in `password=…` and `"password": "…"`, in `PASSWORD '…'`. */
export function redact(text: string): string {
  return text
    .replace(/:\/\/([^\s:@/?'"]*):[^\s'"<>]*@/g, '://$1:***@')
    .replace(/((?:password|passwd|pgpassword)"?\s*[=:]\s*)('(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s&;,'"]+)/gi, '$1***')
    .replace(/(\bpassword\s+)e?'(?:[^']|'')*'/gi, "$1'***'");
}

function parsePglite(rest: string): PgliteTarget {
  const [folder = '', query = ''] = rest.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((key) => key !== 'extensions');
  if (unknown !== undefined) {
    throw new UpdownError('config', `The pglite url has an unknown parameter: "${unknown}"`, {
      hint: 'Only "extensions" is known: pglite:./data?extensions=pgcrypto,citext',
    });
  }
  if (folder === '') {
    throw new UpdownError('config', 'The pglite url names no folder', {
      hint: 'Write pglite:<folder> to keep the data, or pglite:memory to forget it.',
    });
  }
  const extensions = (parameters.get('extensions') ?? '').split(',').filter((name) => name !== '');
  return { kind: 'pglite', extensions, ...(folder !== 'memory' && { folder }) };
}
