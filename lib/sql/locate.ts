import type { Place } from '../errors.ts';

/** Text with the name people know it by. */
export interface Located {
  readonly file: string;
  readonly text: string;
}

/** The place of a UTF-16 offset. Columns count code points, as editors and the server do. */
export function placeAt({ file, text }: Located, offset: number): Place {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const stop = text.indexOf('\n', offset);
  return {
    file,
    line: lineCounter(text)(offset),
    column: codePointsBefore(text.slice(start, offset), offset - start) + 1,
    excerpt: text.slice(start, stop === -1 ? text.length : stop),
  };
}

/** A function that gives the 1-based line of an offset; offsets must be asked for in rising order, so that all of them cost one walk. */
export function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let next = text.indexOf('\n');
  return (offset) => {
    while (next !== -1 && next < offset) {
      line++;
      next = text.indexOf('\n', next + 1);
    }
    return line;
  };
}

/** The UTF-16 offset of the code point number `count` (0-based): a server and the parser give positions in characters. */
export function offsetOfCodePoint(text: string, count: number): number {
  let offset = 0;
  for (let left = count; left > 0 && offset < text.length; left--) offset += isPair(text, offset) ? 2 : 1;
  return offset;
}

/** The same for the byte number `count` of the text as UTF-8. */
export function offsetOfByte(text: string, count: number): number {
  return Buffer.from(text, 'utf8').subarray(0, count).toString('utf8').length;
}

/** How many code points stand before a UTF-16 offset. */
export function codePointsBefore(text: string, offset: number): number {
  let count = 0;
  for (let at = 0; at < offset; count++) at += isPair(text, at) ? 2 : 1;
  return count;
}

function isPair(text: string, offset: number): boolean {
  const code = text.charCodeAt(offset);
  return code >= 0xd800 && code <= 0xdbff && offset + 1 < text.length;
}
