/** What a new revision's up.sql begins as. */
export function printTemplate(message: string, directives: string): string {
  return `${directives}-- ${message}\n\n`;
}

/** Whether nobody has written anything into it since, or somebody has taken out what was there. A comment of one's own says that nothing is meant. */
export function isUntouched(text: string, message: string): boolean {
  const lines = text.split('\n').map((line) => line.trim());
  const own = lines.filter((line) => !/^[;\s]*$/.test(line) && !/^--\s*updown:/.test(line));
  return own.every((line) => line === `-- ${message}`.trim());
}
