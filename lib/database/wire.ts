import type { ServerMessage } from './server-message.ts';

/** RowDescription and DataRow. */
export function isRow(type: string): boolean {
  return type === 'T' || type === 'D';
}

/** What is done with the messages of a backend's stream. */
export interface Scanning {
  /** Sees every header; only bodies it asks for are kept, the rest is skipped by length and never copied. */
  readonly wants: (type: string, length: number) => boolean;
  readonly take: (type: string, body: Buffer) => void;
  /** Whether messages of this type are handed on; left out, none is. */
  readonly passes?: (type: string) => boolean;
  /** Given what is handed on, as it came; whole stretches of a chunk at once. */
  readonly pass?: ((piece: Buffer) => void) | undefined;
}

/** Reads a backend's message stream however it is cut into chunks. */
export function scanMessages(scanning: Scanning): (chunk: Buffer) => void {
  const scanner = new MessageScanner(scanning);
  return (chunk) => scanner.scan(chunk);
}

const headerLength = 5;

class MessageScanner {
  private readonly scanning: Scanning;
  private readonly header = Buffer.alloc(headerLength);
  private filled = 0;
  private left = 0;
  private pieces: Buffer[] | undefined;
  private passing = false;
  /** Where in this chunk the stretch that is handed on begins. */
  private from = -1;

  constructor(scanning: Scanning) {
    this.scanning = scanning;
  }

  scan(chunk: Buffer): void {
    this.from = this.passing && this.filled === headerLength ? 0 : -1;
    for (let at = 0; at < chunk.length; ) {
      if (this.filled < headerLength) at = this.takeHeader(chunk, at);
      if (this.filled < headerLength) break;
      at = this.takeBody(chunk, at);
      if (this.left > 0) break;
    }
    this.passUntil(chunk, chunk.length);
  }

  /** Both tell where in the chunk they got to. */
  private takeHeader(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.header, this.filled, at, at + headerLength - this.filled);
    this.filled += copied;
    if (this.filled < headerLength) this.passUntil(chunk, at);
    else this.begin(chunk, at, copied);
    return at + copied;
  }

  private takeBody(chunk: Buffer, at: number): number {
    const size = Math.min(this.left, chunk.length - at);
    this.pieces?.push(chunk.subarray(at, at + size));
    this.left -= size;
    if (this.left === 0) this.end();
    return at + size;
  }

  private begin(chunk: Buffer, at: number, copied: number): void {
    const { wants, passes, pass } = this.scanning;
    this.left = this.header.readUInt32BE(1) - 4;
    this.pieces = wants(this.type(), this.left) ? [] : undefined;
    this.passing = passes?.(this.type()) ?? false;
    if (!this.passing) this.passUntil(chunk, at);
    // The head of a header came with the chunk before.
    else if (copied < headerLength) pass?.(Buffer.from(this.header.subarray(0, headerLength - copied)));
    if (this.passing && this.from < 0) this.from = at;
  }

  private end(): void {
    const { pieces } = this;
    this.filled = 0;
    if (pieces === undefined) return;
    const [first] = pieces;
    this.scanning.take(this.type(), first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces));
  }

  private type(): string {
    return this.header.toString('latin1', 0, 1);
  }

  private passUntil(chunk: Buffer, until: number): void {
    if (this.from >= 0 && until > this.from) this.scanning.pass?.(chunk.subarray(this.from, until));
    this.from = -1;
  }
}

/** Zero-terminated strings, as most backend messages carry them. */
export function readStrings(body: Buffer): string[] {
  return body.toString('utf8').split('\0');
}

const textFields: Readonly<Record<string, keyof ServerMessage>> = {
  V: 'severity',
  C: 'code',
  M: 'message',
  D: 'detail',
  H: 'hint',
  q: 'internalQuery',
  W: 'where',
  s: 'schema_name',
  t: 'table_name',
  c: 'column_name',
  n: 'constraint_name',
  R: 'routine',
};

const numberFields: Readonly<Record<string, keyof ServerMessage>> = { P: 'position', p: 'internalPosition' };

export function readServerMessage(body: Buffer): ServerMessage {
  const fields: Record<string, string | number> = { severity: 'ERROR', code: '', message: '' };
  for (const field of readStrings(body)) {
    const text = textFields[field.charAt(0)];
    const number = numberFields[field.charAt(0)];
    if (text) fields[text] = field.slice(1);
    else if (number) fields[number] = Number(field.slice(1));
  }
  const read = fields as unknown as ServerMessage;
  // Errors that the ledger raises begin with their code, for psql shows none. Here it has a place of its own.
  const code = `${read.code}: `;
  return read.message.startsWith(code) ? { ...read, message: read.message.slice(code.length) } : read;
}

/** What SCRAM asks the client to prove its password with. */
export interface Challenge {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly rounds: number;
}

/** As the driver counts on it; more rounds than that would be an attack on us. */
export function readChallenge(body: Buffer): Challenge | undefined {
  const [, nonce = '', salt = '', rounds = '0'] =
    /^r=([^,]+),s=([A-Za-z0-9+/]+=*),i=(\d+)/.exec(body.toString('utf8')) ?? [];
  const count = Number(rounds);
  return count > 0 && count <= 10_000_000 ? { nonce, salt: Buffer.from(salt, 'base64'), rounds: count } : undefined;
}
