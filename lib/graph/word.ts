/** The target grammar's own words: no revision and no label may have one of these names, in any case. */
export const words: readonly string[] = ['head', 'heads', 'base', 'current'];

export function isWord(text: string): boolean {
  return words.includes(text.toLowerCase());
}

/** What an id or a label may look like. Its length is counted apart: a repetition of up to 64 takes longer to compile than a thousand ids to check. */
export function isName(text: string): boolean {
  return text.length <= 64 && /^[A-Za-z0-9_-]+$/.test(text);
}
