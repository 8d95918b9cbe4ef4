/** A name with this end that nothing has, no longer than PostgreSQL keeps one. */
export function freeName(start: string, end: string, taken: ReadonlySet<string>): string {
  for (let more = end; ; more = `${more}_`) {
    const name = `${cutBytes(start, 63 - more.length)}${more}`;
    if (!taken.has(name)) return name;
  }
}

export function cutBytes(text: string, most: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > most) cut = cut.slice(0, -1);
  return cut;
}
