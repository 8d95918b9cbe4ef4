import { UpdownError } from '../errors.ts';
import { redact } from '../libpq/redact.ts';
import { type Candidate, describeCandidate, describeTarget, type ServerTarget } from '../libpq/target.ts';
import { LoginError } from './login-error.ts';
import { hintForLogin } from './login-hint.ts';
import { TlsError } from './tls.ts';

/** Why one host would not do. Keeps no cause: what libraries attach to errors may hold the password (F65). */
export interface Failure {
  readonly candidate: Candidate;
  readonly code: 'connection' | 'read-only';
  readonly message: string;
  readonly hint: string;
  readonly sqlstate?: string | undefined;
  readonly detail?: string | undefined;
  /** Whether another host may do better. */
  readonly isPassing: boolean;
}

interface Explanation {
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with the configuration is thrown on. */
export function failureOf(error: unknown, candidate: Candidate, timeoutMilliseconds: number | undefined): Failure {
  if (error instanceof UpdownError) throw error;
  const fields = error instanceof LoginError ? error.fields : undefined;
  return {
    candidate,
    code: 'connection',
    ...explain(error, candidate, timeoutMilliseconds),
    sqlstate: fields?.code,
    detail: fields?.detail,
    isPassing: isPassing(error),
  };
}

/** As libpq: a server that answers and refuses ends the search, one that starts up or cannot be reached does not. */
function isPassing(error: unknown): boolean {
  if (error instanceof TlsError || tlsCodes.test(codeOf(error))) return false;
  if (!(error instanceof LoginError) || error.code === '57P03') return true;
  return error.reason === 'closed' || error.reason === 'broken';
}

/** A failed handshake, or pg_hba.conf that wants this user with, or without, encryption. */
export function isAboutEncryption(error: unknown): boolean {
  return error instanceof TlsError || (error instanceof LoginError && error.code === '28000');
}

export function errorOf(failures: readonly Failure[], target: ServerTarget): UpdownError {
  const last = failures.at(-1)!;
  if (target.hosts.length === 1) return errorOfOne(last, []);
  if (!last.isPassing) return errorOfOne(last, [...failures.slice(0, -1).map(word), ...namesAfter(failures, target)]);
  const worst = failures.find(({ code }) => code === 'connection') ?? last;
  const message = `Cannot connect to ${describeTarget(target)}: none of its ${failures.length} hosts will do`;
  const { code, hint, sqlstate } = worst;
  return new UpdownError(code, message, {
    hint,
    notes: failures.map(word),
    sqlstate,
    mayCome: failures.some(isComing),
  });
}

/** A server that is there and is another than was asked for stays so. */
function isComing({ code, isPassing }: Failure): boolean {
  return code === 'connection' && isPassing;
}

export function errorOfOne(failure: Failure, others: readonly string[]): UpdownError {
  const { candidate, code, message, ...rest } = failure;
  const { hint, sqlstate, detail } = rest;
  const where = describeCandidate(candidate);
  const words = code === 'read-only' ? `${where} is ${message}` : `Cannot connect to ${where}: ${message}`;
  return new UpdownError(code, redact(words), {
    hint,
    notes: [...(detail === undefined ? [] : [redact(detail)]), ...others],
    sqlstate,
    mayCome: isComing(failure),
  });
}

function word({ candidate, message, detail }: Failure): string {
  return redact(`${nameHost(candidate)}: ${message}${detail === undefined ? '' : ` (${detail})`}`);
}

function namesAfter(failures: readonly Failure[], { hosts }: ServerTarget): readonly string[] {
  return hosts.slice(failures.length).map((host) => `${nameHost(host)}: not tried, as the one before it answered`);
}

function nameHost({ host, address, port }: ServerTarget['hosts'][number]): string {
  const name = address === undefined || address === host ? host : `${host} (${address})`;
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function explain(error: unknown, candidate: Candidate, timeoutMilliseconds: number | undefined): Explanation {
  if (timeoutMilliseconds !== undefined) return explainTimeout(timeoutMilliseconds);
  const { message } = error as Error;
  const code = codeOf(error);
  if (error instanceof TlsError || tlsCodes.test(code)) return explainTls(message, code, candidate);
  if (!(error instanceof LoginError)) return byCode[code]?.(candidate) ?? { message: message || code, hint: checkUrl };
  if (error.reason === 'refused') return { message, hint: hintForLogin(code, message, candidate) };
  if (error.reason === 'garbled')
    return { message: 'what answers there is not PostgreSQL', hint: 'Check host and port.' };
  if (error.reason === 'broken') return byCode[code]?.(candidate) ?? { message, hint: checkUrl };
  return { message: 'the server closed the connection during the login', hint: closedHint };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

const checkUrl = 'Check the url, or the PG* variables it leaves open.';
const closedHint =
  'Something accepts connections there, but without a server, such as a load balancer or a stopped tunnel.';
const tlsCodes = /CERT|SSL|TLS|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA/;

function explainTimeout(milliseconds: number): Explanation {
  return {
    message: `no answer within ${milliseconds / 1000} s`,
    hint: 'Check host, port and firewall; connect_timeout=<seconds> in the url waits longer.',
  };
}

/** It was shown, and nobody at hand vouches for it. */
const untrusted = /SELF_SIGNED|UNABLE_TO_|CERT_/;

function explainTls(message: string, code: string, { ssl, certificateFolder }: Candidate): Explanation {
  return {
    message: `TLS failed: ${message}`,
    // Without a code, the server has not even begun.
    hint:
      ssl.mode.startsWith('verify') && code !== ''
        ? `sslmode=${ssl.mode} needs a certificate that sslrootcert vouches for${ssl.mode === 'verify-full' ? ', made out to this host' : ''}.`
        : untrusted.test(code)
          ? `Where there is a root certificate, sslmode=${ssl.mode}, too, asks for one it vouches for: put the authority that signed the server's into ${ssl.rootCert === undefined ? `"${certificateFolder}/root.crt"` : `"${ssl.rootCert}" (sslrootcert)`}.`
          : 'Turn TLS on at the server, or use sslmode=prefer or disable where the network is trusted.',
  };
}

/** By what the operating system says. */
const byCode: Readonly<Record<string, (candidate: Candidate) => Explanation>> = {
  ECONNREFUSED: ({ port }) => ({
    message: 'connection refused',
    hint: `No server listens on port ${port} there. Start it, or correct host and port.`,
  }),
  ENOTFOUND: ({ host }) => ({ message: `the host "${host}" is unknown`, hint: 'Check how the host is spelled.' }),
  EAI_AGAIN: ({ host }) => ({
    message: `the host "${host}" cannot be looked up now`,
    hint: 'Check the network and its name server.',
  }),
  ENOENT: ({ host }) => ({
    message: `there is no server's socket in "${host}"`,
    hint: 'Start the server, or give host and port for TCP.',
  }),
  EACCES: ({ host }) => ({
    message: `the socket in "${host}" may not be used`,
    hint: 'Check the rights on that folder.',
  }),
  ECONNRESET: () => ({ message: 'the server closed the connection during the login', hint: closedHint }),
  EPIPE: () => ({ message: 'the server closed the connection during the login', hint: closedHint }),
  ETIMEDOUT: () => ({ message: 'the network gave no answer', hint: 'Check host, port and firewall.' }),
  EHOSTUNREACH: () => ({ message: 'the host cannot be reached', hint: 'Check the network.' }),
  ENETUNREACH: () => ({ message: 'the network cannot be reached', hint: 'Check the network.' }),
};
