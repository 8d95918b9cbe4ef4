import { makeVisible } from '../sql/quote.ts';
import type { RenderOptions, ScriptFile } from './header.ts';

/** A file somebody has, by its name. */
export interface GivenFile {
  readonly name: string;
  readonly text: string;
}

/**
 * With `mark` in every place where an annotation may stand: what somebody has may hold any there, or none. Nobody must be able to guess
 * the mark.
 */
export function markAnnotations(mark: string): NonNullable<RenderOptions['annotations']> {
  const annotation = { impact: [mark], statements: { get: () => [mark] } };
  return { get: () => annotation };
}

/** Where what somebody has is not what would be printed, in words; none where it is the same but for annotations at `mark`. */
export function compareFiles(
  given: readonly GivenFile[],
  printed: readonly ScriptFile[],
  mark?: string,
): readonly { file: string; reason: string }[] {
  const [only] = given;
  const [alone] = printed;
  if (only !== undefined && alone !== undefined && given.length === 1 && printed.length === 1)
    return compareFile(only, alone, mark);
  const byName = new Map(given.map((file) => [file.name, file]));
  const known = new Set(printed.map(({ name }) => name));
  return [
    ...printed.flatMap((file) => {
      const own = byName.get(file.name);
      return own === undefined ? [{ file: file.name, reason: 'it is missing' }] : compareFile(own, file, mark);
    }),
    ...given
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => ({ file: name, reason: 'it is none of this plan' })),
  ];
}

function compareFile(
  { name, text }: GivenFile,
  { pieces }: ScriptFile,
  mark?: string,
): readonly { file: string; reason: string }[] {
  const printed = [...pieces].join('');
  const line = findDifference(text, printed, mark);
  if (line === undefined) return [];
  if (text.includes('\r\n') && findDifference(text.replaceAll('\r\n', '\n'), printed, mark) === undefined)
    return [{ file: name, reason: 'its line ends were made CRLF' }];
  return [{ file: name, reason: `it was changed at line ${line}` }];
}

/** The first line of `given` that was not printed so. */
function findDifference(given: string, printed: string, mark?: string): number | undefined {
  const [mine, lines] = [given.split('\n'), printed.split('\n')];
  let at = 0;
  for (const [index, line] of mine.entries()) {
    const marked: string[] = [];
    let next = at;
    for (let one = lines[next]; mark !== undefined && one?.endsWith(mark); one = lines[++next])
      marked.push(one.slice(0, -mark.length));
    if (line === lines[next]) at = next + 1;
    else if (!marked.some((start) => line.startsWith(start)) || !isComment(line)) return index + 1;
  }
  return at === lines.length ? undefined : mine.length;
}

/** For psql and the server a comment also ends at a carriage return. */
function isComment(line: string): boolean {
  return makeVisible(line) === line;
}
