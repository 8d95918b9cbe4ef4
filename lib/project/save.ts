import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UpdownError } from '../errors.ts';
import type { Revision } from '../graph/revision.ts';
import { manifestName, type Project, type ProjectLocation } from './load.ts';
import { printHeader, printRevision } from './manifest.ts';
import { type Beside, listLeftBeside, writeBeside } from './replace-file.ts';

/** A revision with the text of its two files. */
export interface NewRevision {
  readonly revision: Revision;
  readonly up: string | Uint8Array;
  readonly down: string | Uint8Array;
}

/** A project whose manifest is to be written. */
export type Written = Pick<Project, 'folder' | 'shownFolder' | 'manifestText' | 'settled'>;

/** What is to be added to. */
function textOf({ manifestText, settled }: Written): string {
  return settled?.text ?? manifestText;
}

/**
 * Starts a project: the folder and a manifest with its first line. Throws `exists` rather than overwrite. Returns what has to be removed to
 * undo it: the file, or the topmost folder made for it.
 */
export function saveManifest(place: ProjectLocation, project: string): string {
  const file = join(place.folder, manifestName);
  return writing(place.shownFolder, () => writeNew(file, printHeader(project), `${place.shownFolder}/${manifestName}`));
}

/** Writes a file that must not be there yet. Returns the same. */
export function saveFile(file: string, text: string, shown: string): string {
  return writing(shown, () => writeNew(file, text, shown));
}

/**
 * Adds revisions: their folders first, then all their lines at once. Whatever goes wrong, the manifest is whole, and folders that got no
 * line are taken away again.
 */
