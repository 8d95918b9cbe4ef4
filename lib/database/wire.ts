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
export function scanMessages({ wants, take, passes, pass }: Scanning): (chunk: Buffer) => void {
  const header = Buffer.alloc(5);
  let filled = 0;
  let left = 0;
  let pieces: Buffer[] | undefined;
  let passing = false;

  return (chunk) => {
    // Where in this chunk the stretch that is handed on begins.
    let from = -1;
    const cut = (until: number): void => {
      if (from >= 0 && until > from) pass?.(chunk.subarray(from, until));
      from = -1;
    };
    if (passing && filled === 5) from = 0;
    for (let at = 0; at < chunk.length; ) {
      if (filled < 5) {
        const copied = chunk.copy(header, filled, at, at + 5 - filled);
        at += copied;
        filled += copied;
        if (filled < 5) {
          cut(at - copied);
          break;
        }
        left = header.readUInt32BE(1) - 4;
        const type = String.fromCharCode(header[0]!);
        pieces = wants(type, left) ? [] : undefined;
        passing = passes?.(type) ?? false;
        if (!passing) cut(at - copied);
        // The head of a header came with the chunk before.
        else if (copied < 5) pass?.(Buffer.from(header.subarray(0, 5 - copied)));
        if (passing && from < 0) from = at - copied;
      }
      const size = Math.min(left, chunk.length - at);
      pieces?.push(chunk.subarray(at, at + size));
      at += size;
      left -= size;
      if (left > 0) break;
      filled = 0;
      if (pieces) take(String.fromCharCode(header[0]!), pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    }
    cut(chunk.length);
  };
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
