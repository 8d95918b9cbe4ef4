import { createHash } from 'node:crypto';

/**
 * The hash of a certificate (DER) that a channel is bound by: with the function of its signature, and SHA-256 in the place of MD5 and SHA-1
 * (RFC 5929, 4.1). `undefined` where the signature names none, as Ed25519.
 */
export function hashCertificate(certificate: Buffer): Buffer | undefined {
  const name = findHash(certificate);
  return name === undefined ? undefined : createHash(name).update(certificate).digest();
}

/** A certificate is a sequence of what is signed, the algorithm, and the signature. */
function findHash(certificate: Buffer): string | undefined {
  const outer = readElement(certificate, 0);
  const signed = readElement(certificate, outer.start);
  const algorithm = readElement(certificate, signed.end);
  const identifier = readElement(certificate, algorithm.start);
  const signature = certificate.toString('hex', identifier.start, identifier.end);
  if (signature !== rsaPss) return bySignature[signature];
  // Its parameters name the hash; without one it is SHA-1.
  const parameters = certificate.toString('hex', identifier.end, algorithm.end);
  const [, hash] = Object.entries(inParameters).find(([oid]) => parameters.includes(oid)) ?? [];
  return hash ?? 'sha256';
}

interface Element {
  readonly start: number;
  readonly end: number;
}

/** The place of an element's content: a byte for its type, then its length, in one byte or in as many as the first one says. */
function readElement(bytes: Buffer, at: number): Element {
  const first = bytes.readUInt8(at + 1);
  const more = first < 0x80 ? 0 : first - 0x80;
  const start = at + 2 + more;
  return { start, end: start + (more === 0 ? first : bytes.readUIntBE(at + 2, more)) };
}

const rsaPss = '2a864886f70d01010a';

/** By the object identifier of the signature, in hex. */
const bySignature: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'sha256', // RSA with MD5
  '2a864886f70d010105': 'sha256', // RSA with SHA-1
  '2a864886f70d01010e': 'sha224',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha256', // ECDSA with SHA-1
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};

/** Each as an element of its own, so that no other identifier holds it by chance; the first is the hash, the next one that of its mask. */
const inParameters: Readonly<Record<string, string>> = {
  '0609608648016503040204': 'sha224',
  '0609608648016503040201': 'sha256',
  '0609608648016503040202': 'sha384',
  '0609608648016503040203': 'sha512',
};
