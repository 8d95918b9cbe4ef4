import { UpdownError } from '../errors.ts';
import type { Replaced, Revision } from '../graph/revision.ts';
import { findJsonFault, findRepeatedKey } from './json.ts';

/** `migrations/manifest.jsonl`: the project's name in the first line, then a revision a line, in the order they were added. */
export interface Manifest {
  readonly project: string;
  readonly revisions: readonly Revision[];
  /** 1-based line of each revision, for messages. */
  readonly lines: ReadonlyMap<string, number>;
}

/** Parses the manifest's text. `file` is its path as people know it. Throws `manifest` with the line at fault. */
export function parseManifest(text: string, file: string): Manifest {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const fail = failAt(lines, file);
  if (lines.every((line) => line.trim() === ''))
    fail(
      1,
      'The manifest is empty',
      'Restore it from git. If it never had a line, delete it: `updown init` writes another.',
    );
  const project = parseHeader(lines[0] ?? '', fail);
  const revisions: Revision[] = [];
  const at = new Map<string, number>();
  for (let index = 1; index < lines.length; index++) {
    const line = (lines[index] ?? '').replace(/\r$/, '');
    if (line === '' && index === lines.length - 1) break;
    const revision = parseRevision(line, index + 1, fail);
    const earlier = at.get(revision.id);
    if (earlier !== undefined) {
      throw new UpdownError(
        'duplicate-id',
        `Revision "${revision.id}" is in the manifest twice: on line ${earlier} and on line ${index + 1}`,
        {
          hint: 'Remove one of the two lines, or give one of them a new id. Where git has kept the lines of both sides: updown merge',
          place: { file, line: index + 1, column: 1, excerpt: line },
        },
      );
    }
    revisions.push(revision);
    at.set(revision.id, index + 1);
  }
  return { project, revisions, lines: at };
}

/** The first line of a new manifest. */
export function printHeader(project: string): string {
  return `${JSON.stringify({ updown: 1, project })}\n`;
}

/** One line, keys in the order the design fixes; what is empty is left out. */
export function printRevision(revision: Revision): string {
  const { id, parents, folder, message, labels, dependsOn, sealed, replaces, source } = revision;
  return `${JSON.stringify({
    id,
    parents,
    folder,
    message,
    labels: labels.length > 0 ? labels : undefined,
    depends_on: dependsOn.length > 0 ? dependsOn : undefined,
    sealed,
    replaces: replaces && printReplaced(replaces),
    source,
  })}\n`;
}

function printReplaced({ revisions, before, up, commit }: Replaced): object {
  return { revisions, before: before.length > 0 ? before : undefined, up, commit };
}

type Fail = (line: number, message: string, hint: string, column?: number) => never;

function failAt(lines: readonly string[], file: string): Fail {
  return (line, message, hint, column = 1) => {
    throw new UpdownError('manifest', message, { hint, place: { file, line, column, excerpt: lines[line - 1] ?? '' } });
  };
}

function parseHeader(line: string, fail: Fail): string {
  const header = parseLine(line, 1, fail);
  const { updown, project } = header;
  if (typeof updown === 'number' && updown > 1)
    fail(1, `The manifest has format ${updown}; this version reads format 1`, 'Install a newer version of updown.');
  if (updown !== 1 || typeof project !== 'string' || !/^[\w.-]{1,100}$/.test(project)) {
    fail(
      1,
      'The manifest has no header',
      'Its first line is {"updown":1,"project":"<name>-<random>"}; `updown init` writes one.',
    );
  }
  return project as string;
}

const keys = new Set(['id', 'parents', 'folder', 'message', 'labels', 'depends_on', 'sealed', 'replaces', 'source']);

