import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpdownError } from '../errors.ts';
import { replaceFile } from './replace-file.ts';

/** What makes a schema: these heads on this major version of PostgreSQL, as their files and the configuration are. */
export interface SchemaSource {
  /** In order. */
  readonly heads: readonly string[];
  readonly major: number;
  /** sha256 over all that is run for them. */
  readonly files: string;
}

/** The hash of the schema that it makes. */
export interface ExpectedSchema extends SchemaSource {
  readonly hash: string;
}

/** Beside the manifest: a line for each heads and major version that somebody has looked at. */
const expectedName = 'schema.jsonl';

interface ManifestFolder {
  readonly folder: string;
  readonly shownFolder: string;
}

/** None where there is no such file. Throws `input` for a line that is none of its own. */
export function readExpected({ folder, shownFolder }: ManifestFolder): readonly ExpectedSchema[] {
  let text: string;
  try {
    text = readFileSync(join(folder, expectedName), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(shownFolder, expectedName, (error as NodeJS.ErrnoException).code ?? 'unknown');
  }
  return text
    .split('\n')
    .map((line, index) => (line.trim() === '' ? undefined : parseLine(line, index + 1, shownFolder)))
    .filter((line) => line !== undefined);
}

/** What is known of these heads on this major version; nothing where a file was edited since. */
export function findExpected(all: readonly ExpectedSchema[], source: SchemaSource): ExpectedSchema | undefined {
  return all.findLast((one) => isOfSame(one, source) && one.files === source.files);
}

function isOfSame(one: SchemaSource, { heads, major }: SchemaSource): boolean {
  return one.major === major && one.heads.join() === heads.join();
}

/** Adds a line, or puts it in the place of the one for the same heads and major version. Returns the file as people know it. */
export function saveExpected(place: ManifestFolder, expected: ExpectedSchema): string {
  const all = readExpected(place).filter((one) => !isOfSame(one, expected));
  return save(place, expectedName, [...all, expected].map((one) => `${JSON.stringify(one)}\n`).join(''));
}

/** What the hash stands for, where it was asked for: one file for each major version, of the heads that were written last. */
export function saveExpectedSnapshot(place: ManifestFolder, major: number, text: string): string {
  return save(place, snapshotName(major), text);
}

/** Undefined where there is none. */
export function readExpectedSnapshot({ folder, shownFolder }: ManifestFolder, major: number): string | undefined {
  try {
    return readFileSync(join(folder, snapshotName(major)), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(shownFolder, snapshotName(major), (error as NodeJS.ErrnoException).code ?? 'unknown');
  }
}

function snapshotName(major: number): string {
  return `schema.${major}.json`;
}

function save({ folder, shownFolder }: ManifestFolder, name: string, text: string): string {
  const shown = `${shownFolder}/${name}`;
  replaceFile(join(folder, name), text, shown);
  return shown;
}

function parseLine(line: string, number: number, shownFolder: string): ExpectedSchema {
  try {
    const { heads, major, files = '', hash } = JSON.parse(line) as Partial<ExpectedSchema>;
    const isList = Array.isArray(heads) && heads.every((id) => typeof id === 'string');
    // Lines of older versions do not say what they were made of.
    if (isList && typeof major === 'number' && (files === '' || isDigest(files)) && isDigest(hash))
      return { heads, major, files, hash };
  } catch {
    // It is no JSON: said below.
  }
  throw new UpdownError('input', `A line of "${shownFolder}/${expectedName}" is not one that updown has written`, {
    hint: `Take it out, and write it again: updown verify --write`,
    place: { file: `${shownFolder}/${expectedName}`, line: number, column: 1, excerpt: line },
  });
}

function isDigest(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
}

function unreadable(shownFolder: string, name: string, code: string): UpdownError {
  return new UpdownError('input', `"${shownFolder}/${name}" can't be read (${code})`, {
    hint: 'Check its permissions.',
  });
}
