import type { ScriptFile } from './header.ts';

/** A file somebody has, by its name. */
export interface GivenFile {
  readonly name: string;
  readonly text: string;
}

/** Where what somebody has is not what would be printed, in words; none where it is the same but for annotations. */
export function compareFiles(
  given: readonly GivenFile[],
  printed: readonly ScriptFile[],
): readonly { file: string; reason: string }[] {
  const [only] = given;
  const [alone] = printed;
  if (only !== undefined && alone !== undefined && given.length === 1 && printed.length === 1)
    return compareFile(only, alone);
  const byName = new Map(given.map((file) => [file.name, file]));
  const known = new Set(printed.map(({ name }) => name));
  return [
    ...printed.flatMap((file) => {
      const own = byName.get(file.name);
      return own === undefined ? [{ file: file.name, reason: 'it is missing' }] : compareFile(own, file);
    }),
    ...given
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => ({ file: name, reason: 'it is none of this plan' })),
  ];
}

function compareFile({ name, text }: GivenFile, { pieces }: ScriptFile): readonly { file: string; reason: string }[] {
  const printed = [...pieces].join('');
  if (text === printed) return [];
  const line = findDifference(text, printed);
  if (line === undefined) return [];
  if (text.includes('\r\n') && findDifference(text.replaceAll('\r\n', '\n'), printed) === undefined)
    return [{ file: name, reason: 'its line ends were made CRLF' }];
  return [{ file: name, reason: `it was changed at line ${line}` }];
}

/** The first line of `given` that was not printed so. Annotations can't be printed again: they may stand where they stand, above a block. */
function findDifference(given: string, printed: string): number | undefined {
  const [mine, theirs] = [given.split('\n'), printed.split('\n')];
  let at = 0;
  for (let line = 0; line < mine.length; line++) {
    if (mine[line] === theirs[at]) at++;
    else if (!isAnnotation(mine, line)) return line + 1;
  }
  return at === theirs.length ? undefined : mine.length;
}

function isAnnotation(lines: readonly string[], at: number): boolean {
  if (/^-- {11}/.test(lines[at] ?? '')) return lines.slice(0, at).every((line) => line.startsWith('--'));
  if (/^ {14}\S/.test(lines[at] ?? '')) return lines[0] === '# What to run';
  let next = at;
  while (/^-- line \d+, /.test(lines[next] ?? '')) next++;
  return (
    next > at &&
    /^(BEGIN ISOLATION LEVEL READ COMMITTED;$|SET LOCAL |RESET SESSION AUTHORIZATION;$|-- statement \d+)/.test(
      lines[next] ?? '',
    )
  );
}
