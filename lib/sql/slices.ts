/** Of what is handed on at once, in characters. */
const sliceLength = 1 << 16;

/** A text, or the parts of one, in slices to be written or hashed: what is joined or converted as a whole is there a second time. */
export function* slicesOf(parts: string | readonly string[]): Generator<string, void, undefined> {
  if (typeof parts === 'string') yield* slice(parts);
  else for (const part of parts) yield* slice(part);
}

/** No character is cut in two. */
function* slice(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + sliceLength, text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to--;
    yield text.slice(from, to);
    from = to;
  }
}
