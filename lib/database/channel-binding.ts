import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { hashCertificate } from './certificate-hash.ts';
import { readChallenge } from './wire.ts';

/** What the client does about a request of the server. */
export type LoginStep =
  | { readonly kind: 'reply'; readonly message: Buffer }
  /** The server has proven itself; its last word comes yet. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly why: string };

/** Answers the server's authentication requests in the place of the driver. */
export interface BoundLogin {
  /** The request's number in the protocol, and what follows it. */
  answer(method: number, body: Buffer): LoginStep;
}

const mechanism = 'SCRAM-SHA-256-PLUS';
const [ok, offersMechanisms, continues, ends] = [0, 10, 11, 12];
/** GS2: the client binds by the server's certificate. */
const header = 'p=tls-server-end-point,,';

/**
 * The login of `channel_binding=require`: SCRAM-SHA-256-PLUS (RFC 5802, 7677) bound to the certificate that the server has shown (RFC 5929),
 * so that whoever stands between with another certificate is found out. `certificate` is in DER; none where the connection has no TLS.
 */
export function createBoundLogin(
  password: string,
  certificate: Buffer | undefined,
  nonce: string = randomBytes(18).toString('base64'),
): BoundLogin {
  const first = `n=,r=${nonce}`;
  let awaited: 'mechanisms' | 'challenge' | 'signature' | 'ok' = 'mechanisms';
  let signature = Buffer.alloc(0);
  return {
    answer: (method, body) => {
      if (method === ok && awaited === 'ok') return { kind: 'done' };
      if (method === ok) return refused('the server lets in without channel binding');
      if (method === offersMechanisms && awaited === 'mechanisms') return begin(body);
      if (method === continues && awaited === 'challenge') return prove(body);
      if (method === ends && awaited === 'signature') return check(body.toString('utf8'));
      return refused('the server asks for a login that knows no channel binding');
    },
  };

  function begin(body: Buffer): LoginStep {
    const isOffered = body.toString('latin1').split('\0').includes(mechanism);
    if (certificate === undefined) return refused('there is no TLS on this connection');
    if (!isOffered) return refused('the server offers none');
    if (hashCertificate(certificate) === undefined)
      return refused("the signature of the server's certificate has no hash to bind with");
    awaited = 'challenge';
    const said = Buffer.from(header + first);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(said.length);
    return { kind: 'reply', message: Buffer.concat([Buffer.from(`${mechanism}\0`), length, said]) };
  }

  function prove(body: Buffer): LoginStep {
    const challenge = readChallenge(body);
    if (challenge === undefined || !challenge.nonce.startsWith(nonce) || challenge.nonce === nonce)
      return refused('the server did not go on with what it was told');
    const bound = Buffer.concat([Buffer.from(header), hashCertificate(certificate!)!]).toString('base64');
    const unproven = `c=${bound},r=${challenge.nonce}`;
    const said = `${first},${body.toString('utf8')},${unproven}`;
    const salted = pbkdf2Sync(password, challenge.salt, challenge.rounds, 32, 'sha256');
    const key = hmac(salted, 'Client Key');
    const mask = hmac(createHash('sha256').update(key).digest(), said);
    signature = hmac(hmac(salted, 'Server Key'), said);
    awaited = 'signature';
    const proof = Buffer.from(key.map((byte, index) => byte ^ mask[index]!)).toString('base64');
    return { kind: 'reply', message: Buffer.from(`${unproven},p=${proof}`) };
  }

  /** A server that does not know the password can't make this. */
  function check(text: string): LoginStep {
    const given = Buffer.from(/^v=([A-Za-z0-9+/]+=*)/.exec(text)?.[1] ?? '', 'base64');
    if (given.length !== signature.length || !timingSafeEqual(given, signature))
      return refused('the server does not prove that it knows the password');
    awaited = 'ok';
    return { kind: 'wait' };
  }
}

function refused(why: string): LoginStep {
  return { kind: 'refused', why: `channel binding is required, and ${why}` };
}

function hmac(key: Buffer, text: string): Buffer<ArrayBuffer> {
  return createHmac('sha256', key).update(text).digest();
}
