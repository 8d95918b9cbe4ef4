import { UpdownError } from '../errors.ts';
import { LoginError } from './login-error.ts';
import { describeTarget, redact, type ServerTarget } from './target.ts';
import { TlsError } from './tls.ts';

interface Explanation {
  readonly message: string;
  readonly hint: string;
}

/** Says in words why there is no connection. Keeps no cause: what libraries attach to errors may hold the password (F65). */
export function explainFailure(
  error: unknown,
  target: ServerTarget,
  timeoutMilliseconds: number | undefined,
): UpdownError {
  if (error instanceof UpdownError) return error;
  const { message, hint } = explain(error, target, timeoutMilliseconds);
  const fields = error instanceof LoginError ? error.fields : undefined;
  return new UpdownError('connection', redact(`Cannot connect to ${describeTarget(target)}: ${message}`), {
    hint,
    ...(fields && { sqlstate: fields.code }),
    ...(fields?.detail !== undefined && { notes: [redact(fields.detail)] }),
  });
}

function explain(error: unknown, target: ServerTarget, timeoutMilliseconds: number | undefined): Explanation {
  if (timeoutMilliseconds !== undefined) return explainTimeout(timeoutMilliseconds);
  const { message, code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof TlsError || tlsCodes.test(code)) return explainTls(message, target);
  if (!(error instanceof LoginError)) return byCode[code]?.(target) ?? { message: message || code, hint: checkUrl };
  if (error.reason === 'refused') return { message, hint: hintFor(code, target) };
  if (error.reason === 'garbled')
    return { message: 'what answers there is not PostgreSQL', hint: 'Check host and port.' };
  if (error.reason === 'broken') return byCode[code]?.(target) ?? { message, hint: checkUrl };
  return { message: 'the server closed the connection during the login', hint: closedHint };
}

const checkUrl = 'Check the url, or the PG* variables it leaves open.';
const closedHint =
  'Something accepts connections there but no server stands behind it, as with a load balancer or a stopped tunnel.';
const tlsCodes = /CERT|SSL|TLS|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA/;

function explainTimeout(milliseconds: number): Explanation {
  return {
    message: `no answer within ${milliseconds / 1000} s`,
    hint: 'Check host, port and firewall; connect_timeout=<seconds> in the url waits longer.',
  };
}

function explainTls(message: string, { ssl }: ServerTarget): Explanation {
  return {
    message: `TLS failed: ${message}`,
    hint: ssl.mode.startsWith('verify')
      ? `sslmode=${ssl.mode} needs a certificate that sslrootcert vouches for${ssl.mode === 'verify-full' ? ', made out to this host' : ''}.`
      : 'Turn TLS on at the server, or use sslmode=prefer or disable where the network is trusted.',
  };
}

/** By what the operating system says. */
const byCode: Readonly<Record<string, (target: ServerTarget) => Explanation>> = {
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

/** By what the server says (SQLSTATE). */
function hintFor(code: string, target: ServerTarget): string {
  if (code === '28P01') {
    return target.password === undefined
      ? 'No password was given: set PGPASSWORD, or add a line to ~/.pgpass.'
      : 'Check user and password; in a url the password must be percent-encoded.';
  }
  return hints[code] ?? 'The server refused the login; its log may say more.';
}

const hints: Readonly<Record<string, string>> = {
  '28000': 'Check that the user exists and that pg_hba.conf lets it in from here (try another sslmode).',
  '3D000': 'Create it with createdb, or correct the name in the url.',
  '42501': 'Ask for the right: GRANT CONNECT ON DATABASE … TO ….',
  '53300': 'Close other connections or raise max_connections, then run again.',
  '57P03': 'The server is starting up, shutting down or recovering. Run again in a moment.',
  '08P01': 'Poolers refuse start-up parameters: take "options" out of the url and unset PGOPTIONS.',
};
