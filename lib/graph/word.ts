/** The target grammar's own words: no revision and no label may have one of these names, in any case. */
export const words: readonly string[] = ['head', 'heads', 'base', 'current'];

export function isWord(text: string): boolean {
  return words.includes(text.toLowerCase());
}
