import { isRow } from './wire.ts';

/** Takes a server's answer in pieces as they come, and keeps what is to be passed on. */
export interface Sieve {
  take(piece: Uint8Array): void;
  end(): Uint8Array;
}

/**
 * Without the plans that auto_explain has told in the same answer before: an INSERT of a hundred thousand rows tells of the look-up of each
 * row's foreign key, and an embedded server's answer is held in memory as a whole. Without rows, too, where nobody asks for them.
 */
export function dropRepeatedPlans(dropsRows = false): Sieve {
  const kept: Uint8Array[] = [];
  const seen = new Set<string>();
  let rest: Buffer = Buffer.alloc(0);
  // How much of a row is still to come that is dropped.
  let skipped = 0;
  const isDropped = (frame: Buffer): boolean => dropsRows && isRow(String.fromCharCode(frame[0] ?? 0));
  const isRepeated = (frame: Buffer): boolean => {
    const plan = planIn(frame);
    if (plan === undefined) return false;
    const isKnown = seen.has(plan);
    seen.add(plan);
    return isKnown;
  };
  return {
    end: () => Buffer.concat([...kept, rest]),
    take: (piece) => {
      const left = piece.subarray(Math.min(skipped, piece.length));
      skipped -= piece.length - left.length;
      // A copy: the piece is the server's own memory.
      rest = Buffer.concat([rest, left]);
      let from = 0;
      for (let to = endOf(rest, from); to !== undefined; to = endOf(rest, from)) {
        const frame = rest.subarray(from, to);
        if (!isDropped(frame) && !isRepeated(frame)) kept.push(Buffer.from(frame));
        from = to;
      }
      rest = rest.subarray(from);
      if (rest.length < 5 || !isDropped(rest)) return;
      skipped = 1 + rest.readUInt32BE(1) - rest.length;
      rest = Buffer.alloc(0);
    },
  };
}

/** Of the message that begins there, as soon as it is complete: one byte for its type, four for its length. */
function endOf(buffer: Buffer, from: number): number | undefined {
  if (buffer.length < from + 5) return undefined;
  const end = from + 1 + buffer.readUInt32BE(from + 1);
  return end <= buffer.length ? end : undefined;
}

const notice = 'N'.charCodeAt(0);

function planIn(frame: Buffer): string | undefined {
  if (frame[0] !== notice || frame.toString('latin1', 5, 10) !== 'SINFO') return undefined;
  return /\0Mduration: [\d.]+ ms {2}plan:\n([^\0]*)/.exec(frame.toString('latin1'))?.[1];
}
