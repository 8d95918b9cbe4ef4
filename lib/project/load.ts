import { type Dirent, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { isUpdownError, type Place, UpdownError } from '../errors.ts';
import { buildGraph } from '../graph/build.ts';
import type { Graph } from '../graph/graph.ts';
import type { Direction, Revision } from '../graph/revision.ts';
import { quoteWord, unprintable } from '../sql/quote.ts';
import { readSql } from '../sql/read.ts';
import type { SqlSource } from '../sql/source.ts';
import { findMoved, isHalfSquashed, removal, wordHalfSquashed } from './broken-off.ts';
import { type Config, checkSchema, defaultConfig, parseConfig } from './config.ts';
import { type Settled, settleConflict } from './conflict.ts';
import { checkInside, readConfig, readManifest, readSetupFile, readSqlFile, unreadable } from './file.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { readSchemaFiles, type SchemaText } from './schema-files.ts';
import { saveStructure } from './structure-file.ts';

/** Where to look for a project. All paths may be relative to `cwd`. */
export interface ProjectOptions {
  readonly cwd?: string;
  /** The configuration file; default `updown.json`, which may be missing. */
  readonly config?: string | undefined;
  /** The migrations folder; overrides the configuration. */
  readonly dir?: string | undefined;
  readonly ledgerSchema?: string | undefined;
}

/** What a team keeps in git, read once: the manifest whole, the SQL when it is needed. */
export interface Project {
  readonly config: Config;
  /** The migrations folder, absolute, and as people know it. */
  readonly folder: string;
  readonly shownFolder: string;
  readonly manifest: Manifest;
  readonly manifestText: string;
  readonly settled: Settled | undefined;
  /** The line of a revision in the manifest, for messages. */
  readonly at: At;
  readonly graph: Graph<Revision>;
  /** The checked bytes of one file; read from the disk once. */
  readonly read: (id: string, direction: Direction) => SqlSource;
  /** The file that prepares scratch for the history, where the configuration names one. */
  readonly readSetup: () => SqlSource | undefined;
  /** What the schema is to be, from this file or folder, which is relative to the configuration. */
  readonly readSchema: (path: string) => readonly SchemaText[];
  /** The folder of the configuration, absolute, and as people know it. */
  readonly root: string;
  readonly shownRoot: string;
  /** Keeps the schema as SQL where the configuration says. Returns the file as people know it, where it was another text before. */
  readonly saveStructure: (text: string) => string | undefined;
}

/** The configuration and the folder it points to, whether or not there is a manifest yet. */
export interface ProjectLocation {
  readonly config: Config;
  readonly folder: string;
  readonly shownFolder: string;
  /** The folder of the configuration, in the same two ways. */
  readonly root: string;
  readonly shownRoot: string;
}

export const manifestName = 'manifest.jsonl';

/** Throws `config`. A configuration that is named has to be there, unless it is about to be written. */
export function locateProject(
  options: ProjectOptions = {},
  { isNew = false }: { readonly isNew?: boolean } = {},
): ProjectLocation {
  const cwd = resolve(options.cwd ?? '.');
  const file = resolve(cwd, options.config ?? 'updown.json');
  const text = readConfig(file, show(cwd, file));
  if (text === undefined && options.config !== undefined && !isNew) {
    throw new UpdownError('config', `There is no configuration file "${options.config}"`, {
      hint: 'Check the path after --config.',
    });
  }
  const read = text === undefined ? defaultConfig : parseConfig(text, show(cwd, file));
  const config =
    options.ledgerSchema === undefined
      ? read
      : { ...read, ledger: { schema: checkSchema(options.ledgerSchema, '--ledger-schema') } };
  const folder = options.dir === undefined ? resolve(dirname(file), config.dir) : resolve(cwd, options.dir);
  const root = dirname(file);
  return { config, folder, shownFolder: show(cwd, folder), root, shownRoot: show(cwd, root) };
}

export interface Reading {
  /** Of a manifest in which git has left both sides, both are kept: the command writes it anew. */
  readonly settles?: boolean;
}

/** The manifest alone, whether or not what it says is there and fits together. */
export interface Listing extends ProjectLocation {
  readonly manifest: Manifest;
  /** As it is on the disk. */
  readonly manifestText: string;
  /** What it becomes, where git has left both sides of it there and the command settles that. */
  readonly settled: Settled | undefined;
  /** The line of a revision, for messages. */
  readonly at: At;
}

/** Reads and checks the manifest and the folders beside it. Throws `no-project`, `manifest`, and what the graph finds. */
export function loadProject(options: ProjectOptions = {}, reading: Reading = {}): Project {
  const listing = readListing(options, reading);
  for (const fault of findFolderFaults(listing)) throw fault;
  return openProject(listing, buildListed(listing));
}

/** Throws `no-project`, and `manifest` for a line that can't be read; where git has left both sides there, unless these are settled. */
export function readListing(options: ProjectOptions = {}, { settles = false }: Reading = {}): Listing {
  const place = locateProject(options);
  const file = `${place.shownFolder}/${manifestName}`;
  const text = readManifest(place, manifestName);
  if (text === undefined) {
    throw new UpdownError('no-project', `There is no manifest at "${file}"`, {
      hint: 'Run `updown init` to start a project here, or say where one is: --dir <folder>.',
    });
  }
  const settled = settles ? settleConflict(text, file) : undefined;
  const originOf = (line: number) => settled?.origin[line - 1] ?? line;
  const manifest = withOrigin(originOf, () => parseManifest(settled?.text ?? text, file));
  const at: At = (id) => {
    const line = originOf(manifest.lines.get(id) ?? 1);
    return { file, line, column: 1, excerpt: text.split('\n')[line - 1] ?? '' };
  };
  return { ...place, manifest, manifestText: text, settled, at };
}

/** The lines that an error names are those on the disk. */
function withOrigin<T>(originOf: (line: number) => number, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isUpdownError(error) || error.place === undefined) throw error;
    throw error.with({ place: { ...error.place, line: originOf(error.place.line) } });
  }
}

