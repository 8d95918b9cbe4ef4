/** The target grammar's own words: no revision and no label may have one of these names, in any case. */
export const words: readonly string[] = ['head', 'heads', 'base', 'current'];

export function isWord(text: string): boolean {
  return words.includes(text.toLowerCase());
}

/** What an id or a label may look like. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}