function parseRevision(line: string, number: number, fail: Fail): Revision {
  const raw = parseLine(line, number, fail);
  for (const key of Object.keys(raw)) {
    if (!keys.has(key))
      fail(
        number,
        `"${key}" is not a key of a revision`,
        `Known: ${[...keys].join(', ')}.`,
        line.indexOf(`"${key}"`) + 1,
      );
  }
  const { id, folder, message = '' } = raw;
  if (typeof id !== 'string' || id === '')
    fail(number, 'The line has no "id"', 'A revision is {"id":"…","parents":[…],"folder":"…","message":"…"}.');
  if (typeof folder !== 'string' || folder === '')
    fail(number, `Revision "${id}" has no "folder"`, 'Name the folder that holds its up.sql and down.sql.');
  if (typeof message !== 'string')
    fail(number, `The message of revision "${id}" is not a string`, 'Write it in quotes.');
  // A line that lost its parents in a merge would silently be a second base.
  if (raw.parents === undefined || raw.parents === null)
    fail(number, `Revision "${id}" has no "parents"`, 'Name the revisions it follows, or write [] for a base.');
  const source = raw.source as Revision['source'];
  return {
    id: id as string,
    parents: parseList(raw, 'parents', number, fail),
    dependsOn: parseList(raw, 'depends_on', number, fail),
    labels: parseList(raw, 'labels', number, fail),
    folder: folder as string,
    message: message as string,
    sealed: parseSeal(raw.sealed, id as string, number, fail),
    replaces: parseReplaced(raw.replaces, id as string, number, fail),
    source,
  };
}

/** One that can't be read would make strangers of what a database has. */
function parseReplaced(value: unknown, id: string, number: number, fail: Fail): Revision['replaces'] {
  if (value === undefined) return undefined;
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { revisions, before = [], up, commit, ...others } = raw;
  const isList = (list: unknown) => Array.isArray(list) && list.every((item) => typeof item === 'string');
  const isCommit = commit === undefined || (typeof commit === 'string' && /^[0-9a-f]{7,64}$/.test(commit));
  if (!isList(revisions) || !isList(before) || !isList(up) || !isCommit || Object.keys(others).length > 0)
    fail(
      number,
      `"replaces" of revision "${id}" does not say what it has replaced`,
      'Restore the line from git: `updown squash` writes it.',
    );
  return {
    revisions: revisions as string[],
    before: before as string[],
    up: up as string[],
    commit: commit as string | undefined,
  };
}

/** One that can't be read would seal nothing. */
function parseSeal(value: unknown, id: string, number: number, fail: Fail): Revision['sealed'] {
  if (value === undefined) return undefined;
  const { up, down, ...others } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const isDigest = (digest: unknown) => typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest);
  if (!isDigest(up) || !isDigest(down) || Object.keys(others).length > 0)
    fail(
      number,
      `"sealed" of revision "${id}" is not the digests of its two files`,
      'Restore the line from git. Without a seal, the revision has no "sealed".',
    );
  return { up: up as string, down: down as string };
}

function parseList(raw: Record<string, unknown>, key: string, number: number, fail: Fail): readonly string[] {
  const value = raw[key] ?? [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
    fail(number, `"${key}" is not a list of strings`, `Write "${key}":["…"].`);
  const list = value as string[];
  if (list.length > 1 && new Set(list).size < list.length)
    fail(number, `"${key}" names one of its entries twice`, 'Remove the second one.');
  return list;
}

function parseLine(line: string, number: number, fail: Fail): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return failOfLine(line, number, fail);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    // A look at how many there could be is all that most lines cost.
    const most = line.match(/"\s*:/g)?.length ?? 0;
    const twice = most === Object.keys(value).length ? undefined : findRepeatedKey(line);
    if (twice !== undefined)
      fail(number, `The line has the key "${twice.key}" twice`, 'Remove one of the two.', twice.offset + 1);
    return value as Record<string, unknown>;
  }
  return fail(
    number,
    'The line is not a JSON object',
    'A revision is {"id":"…","parents":[…],"folder":"…","message":"…"}.',
  );
}

function failOfLine(line: string, number: number, fail: Fail): never {
  if (/^(<<<<<<<|=======|>>>>>>>)/.test(line)) {
    fail(
      number,
      'Git left a conflict in the manifest',
      'Run `updown check`: it shows both sides, and the commands that settle them, `updown merge` and `updown rebase`.',
    );
  }
  if (line.trim() === '') fail(number, 'The line is empty', 'Remove it: the manifest holds one JSON object a line.');
  return fail(
    number,
    'The line is not valid JSON',
    'Restore it from git, or correct it: one JSON object a line.',
    findJsonFault(line) + 1,
  );
}
