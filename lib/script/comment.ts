/** Lines as one block of comments between rules. What a line holds was sanitized by whoever made it. */
export function printComment(lines: readonly string[]): string {
  return `${rule}${lines.map((line) => `-- ${line}`.trimEnd()).join('\n')}\n${rule}`;
}

const rule: string = `-- ${'-'.repeat(77)}\n`;

/** Words in lines that a screen can show, each behind the same; with two dashes in front of them still. A word as long as that stays whole. */
export function wrap(text: string, margin: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 4 <= 120) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${margin}${word}`);
  }
  return lines;
}
