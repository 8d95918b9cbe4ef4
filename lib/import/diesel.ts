import { UpdownError } from '../errors.ts';
import {
  compareText,
  type FolderEntry,
  type ForeignHistory,
  listEntries,
  openHistory,
  readForeignFile,
} from './entries.ts';
import type { Decision, Foreign, ForeignMigration, Importer } from './foreign.ts';
import { readMetadata } from './metadata.ts';

/** A folder a migration, `<version>_<name>/{up,down}.sql`, ordered by version as text. */
export const diesel: Importer = { name: 'diesel', example: '2024-01-31-120000_create_users/up.sql', read };

async function read(folder: string): Promise<Foreign> {
  const history = await openHistory(folder);
  const decisions: Decision[] = [];
  const migrations: ForeignMigration[] = [];
  for (const entry of await listEntries(history)) {
    if (entry.kind === 'folder' || entry.kind === 'away') await readFolder(history, entry, migrations, decisions);
    else if (entry.name !== 'diesel.toml') decisions.push(skip(entry, 'not a migration folder'));
  }
  migrations.sort((a, b) => compareText(a.version, b.version));
  refuseTwins(migrations);
  return { tool: diesel.name, folder, migrations, decisions };
}

async function readFolder(
  history: ForeignHistory,
  folder: FolderEntry,
  migrations: ForeignMigration[],
  decisions: Decision[],
): Promise<void> {
  const entries = await listEntries(history, folder);
  const find = (name: string): FolderEntry | undefined => entries.find((entry) => entry.name === name);
  const up = find('up.sql');
  if (!up) {
    decisions.push(skip(folder, 'a folder without an up.sql'));
    return;
  }
  const { version, title } = readName(folder.name);
  const metadata = find('metadata.toml');
  const settings = metadata && readMetadata(await readForeignFile(history, metadata));
  const down = find('down.sql');
  migrations.push({
    version,
    title,
    path: folder.path,
    up: await readForeignFile(history, up),
    down: down && (await readForeignFile(history, down)),
    transactional: settings?.runInTransaction ?? true,
  });
  for (const decision of settings?.decisions ?? []) decisions.push({ ...decision, version });
  const used = new Set([up, down, metadata]);
  for (const entry of entries) if (!used.has(entry)) decisions.push({ ...skip(entry, 'not run by diesel'), version });
}

/** Diesel takes the dashes out: `2025-08-01-000016_x` is version `20250801000016`. */
function readName(name: string): { version: string; title: string } {
  const underscore = name.indexOf('_');
  const version = underscore < 0 ? name : name.slice(0, underscore);
  return { version: version.replaceAll('-', ''), title: underscore < 0 ? '' : name.slice(underscore + 1) };
}

function refuseTwins(sorted: readonly ForeignMigration[]): void {
  const twin = sorted.findIndex((migration, i) => migration.version === sorted[i + 1]?.version);
  const [first, second] = sorted.slice(twin, twin + 2);
  if (twin < 0 || !first || !second) return;
  throw new UpdownError('input', `"${first.path}" and "${second.path}" are both version ${first.version}`, {
    hint: 'Keep one of them, or give one another version.',
  });
}

function skip(entry: FolderEntry, message: string): Decision {
  return { kind: 'skipped', file: entry.path, message };
}
