import type { Candidate } from '../libpq/target.ts';
import { quoteIdent } from '../sql/quote.ts';

/** What to do where the server, or a pooler in front of it, refuses the login. */
export function hintForLogin(code: string, message: string, candidate: Candidate): string {
  // Poolers use 08P01, and some XX000, for whatever they refuse: what they say tells the one from the other.
  const known = isPoolerCode(code) ? readMessage(message, candidate) : undefined;
  return known ?? byCode[code]?.(candidate) ?? 'The server refused the login; its log may say more.';
}

function isPoolerCode(code: string): boolean {
  return code === '08P01' || code === 'XX000' || code === '';
}

type Hint = (candidate: Candidate) => string;

function readMessage(message: string, candidate: Candidate): string | undefined {
  const [, hint] = byMessage.find(([shape]) => shape.test(message)) ?? [];
  return hint?.(candidate);
}

const correctName: Hint = ({ database }) =>
  `The pooler knows no database "${database}": correct the name in the url, or add it to the pooler's list.`;
const correctLogin: Hint = ({ user, password }) =>
  password === undefined
    ? `No password was given: set PGPASSWORD, or add a line to ~/.pgpass; and the pooler must know the user "${user}".`
    : `Check user and password, and that the pooler knows the user "${user}"; in a url the password must be percent-encoded.`;
const isFull: Hint = () => 'Close other connections or raise the limit of the pooler, then run again.';
const isAway: Hint = () =>
  'The pooler answers, but its server does not: start the server, or correct its address in the pooler. Then run again.';

const byMessage: readonly (readonly [shape: RegExp, hint: Hint])[] = [
  [/startup parameter/i, refusedParameter],
  [/no such database|database "[^"]*" does not exist|database not found|disabled database/i, correctName],
  [/no such user|user "[^"]*" does not exist|tenant or user not found/i, correctLogin],
  [/authentication failed|password|SASL|\bauth/i, correctLogin],
  [/no more connections|too many|max(imum)? .*(clients|connections)|max_client_conn/i, isFull],
  [
    /cannot connect|server down|server login|server_login|DNS|connect (failed|timeout)|query_wait|conn crashed/i,
    isAway,
  ],
  [/endpoint id/i, () => 'The host must be given by its name, and sslsni stay 1: the server is found by it.'],
  [/SSL|TLS/, () => 'Ask for TLS with sslmode=require, or verify-full.'],
  [/shutting down|suspend|paused/i, () => 'The pooler is paused or shutting down. Run again in a moment.'],
];

function refusedParameter({ options }: Candidate): string {
  return options === undefined
    ? "The pooler takes no such start-up parameter: add it to its ignore_startup_parameters, or connect to the server itself (its own port, not the pooler's)."
    : 'The pooler takes no start-up options: write what they set as "settings" in updown.json, and take "options" out of the url, the service or PGOPTIONS; or connect to the server itself.';
}

/** By SQLSTATE. */
const byCode: Readonly<Record<string, Hint>> = {
  '28P01': ({ passwordFile, password }) => {
    if (passwordFile !== undefined) return `Check the password in "${passwordFile}".`;
    return password === undefined
      ? 'No password was given: set PGPASSWORD, or add a line to ~/.pgpass.'
      : 'Check user and password; in a url the password must be percent-encoded.';
  },
  // Another sslmode is no way out where the server may be another one.
  '28000': ({ ssl }) =>
    ssl.bindsChannel
      ? 'Where the channel binding fails, something between here and the server ends TLS: connect to the server itself. Else check that the user exists and that pg_hba.conf lets it in from here.'
      : 'Check that the user exists and that pg_hba.conf lets it in from here (try another sslmode).',
  '0A000': ({ ssl }) =>
    ssl.bindsChannel
      ? 'Connect to the server itself, with a user whose password is kept as SCRAM (password_encryption = scram-sha-256); or use channel_binding=prefer with sslmode=verify-full.'
      : 'Let the user in by scram-sha-256 in pg_hba.conf.',
  '3D000': () => 'Create it with createdb, or correct the name in the url.',
  '42501': ({ database, user }) =>
    `Ask the owner of the database for the right: GRANT CONNECT ON DATABASE ${quoteIdent(database)} TO ${quoteIdent(user)};`,
  '53300': () => 'Close other connections or raise max_connections, then run again.',
  '57P03': () => 'The server is starting up, shutting down or recovering. Run again in a moment.',
};
