import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { UpdownError } from '../errors.ts';
import type { Environment } from '../libpq/target.ts';
import { schemaFile } from '../project/config-schema.ts';
import { makeFolder, makeId, makeProject } from '../project/identity.ts';
import {
  loadProject,
  locateProject,
  manifestName,
  type ProjectLocation,
  type ProjectOptions,
} from '../project/load.ts';
import { saveFile, saveManifest, saveRevisions } from '../project/save.ts';
import type { PassedOver } from '../run/event.ts';
import { listNames } from '../words.ts';
import { findPassedOver } from './choose-url.ts';

export interface InitOptions extends ProjectOptions {
  /** Leave out the example revision. */
  readonly bare?: boolean;
  readonly now?: Date;
  /** Whose variables may name another database. */
  readonly env?: Environment;
}

export interface InitResult {
  readonly project: string;
  /** What was written, as people know the paths. */
  readonly files: readonly string[];
  /** The SQL that was there and says what the schema is to be: `"schema"` of the configuration names it now. */
  readonly schema?: string | undefined;
  /** What of the environment wins over the embedded database that the configuration names. */
  readonly over?: PassedOver | undefined;
}

export function init(options: InitOptions = {}): InitResult {
  return start(options).result;
}

export interface Started {
  readonly result: InitResult;
  /** Takes back what was written, where what is to follow fails. */
  undo(): void;
}

export function start(options: InitOptions): Started {
  const cwd = resolve(options.cwd ?? '.');
  const place = locateProject(options, { isNew: true });
  const manifest = `${place.shownFolder}/${manifestName}`;
  if (existsSync(join(place.folder, manifestName))) {
    throw new UpdownError('exists', `There is a project at "${manifest}" already`, {
      hint: 'Nothing was changed. Add to it with: updown revision -m "…"',
    });
  }
  refuseFull(place.folder, place.shownFolder);
  const project = makeProject(basename(cwd));
  const config = options.config ?? 'updown.json';
  const made: string[] = [];
  try {
    made.push(saveManifest(place, project));
    const isNew = !existsSync(resolve(cwd, config));
    // A second project in the folder has a configuration, and a schema, of its own.
    const schema = isNew && config === 'updown.json' ? findWanted(place.root) : undefined;
    if (isNew) made.push(saveFile(resolve(cwd, config), printConfig(place, config, schema), config));
    made.push(...keepOutOfGit(place.root));
    const example = options.bare === true || schema !== undefined ? [] : addExample(options);
    const over = isNew ? findOver(config, options) : undefined;
    const result = { project, files: [...(isNew ? [config] : []), manifest, ...example], schema, over };
    return { result, undo: () => remove(made) };
  } catch (error) {
    remove(made);
    throw error;
  }
}

function findOver(config: string, { env = process.env }: InitOptions): PassedOver | undefined {
  return findPassedOver(nameEmbedded(config), env);
}

function remove(made: readonly string[]): void {
  for (const path of made) rmSync(path, { recursive: true, force: true });
}

/** The embedded database of this machine is nobody else's. */
function keepOutOfGit(root: string): readonly string[] {
  const ignore = resolve(root, '.updown/.gitignore');
  return existsSync(ignore) ? [] : [saveFile(ignore, '*\n', '.updown/.gitignore')];
}

/** The folder as seen from the configuration. Two projects in one folder have a configuration, and so an embedded database, each. */
function printConfig({ root, folder }: ProjectLocation, config: string, schema: string | undefined): string {
  const [$schema, dir] = [findDescription(root), relative(root, folder).replaceAll(sep, '/')];
  return `${JSON.stringify({ $schema, dir, url: nameEmbedded(config), schema }, null, 2)}\n`;
}

function nameEmbedded(config: string): string {
  return `pglite:.updown/${config === 'updown.json' ? 'dev' : basename(config, '.json')}`;
}

/** The description of the configuration for editors, where the package is installed in this folder or above it. */
function findDescription(root: string): string | undefined {
  for (let at = root; ; at = dirname(at)) {
    const file = join(at, 'node_modules/updown', schemaFile);
    if (existsSync(file)) return `${at === root ? './' : ''}${relative(root, file).replaceAll(sep, '/')}`;
    if (dirname(at) === at) return undefined;
  }
}

/** The SQL that says what the schema is to be, under the name that most give it. */
function findWanted(cwd: string): string | undefined {
  return statSync(join(cwd, usualSchema), { throwIfNoEntry: false })?.isFile() === true ? usualSchema : undefined;
}

const usualSchema = 'schema.sql';

/** A folder in use by another tool would be full of folders without a line. */
function refuseFull(folder: string, shown: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) {
    throw new UpdownError('unwritable', `"${shown}" is a file`, { hint: 'Name a folder: updown init <dir>.' });
  }
  const inside = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.name.endsWith('.sql')),
  );
  if (inside.length === 0) return;
  throw new UpdownError(
    'exists',
    `"${shown}" is not empty: it holds ${listNames(
      inside.map(({ name }) => name),
      1,
    )}`,
    {
      hint: "Name another folder: updown init <dir>. To take over another tool's history: updown import <tool> <folder> --dir <new folder>",
    },
  );
}

function addExample(options: InitOptions): readonly string[] {
  const project = loadProject(options);
  const id = makeId();
  const message = 'example';
  const folder = makeFolder(id, message, options.now ?? new Date());
  saveRevisions(project, [
    { revision: { id, parents: [], dependsOn: [], labels: [], folder, message }, up: exampleUp, down: exampleDown },
  ]);
  return [`${project.shownFolder}/${folder}/up.sql`, `${project.shownFolder}/${folder}/down.sql`];
}

const exampleUp = `-- An example: replace it by your first table, or keep it to try things out.
CREATE TABLE example (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name  text NOT NULL
);
`;

const exampleDown = `DROP TABLE example;
`;
