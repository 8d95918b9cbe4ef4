import { mostNotices, wordLeftOut } from './notices.ts';
import { isRow } from './wire.ts';

/** Takes a server's answer in pieces as they come, and keeps what is to be passed on. */
export interface Sieve {
  take(piece: Uint8Array): void;
  end(): Uint8Array;
}

/**
 * Without the plans that auto_explain has told in the same answer before: an INSERT of a hundred thousand rows tells of the look-up of each
 * row's foreign key, and an embedded server's answer is held in memory as a whole. Without rows, too, where nobody asks for them, and of
 * other notices with a bounded number.
 */
export function dropRepeatedPlans(dropsRows = false): Sieve {
  const kept: Uint8Array[] = [];
  const seen = new Set<string>();
  let notices = 0;
  let left = 0;
  let rest: Buffer = Buffer.alloc(0);
  // How much of a row is still to come that is dropped.
  let skipped = 0;
  const isDropped = (frame: Buffer): boolean => dropsRows && isRow(String.fromCharCode(frame[0] ?? 0));
  const isRepeated = (frame: Buffer): boolean => {
    const plan = planIn(frame);
    if (plan === undefined) return isTooMany(frame);
    const isKnown = seen.has(plan) || seen.size >= mostPlans;
    if (!isKnown) seen.add(plan);
    return isKnown;
  };
  const isTooMany = (frame: Buffer): boolean => {
    if (frame[0] !== notice) return false;
    notices++;
    // The one that stands for the others is one of them.
    if (notices < mostNotices) return false;
    left++;
    return true;
  };
  // One stands for those that are left out, where the first of another kind follows them.
  const keep = (frame: Buffer): void => {
    if (left > 0 && frame[0] !== notice) {
      kept.push(noticeOf(wordLeftOut(left)));
      left = 0;
    }
    kept.push(Buffer.from(frame));
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
        if (!isDropped(frame) && !isRepeated(frame)) keep(frame);
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
const mostPlans = 10_000;

function noticeOf(message: string): Buffer {
  const body = Buffer.from(`SNOTICE\0VNOTICE\0C00000\0M${message}\0\0`);
  const head = Buffer.from('N\0\0\0\0');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function planIn(frame: Buffer): string | undefined {
  if (frame[0] !== notice || frame.toString('latin1', 5, 10) !== 'SINFO') return undefined;
  return /\0Mduration: [\d.]+ ms {2}plan:\n([^\0]*)/.exec(frame.toString('latin1'))?.[1];
}
