import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { readCertificates } from './certificate.ts';
import type { Candidate } from './target.ts';

/** What a TLS handshake with this host takes, its files read. */
export async function prepareTls(candidate: Candidate): Promise<ConnectionOptions> {
  const { host, ssl } = candidate;
  return {
    ...(await readCertificates(candidate)),
    host,
    ...(isIP(host) === 0 && !ssl.hidesHost && { servername: host }),
    minVersion: ssl.minVersion,
    maxVersion: ssl.maxVersion,
    ...(ssl.mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}
