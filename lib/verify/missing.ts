import { extensionOf, findExtensions } from '../review/extensions.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { undefinedCodes } from '../review/missing-names.ts';
import type { Change } from '../schema/change.ts';
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

/** What is not there, though files below would have made it. */
export interface Gap {
  /** Missing extensions that they make. */
  readonly lacks: Set<string>;
  /** Revisions whose up.sql fails. */
  readonly failed: Set<string>;
  /** What those say that did not run. */
  readonly unrun: Unrun[];
}

interface Unrun {
  readonly text: string;
  /** All but what is about extensions was run. */
  readonly isPartly: boolean;
}

export function emptyGap(): Gap {
  return { lacks: new Set(), failed: new Set(), unrun: [] };
}

/**
 * Whether a file fails for something that is not there, and the gap may be why: else it fails for a reason of its own. So it does where `ran`,
 * its revision's own up.sql, has run and says the name.
 */
export function isForWant({ code, message }: FileFailure, { lacks, unrun }: Gap, ran = ''): boolean {
  if (!undefinedCodes.has(code) && !ofExtensions.has(code)) return false;
  const name = missingName(message);
  if (name !== undefined && says(ran, name)) return false;
  if (unrun.some(({ text }) => name === undefined || says(text, name))) return true;
  return lacks.size > 0 && !ofTables.test(message) && (code !== '42P01' || isOfExtension(message, lacks));
}

/**
 * Whether something that up.sql changes, or down.sql leaves, may have been there before: what did not run says its name, and up.sql does not fail
 * where it is there.
 */
export function mayBeOfGap(change: Change, up: string, { unrun }: Gap): boolean {
  const names = [change.name, ...('of' in change ? [change.of.name] : [])].map(ownName);
  if (change.kind.endsWith('-added') && !conditional.test(up)) return false;
  const silent = 'value' in change ? unrun : unrun.filter(({ isPartly }) => !isPartly);
  return silent.some(({ text }) => names.every((name) => name !== undefined && says(text, name)));
}

const conditional = /\b(or\s+replace|if\s+(not\s+)?exists|do|execute|call)\b/i;

function ownName(name: Change['name']): string | undefined {
  if (typeof name === 'string') return name;
  return 'name' in name ? name.name : undefined;
}

/** Whether something that did not run says what a message is about. */
export function isAboutGap({ message }: Pick<FileFailure, 'message'>, { unrun }: Gap): boolean {
  const name = missingName(message);
  return name !== undefined && unrun.some(({ text }) => says(text, name));
}

/** Whether something already exists. */
export function isDuplicate({ code }: Pick<FileFailure, 'code'>): boolean {
  return duplicates.has(code);
}

/** Tables and what has its name beside theirs, columns, functions, schemas, and all else: labels, constraints, types. */
const duplicates: ReadonlySet<string> = new Set(['42P07', '42701', '42723', '42P06', '42710']);

/** An extension that is not available, or the file of its library. */
const ofExtensions: ReadonlySet<string> = new Set(['0A000', '58P01']);

/** What is made with a table, and by no extension of a foreign one. */
const ofTables =
  /^(column|constraint|index|policy|publication|role|rule|sequence|statistics object|table|trigger|view)\b/;

/** Of a column its own name, not that of its table; undefined where the message names nothing, as it does of an operator. */
function missingName(message: string): string | undefined {
  if (message.startsWith('operator does not exist')) return undefined;
  const [, quoted, plain] = /^(?:[a-z ]+ )?(?:"([^"]+)"|([\p{L}\p{M}\p{N}_.$]+)[ (])/u.exec(message) ?? [];
  return (quoted ?? plain)?.split('.').at(-1);
}

/** A name that the server makes up begins with the one of its table. */
function says(text: string, name: string): boolean {
  const said = text.toLowerCase();
  const words = said.match(/[\p{L}\p{M}\p{N}_$]+/gu) ?? [];
  const own = name.toLowerCase();
  const isMadeUp = /_(seq|pkey|key|fkey|idx|check|not_null)\d*$/.test(own);
  return said.includes(`"${own}"`) || words.some((word) => word === own || (isMadeUp && own.startsWith(`${word}_`)));
}

/** Extensions make types and functions; what tables they make stands in a schema of theirs, or has their name. */
function isOfExtension(message: string, lacks: ReadonlySet<string>): boolean {
  const [, schema = '', name = ''] = /"(?:([^".]+)\.)?([^"]+)"/.exec(message) ?? [];
  return (schema !== '' && schema !== 'public') || [...lacks].some((lack) => name.includes(lack));
}
