import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TestRevision {
  readonly id: string;
  /** Default: the revision before it in the list. */
  readonly parents?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly labels?: readonly string[];
  /** Default: creates the table `t_<id>`. `null` leaves the file out. */
  readonly up?: string | null;
  /** Default: drops the table `t_<id>`. `null` leaves the file out. */
  readonly down?: string | null;
  readonly message?: string;
  /** `YYYYMMDD_HHMM`; default: one minute after the one before it in the list. */
  readonly time?: string;
}

export interface ProjectOptions {
  /** Default `migrations`. */
  readonly dir?: string;
  /** Default `test-abc123`. */
  readonly project?: string;
}

/** A temporary folder with these files, removed afterwards. */
export async function withProject(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'updown-project-')));
  try {
    for (const [name, text] of Object.entries(files)) await write(join(folder, name), text);
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the manifest and the revisions' folders; returns the folders' names by id. */
export async function writeProject(
  folder: string,
  revisions: readonly TestRevision[],
  options: ProjectOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const root = join(folder, options.dir ?? 'migrations');
  const folders = new Map(revisions.map((revision, index) => [revision.id, nameFolder(revision, index)]));
  const header = JSON.stringify({ updown: 1, project: options.project ?? 'test-abc123' });
  const lines = revisions.map((revision, index) =>
    printLine(revision, revisions[index - 1], folders.get(revision.id)!),
  );
  await write(join(root, 'manifest.jsonl'), `${[header, ...lines].join('\n')}\n`);
  for (const revision of revisions) await writeRevision(join(root, folders.get(revision.id)!), revision);
  return folders;
}

function nameFolder(revision: TestRevision, index: number): string {
  const slug = messageOf(revision)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  return `${revision.time ?? timeOf(index)}_${revision.id}_${slug}`;
}

function timeOf(index: number): string {
  const [day, time] = new Date(Date.UTC(2025, 0, 1, 0, index)).toISOString().split('T');
  return `${day!.replaceAll('-', '')}_${time!.slice(0, 5).replace(':', '')}`;
}

function printLine(revision: TestRevision, before: TestRevision | undefined, folder: string): string {
  const { id, labels, dependsOn } = revision;
  const parents = revision.parents ?? (before ? [before.id] : []);
  return JSON.stringify({ id, parents, folder, message: messageOf(revision), labels, depends_on: dependsOn });
}

function messageOf(revision: TestRevision): string {
  return revision.message ?? `add ${revision.id}`;
}

async function writeRevision(folder: string, revision: TestRevision): Promise<void> {
  const { id, up = `CREATE TABLE "t_${id}" (id integer);\n`, down = `DROP TABLE "t_${id}";\n` } = revision;
  await mkdir(folder, { recursive: true });
  if (up !== null) await write(join(folder, 'up.sql'), up);
  if (down !== null) await write(join(folder, 'down.sql'), down);
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
