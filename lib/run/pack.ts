/** What fits on a line of a script beside its indentation. */
const widest = 110;

/** Items with commas between them, as many on a line as fit. */
export function packItems(items: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && `${indent}${last}, ${item}`.length <= widest)
      lines[lines.length - 1] = `${last}, ${item}`;
    else lines.push(item);
  }
  return lines.map((line) => `${indent}${line}`).join(',\n');
}
