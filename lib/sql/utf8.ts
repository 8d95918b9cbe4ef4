import { type ErrorCode, UpdownError } from '../errors.ts';
import { placeAt } from './locate.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text, a BOM at its start included. What would silently become U+FFFD is refused with its place (F53). */
export function decodeUtf8(bytes: Uint8Array, file: string, code: ErrorCode): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw invalidUtf8(bytes, file, code);
  }
}

function invalidUtf8(bytes: Uint8Array, file: string, code: ErrorCode): UpdownError {
  const before = loose(bytes.subarray(0, provenBad(bytes) - 1), true);
  const offset = Buffer.byteLength(before);
  const byte = bytes[offset]?.toString(16).padStart(2, '0');
  return new UpdownError(code, `The file is not valid UTF-8: byte 0x${byte} at offset ${offset}`, {
    hint: isUtf16(bytes)
      ? "It looks like UTF-16, which PowerShell's > writes: save it as UTF-8; a script is better written with -o."
      : 'Save the file as UTF-8.',
    place: placeAt({ file, text: shown(loose(bytes, false)) }, shown(before).length),
  });
}

/** What is readable of the bytes; with `stream`, a character cut off at their end is left out. */
function loose(bytes: Uint8Array, stream: boolean): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream });
}

const shown = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');

/** The length of the shortest prefix that no further bytes could make valid. */
function provenBad(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (couldBeginUtf8(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return bad;
}

function couldBeginUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
