import { UpdownError } from '../errors.ts';
import { type FolderEntry, type ForeignHistory, listEntries, openHistory, readForeignFile } from './entries.ts';
import type { Decision, Foreign, ForeignMigration, Importer } from './foreign.ts';

/** `<number>_<title>.up.sql` and `.down.sql` in one folder, ordered by number. */
export const golangMigrate: Importer = { name: 'golang-migrate', example: '000001_create_users.up.sql', read };

interface Named {
  readonly version: bigint;
  readonly title: string;
  readonly direction: 'up' | 'down';
  readonly entry: FolderEntry;
}

interface Pair {
  up?: Named;
  down?: Named | undefined;
}

async function read(folder: string): Promise<Foreign> {
  const history = await openHistory(folder);
  const decisions: Decision[] = [];
  const named: Named[] = [];
  for (const entry of await listEntries(history)) {
    const name = readName(entry);
    if (typeof name === 'string') decisions.push({ kind: 'skipped', file: entry.path, message: name });
    else named.push(name);
  }
  const migrations: ForeignMigration[] = [];
  for (const [version, pair] of pairUp(named)) {
    if (pair.up) migrations.push(await readPair(history, version, pair.up, pair.down));
    else if (pair.down) decisions.push(reportLoneDown(version, pair.down));
  }
  return { tool: golangMigrate.name, folder, migrations, decisions };
}

/** The parts of a migration's name, or in words why it is none. */
function readName(entry: FolderEntry): Named | string {
  if (entry.kind === 'folder') return 'a folder; the tool reads one folder only';
  const match = /^([0-9]+)_(.*)\.(down|up)\.(.*)$/.exec(entry.name);
  if (!match) return 'not named <number>_<title>.up.sql or .down.sql';
  const [, digits = '', title = '', direction, extension] = match;
  if (extension !== 'sql') return `a migration in ".${extension}", not in SQL`;
  const version = BigInt(digits);
  if (version >= 1n << 64n) return 'its number is larger than golang-migrate can hold';
  return { version, title, direction: direction === 'up' ? 'up' : 'down', entry };
}

/** By number, so that `00010` and `10` are the same version, as they are for the tool. */
function pairUp(named: readonly Named[]): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const name of named.toSorted((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0))) {
    const version = name.version.toString();
    const pair = pairs.get(version) ?? {};
    const twin = pair[name.direction];
    if (twin) throw duplicate(version, twin, name);
    pair[name.direction] = name;
    pairs.set(version, pair);
  }
  return pairs;
}

async function readPair(history: ForeignHistory, version: string, up: Named, down?: Named): Promise<ForeignMigration> {
  return {
    version,
    title: up.title,
    path: up.entry.path,
    up: await readForeignFile(history, up.entry),
    down: down && (await readForeignFile(history, down.entry)),
    transactional: true,
  };
}

function reportLoneDown(version: string, down: Named): Decision {
  return { kind: 'skipped', version, file: down.entry.path, message: 'a down without an up' };
}

function duplicate(version: string, first: Named, second: Named): UpdownError {
  return new UpdownError('input', `"${first.entry.path}" and "${second.entry.path}" are both version ${version}`, {
    hint: 'Keep one of them, or give one another number.',
  });
}
