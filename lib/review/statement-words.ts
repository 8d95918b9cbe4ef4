import { scan, type Word } from '../sql/parser.ts';

/** Whether a word occurs in the code or in a literal of a statement, and not only in a comment. */
export function says(text: string, ...words: readonly string[]): boolean {
  return wordsSaid(text).some((word) => words.includes(word));
}

/** The words of a statement, names as the catalogs have them. Of a literal the whole comes first, then its words. */
export function wordsSaid(text: string): readonly string[] {
  return scanned(text).flatMap((word) => {
    const { text: own, isConstant } = word;
    if (!isConstant) return [own.startsWith('"') ? own.slice(1, -1).replaceAll('""', '"') : own.toLowerCase()];
    const [, , quoted] = /^(\$[^$]*\$)(.*)\1$/s.exec(own) ?? [];
    const inner = quoted ?? own.slice(own.indexOf("'") + 1, -1).replaceAll("''", "'");
    return [inner, ...wordsSaid(inner)];
  });
}

/** Its tokens, or none where it is no SQL. */
export function scanned(text: string): readonly Word[] {
  try {
    return scan(text);
  } catch {
    return [];
  }
}
