import { extensionOf, findExtensions } from '../review/extensions.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { undefinedCodes } from '../review/missing-names.ts';
import type { Statement } from '../sql/source.ts';
import { type FileFailure, isRefused, type Refused } from './file.ts';

/** Which of the missing extensions these files make, change or drop. */
export function missingIn(
  files: readonly (FileUnderTest | Refused)[],
  missing: ReadonlySet<string>,
): readonly string[] {
  if (missing.size === 0) return [];
  const sent = files.flatMap((file) => (isRefused(file) ? [] : [file.inspected]));
  const made = findExtensions(sent.map(({ source }) => source.text));
  const named = sent.flatMap(({ statements }) => statements.map(({ text }) => extensionOf(text) ?? ''));
  return [...new Set([...made, ...named])].filter((name) => missing.has(name));
}

/** The file without its statements about missing extensions, where it has some; all others stay where they are. */
export function withoutMissing<T extends FileUnderTest | Refused>(
  file: T,
  missing: ReadonlySet<string>,
): T | FileUnderTest {
  if (missing.size === 0 || isRefused(file)) return file;
  const { source, statements } = file.inspected;
  const isAbout = ({ text }: Statement) => missing.has(extensionOf(text) ?? '');
  const about = source.directives.unparsed ? [] : statements.filter(isAbout);
  if (about.length === 0) return file;
  const text = about.reduce(
    (rest, { start, end }) => rest.slice(0, start) + rest.slice(start, end).replaceAll(/[^\n]/g, ' ') + rest.slice(end),
    source.text,
  );
  const others = statements.filter((statement) => !isAbout(statement));
  return { ...file, inspected: { ...file.inspected, source: { ...source, text }, statements: others } };
}

/** Whether a file fails for something that is not there: an extension, or what one would have made. */
export function isForWant({ code }: FileFailure): boolean {
  return undefinedCodes.has(code) || ['0A000', '58P01'].includes(code);
}