/** Throws what is wrong with the graph, at the line of the revision. */
export function buildListed({ manifest, at }: Listing): Graph<Revision> {
  return withPlace(at, () => buildGraph(manifest.revisions));
}

export function openProject(listing: Listing, graph: Graph<Revision>): Project {
  return {
    ...listing,
    graph,
    read: reader(listing, graph),
    readSetup: () => readSetup(listing),
    readSchema: (path) => readSchemaFiles(listing, path),
    saveStructure: (text) => saveStructure(listing, text),
  };
}

export type At = (id: string) => Place & { readonly excerpt: string };

/** The graph knows revisions, not lines: its errors get their place here. */
export function withPlace<T>(at: At, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isUpdownError(error) || error.place !== undefined || error.subject === undefined) throw error;
    throw error.with({ place: at(error.subject) });
  }
}

/** What is wrong with the folders, one after the other: each revision has its own, and there is no other one. */
export function* findFolderFaults({ manifest, at, ...place }: Listing): Iterable<UpdownError> {
  const entries = new Map(listFolder(place).map((entry) => [entry.name, entry]));
  const known = new Set(manifest.revisions.map(({ folder }) => folder));
  const unlisted = [...entries.values()].flatMap((entry) =>
    entry.isDirectory() && !entry.name.startsWith('.') && !known.has(entry.name) ? [entry.name] : [],
  );
  // What a fault that was found has told of already.
  const told = new Set<string>();
  const listed = new Map<string, string>();
  for (const { id, folder } of manifest.revisions) {
    const twin = listed.get(folder);
    listed.set(folder, id);
    const moved = entries.has(folder) ? undefined : findMoved(folder, unlisted);
    if (moved !== undefined) told.add(moved);
    const fault =
      findNameFault(place, id, folder, at) ??
      (twin !== undefined
        ? new UpdownError('manifest', `Revisions "${twin}" and "${id}" share the folder "${folder}"`, {
            hint: 'Each revision has its own folder.',
            place: at(id),
          })
        : findFolderFault(place, id, { folder, entry: entries.get(folder), moved }, at));
    if (fault !== undefined) yield fault.with({ subject: id });
  }
  for (const whole of manifest.revisions) {
    if (!isHalfSquashed(place, whole)) continue;
    const leftover = unlisted.filter((name) => whole === findReplacing(manifest, name));
    for (const name of leftover) told.add(name);
    const file = `${place.shownFolder}/${manifestName}`;
    yield wordHalfSquashed(place, whole, { manifest: file, leftover }).with({ place: at(whole.id) });
  }
  for (const name of unlisted) if (!told.has(name)) yield wordUnlisted(place, manifest, name);
}