export function saveRevisions(project: Written, added: readonly NewRevision[]): void {
  const made: string[] = [];
  try {
    for (const item of added) made.push(writeFolder(project, item));
    const old = textOf(project);
    const text = old.endsWith('\n') ? old : `${old}\n`;
    replaceManifest(project, `${text}${added.map(({ revision }) => printRevision(revision)).join('')}`);
  } catch (error) {
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A revision's folder under another name. */
export interface FolderMove {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Writes the lines of these revisions anew, and no byte of the others; before that, folders get the names that the new lines have for them.
 * Whatever goes wrong, the manifest is whole, and the folders have their old names.
 */
export function replaceRevisions(
  project: Written & Pick<Project, 'manifest'>,
  changed: readonly Revision[],
  folders: readonly FolderMove[] = [],
): void {
  if (changed.length === 0 && project.settled === undefined) return;
  const done: FolderMove[] = [];
  try {
    for (const move of folders) {
      moveFolder(project, move);
      done.push(move);
    }
    replaceLines(project, changed);
  } catch (error) {
    for (const { id, from, to } of done.reverse()) moveFolder(project, { id, from: to, to: from });
    throw error;
  }
}

/**
 * Puts one revision, which keeps its folder, in the place of several. Both texts stand beside their files before the manifest is written, which
 * is when the squash counts; then they take their places, up.sql last, and then the folders of those that are gone are removed. So a process that
 * is killed leaves the old state, or one that `broken-off.ts` knows by the up.sql, or folders without a line. Whatever goes wrong before the
 * manifest is written, the files are as they were.
 */
export function saveSquash(
  project: Written & Pick<Project, 'manifest'>,
  { revision, up, down }: NewRevision,
  gone: readonly Pick<Revision, 'id' | 'folder'>[],
): void {
  const folder = join(project.folder, revision.folder);
  const shown = `${project.shownFolder}/${revision.folder}`;
  writing(shown, () => {
    for (const name of listLeftBeside(folder, ['down.sql', 'up.sql'])) rmSync(join(folder, name), { force: true });
  });
  const texts: Beside[] = [];
  try {
    texts.push(writeBeside(join(folder, 'down.sql'), down, `${shown}/down.sql`));
    texts.push(writeBeside(join(folder, 'up.sql'), up, `${shown}/up.sql`));
    replaceLines(project, [revision], new Set(gone.map(({ id }) => id)));
  } catch (error) {
    for (const text of texts) text.discard();
    throw error;
  }
  for (const text of texts) text.settle();
  for (const { folder } of gone)
    writing(`${project.shownFolder}/${folder}`, () =>
      rmSync(join(project.folder, folder), { recursive: true, force: true }),
    );
}

function moveFolder({ folder, shownFolder }: Pick<Project, 'folder' | 'shownFolder'>, { from, to }: FolderMove): void {
  const shown = `${shownFolder}/${to}`;
  writing(shown, () => {
    if (existsSync(join(folder, to))) {
      throw new UpdownError('exists', `"${shown}" already exists`, { hint: 'Nothing was changed. Move it away.' });
    }
    renameSync(join(folder, from), join(folder, to));
  });
}

function replaceLines(
  project: Written & Pick<Project, 'manifest'>,
  changed: readonly Revision[],
  gone: ReadonlySet<string> = new Set(),
): void {
  const lines: (string | undefined)[] = textOf(project).split('\n');
  for (const revision of changed) {
    const at = (project.manifest.lines.get(revision.id) ?? 0) - 1;
    const end = lines[at]?.endsWith('\r') ? '\r' : '';
    lines[at] = `${printRevision(revision).trimEnd()}${end}`;
  }
  for (const id of gone) lines[(project.manifest.lines.get(id) ?? 0) - 1] = undefined;
  replaceManifest(project, lines.filter((line) => line !== undefined).join('\n'));
}

function writeFolder(project: Pick<Project, 'folder' | 'shownFolder'>, { revision, up, down }: NewRevision): string {
  const folder = join(project.folder, revision.folder);
  const shown = `${project.shownFolder}/${revision.folder}`;
  return writing(shown, () => {
    makeFolder(folder, shown);
    try {
      writeFileSync(join(folder, 'up.sql'), up, { flag: 'wx' });
      writeFileSync(join(folder, 'down.sql'), down, { flag: 'wx' });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    return folder;
  });
}

/** Written beside and renamed: a reader sees the old manifest or the new one, whole. */
function replaceManifest(project: Written, text: string): void {
  writing(`${project.shownFolder}/${manifestName}`, () => {
    // Of a link, its target is replaced, and not the link.
    const file = realpathSync(join(project.folder, manifestName));
    const beside = join(dirname(file), `.${manifestName}.${process.pid}`);
    if (!readFileSync(file).equals(Buffer.from(project.manifestText))) {
      throw new UpdownError('unwritable', 'The manifest changed while this command ran', {
        hint: 'Run the command again.',
      });
    }
    const handle = openSync(beside, 'wx');
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
      renameSync(beside, file);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    } finally {
      closeSync(handle);
    }
  });
}

function makeFolder(folder: string, shown: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UpdownError('exists', `"${shown}" already exists`, {
      hint: 'Nothing was overwritten. Remove it or choose another id.',
    });
  }
}

function writeNew(file: string, text: string, shown: string): string {
  const made = mkdirSync(dirname(file), { recursive: true }) ?? file;
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      rmSync(made, { recursive: true, force: true });
      throw error;
    }
    throw new UpdownError('exists', `"${shown}" already exists`, { hint: 'Nothing was overwritten.' });
  }
}

function writing<T>(shown: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof UpdownError) throw error;
    const reason = (error as NodeJS.ErrnoException).code;
    const words: Record<string, string> = {
      EACCES: 'you may not write there',
      EROFS: 'the file system is read-only',
      ENOSPC: 'the disk is full',
      ENOTDIR: 'part of the path is a file',
      EEXIST: 'it is a file',
    };
    throw new UpdownError(
      'unwritable',
      `"${shown}" can't be written: ${words[reason ?? ''] ?? reason ?? String(error)}`,
      {
        hint: `Nothing was changed. ${reason === 'ENOSPC' ? 'Make room there.' : 'Check the path and its permissions.'}`,
      },
    );
  }
}
