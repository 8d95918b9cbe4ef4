import { readFile, stat } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import { UpdownError } from '../errors.ts';
import type { Candidate } from './target.ts';

export interface Certificates extends Pick<SecureContextOptions, 'ca' | 'crl' | 'cert' | 'key' | 'passphrase'> {
  /** Whether the server has to show a certificate that an authority vouches for. */
  readonly rejectUnauthorized: boolean;
}

type Source = Pick<Candidate, 'ssl' | 'certificateFolder'>;

/** The files named, or libpq's in `~/.postgresql`. One that was named has to be there. */
export async function readCertificates(source: Source): Promise<Certificates> {
  const [authority, own] = await Promise.all([readAuthority(source), readOwn(source)]);
  return { ...authority, ...own };
}

/** As libpq, in every mode: where a root certificate is at hand, the server is checked against it. */
async function readAuthority({ ssl, certificateFolder }: Source): Promise<Certificates> {
  const crl = ssl.crl === undefined ? undefined : await readPem(ssl.crl, 'sslcrl');
  if (ssl.rootCert === 'system') return { rejectUnauthorized: true, crl };
  const ca =
    ssl.rootCert === undefined
      ? await readDefault(`${certificateFolder}/root.crt`)
      : await readPem(ssl.rootCert, 'sslrootcert');
  if (!ca && ssl.mode.startsWith('verify')) throw unreadable(`${certificateFolder}/root.crt`, 'sslrootcert');
  if (!ca) return { rejectUnauthorized: false };
  const revoked = crl ?? (await readDefault(`${certificateFolder}/root.crl`));
  return { ca, rejectUnauthorized: true, crl: revoked };
}

async function readOwn({ ssl, certificateFolder }: Source): Promise<Partial<Certificates>> {
  if (ssl.sendsNoCert) return {};
  const cert =
    ssl.cert === undefined
      ? await readDefault(`${certificateFolder}/postgresql.crt`)
      : await readPem(ssl.cert, 'sslcert');
  if (!cert) return {};
  const key = await readKey(ssl.key ?? `${certificateFolder}/postgresql.key`);
  return { cert, key, passphrase: ssl.keyPassword };
}

/** libpq's rule: root may share a key with a group, nobody else with anybody. */
async function readKey(path: string): Promise<Buffer> {
  const found = await stat(path).catch(() => {
    throw unreadable(path, 'sslkey');
  });
  const forbidden = found.uid === 0 ? 0o037 : 0o077;
  if (found.isFile() && process.platform !== 'win32' && (found.mode & forbidden) !== 0) {
    throw new UpdownError('config', `The key file "${path}" (sslkey) is open to others`, {
      hint: `chmod 600 it. A key that belongs to root may be readable for its group: 640.`,
    });
  }
  return await readPem(path, 'sslkey');
}

async function readDefault(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unreadable(path, 'the default');
  }
}

async function readPem(path: string, parameter: string): Promise<Buffer> {
  return await readFile(path).catch(() => {
    throw unreadable(path, parameter);
  });
}

function unreadable(path: string, parameter: string): UpdownError {
  return new UpdownError('config', `The file "${path}" (${parameter}) cannot be read`, {
    hint:
      parameter === 'sslrootcert'
        ? "Give sslrootcert the path of the authority's certificate, or sslrootcert=system for the public ones."
        : `Give ${parameter === 'the default' ? 'this user the right to read it' : `${parameter} the path of a PEM file`}.`,
  });
}