function findReplacing({ revisions }: Manifest, folder: string): Revision | undefined {
  return revisions.find(({ replaces }) => replaces?.revisions.some((id) => `_${folder}_`.includes(`_${id}_`)));
}

function wordUnlisted({ shownFolder }: ProjectLocation, manifest: Manifest, name: string): UpdownError {
  const replacing = findReplacing(manifest, name);
  return new UpdownError('manifest', `Folder "${shownFolder}/${name}" has no line in the manifest`, {
    hint:
      replacing === undefined
        ? 'A merge may have lost the line: restore it from git, or remove the folder.'
        : `Revision "${replacing.id}" has replaced it: ${removal(`${shownFolder}/${name}`)}`,
    place: { file: `${shownFolder}/${manifestName}`, line: manifest.revisions.length + 1, column: 1 },
  });
}

function findNameFault(place: ProjectLocation, id: string, folder: string, at: At): UpdownError | undefined {
  const isInside = folder !== '.' && folder !== '..' && !/[/\\]/.test(folder);
  if (isInside && folder.search(unprintable) === -1) return undefined;
  return new UpdownError('unsafe-path', `Revision "${id}" names a folder outside ${place.shownFolder}`, {
    hint: 'A folder is one plain name inside the migrations folder.',
    place: at(id),
  });
}

function findFolderFault(
  place: ProjectLocation,
  id: string,
  {
    folder,
    entry,
    moved,
  }: { readonly folder: string; readonly entry: Dirent | undefined; readonly moved: string | undefined },
  at: At,
): UpdownError | undefined {
  if (entry?.isSymbolicLink())
    return faultOf(() => checkInside(place, join(place.folder, folder), `${place.shownFolder}/${folder}`, at(id)));
  if (!entry?.isDirectory()) {
    return new UpdownError('manifest', `Revision "${id}" has no folder: "${place.shownFolder}/${folder}" is missing`, {
      hint:
        moved === undefined
          ? 'Restore the folder from git, or take the line out if the revision was never applied anywhere.'
          : `A rebase seems to have been interrupted. Rename the folder back: mv ${quoteWord(`${place.shownFolder}/${moved}`)} ${quoteWord(`${place.shownFolder}/${folder}`)}`,
      place: at(id),
    });
  }
  return undefined;
}

/** What a body throws on purpose. */
export function faultOf(body: () => unknown): UpdownError | undefined {
  try {
    body();
    return undefined;
  } catch (error) {
    if (isUpdownError(error)) return error;
    throw error;
  }
}

function listFolder(place: ProjectLocation): readonly Dirent[] {
  try {
    return readdirSync(place.folder, { withFileTypes: true });
  } catch (cause) {
    throw unreadable(cause, place.shownFolder, 'no-project');
  }
}

function reader(place: ProjectLocation, graph: Graph<Revision>): Project['read'] {
  const seen = new Map<string, SqlSource>();
  return (id, direction) => {
    const key = `${direction} ${id}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    const folder = graph.nodes.get(id)?.folder ?? '';
    const source = readSql(
      readSqlFile(place, `${folder}/${direction}.sql`),
      `${place.shownFolder}/${folder}/${direction}.sql`,
    );
    seen.set(key, source);
    return source;
  };
}

function readSetup({ config, root, shownRoot }: ProjectLocation): SqlSource | undefined {
  const { setup } = config.scratch;
  if (setup === undefined) return undefined;
  const path = setup.replaceAll('\\', '/');
  const shown = shownRoot === '.' ? path : `${shownRoot}/${path}`;
  return readSql(readSetupFile({ folder: root, shownFolder: shownRoot }, path, shown), shown);
}

function show(cwd: string, path: string): string {
  const short = relative(cwd, path);
  const shown = short === '' ? '.' : short.startsWith('..') ? path : short;
  return shown.split(sep).join('/');
}
