import type { Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { ownReading } from '../ledger/setting.ts';
import { resolveUpgradeRange } from '../plan/range.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import { locateProject } from '../project/load.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Scratch } from '../review/scratch.ts';
import { type Dependencies, readDependencies } from '../schema/dependencies.ts';
import { readSchema } from '../schema/read.ts';
import { hashSchema, renderSchema } from '../schema/render/snapshot.ts';
import type { Schema } from '../schema/schema.ts';
import { loadParser } from '../sql/parser.ts';
import { apply, type FileFailure, type Site } from '../verify/file.ts';
import { applyAll } from '../verify/stairway.ts';
import { type CommandOptions, type Context, openContext, openDatabase, withSession } from './context.ts';
import { readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { openSites } from './open-sites.ts';

export interface SnapshotOptions extends CommandOptions, ScratchChoice {
  /** The revisions whose schema is asked for, made on a throwaway database; without it, the database's own. */
  readonly target?: string | undefined;
}

/** A schema, and where it is from. */
export interface Snapshot {
  readonly schema: Schema;
  /** Objects by kind and by name, each as the statements that define it. */
  readonly text: string;
  /** sha256 of the text, in hex. */
  readonly hash: string;
  /** The database that was read: a url without a password; undefined where it was a throwaway one. */
  readonly database?: string | undefined;
}

/** Reads the schema of a database, or of what the files make. */
export async function takeSnapshot(options: SnapshotOptions = {}): Promise<Snapshot> {
  if (options.target !== undefined) return toSnapshot(await makeSchema(openContext(options), options.target, options));
  // What a database has can be said without a project, too.
  const { config } = locateProject(options);
  const database = openDatabase(config, 'snapshot', options);
  const schema = await withSession(database, (session) => readSchema(session, config.ledger.schema));
  return toSnapshot(schema, database.describe());
}

function toSnapshot(schema: Schema, database?: string): Snapshot {
  return { schema, text: renderSchema(schema), hash: hashSchema(schema), database };
}

async function makeSchema(context: Context, target: string, choice: ScratchChoice): Promise<Schema> {
  const { graph } = context.project;
  const { applied, targets } = resolveUpgradeRange(graph, target);
  const ids = planUpgrade(graph, applied, targets).steps.map(({ id }) => id);
  return (await schemaOf(context, ids, choice)).schema;
}

export interface Asking {
  /** Throws where this scratch is of no use. */
  readonly check?: (scratch: Scratch) => void;
  /** Whether what depends on what is asked, too, once what they have made is known. */
  readonly depends?: (made: Pick<Made, 'schema' | 'user'>) => boolean;
}

/** What revisions have made, and who ran them. */
export interface Made {
  readonly schema: Schema;
  readonly dependencies: Dependencies;
  readonly user: string;
}

/** The schema that these revisions make on a throwaway database, in this order. */
export async function schemaOf(
  context: Context,
  ids: readonly string[],
  choice: ScratchChoice,
  asking: Asking = {},
): Promise<Made> {
  const { project } = context;
  await loadParser();
  const files = [...readSetup(project), ...ids.map((id) => toFileUnderTest(project, 'up', id))];
  return makeOnScratch(context, { inOrder: files }, choice, asking);
}

export interface Making {
  readonly inOrder: readonly FileUnderTest[];
  /** Behind those: one that needs another one comes after it. */
  readonly inAnyOrder?: readonly FileUnderTest[];
}

/** The schema that these files make on a throwaway database. */
export async function makeOnScratch(
  context: Context,
  { inOrder, inAnyOrder = [] }: Making,
  choice: ScratchChoice,
  { check = () => {}, depends = () => false }: Asking = {},
): Promise<Made> {
  context.emit({ kind: 'verifying', scratch: wordScratch(context, choice) });
  const open = openSites(context, [...inOrder, ...inAnyOrder], choice);
  return open(async (site) => {
    const { scratch } = site;
    check(scratch);
    await applyAll(site, inOrder);
    await applyInAnyOrder(site, inAnyOrder);
    const made = { schema: await site.reader.read(), user: await readUser(scratch.session) };
    return { ...made, dependencies: depends(made) ? await readDependencies(scratch.session) : new Map() };
  });
}

/** What fails is tried again behind the others, as long as one of them succeeds. Throws `sql` for the first that does not. */
async function applyInAnyOrder(site: Site, files: readonly FileUnderTest[]): Promise<void> {
  let rest = files;
  while (rest.length > 0) {
    const failed: { readonly file: FileUnderTest; readonly failure: FileFailure }[] = [];
    for (const file of rest) {
      const failure = await apply(site, file);
      if (failure !== undefined) failed.push({ file, failure });
    }
    const [first] = failed;
    if (first !== undefined && failed.length === rest.length) throw wordFailed(first.file, first.failure);
    rest = failed.map(({ file }) => file);
  }
}

function wordFailed({ name }: FileUnderTest, { message, place, code }: FileFailure): UpdownError {
  return new UpdownError('sql', `"${name}" can't be run on an empty database: ${message}`, {
    hint: 'Mend that file; what it stands on and does not make goes into a file that "scratch": { "setup": "<file>" } of updown.json names. Nothing but scratch was touched.',
    place,
    sqlstate: code,
  });
}

/** Who runs the files there, and owns what they make. */
async function readUser(session: Session): Promise<string> {
  const [[row] = []] = await session.send(`${ownReading}\nSELECT session_user::text AS name`);
  return row?.name ?? '';
}

/** Where files are run, for people. */
export function wordScratch({ project }: Context, { scratch }: ScratchChoice): string {
  const isServer = (scratch ?? project.config.scratch.url) !== undefined;
  return isServer ? 'temporary databases of the scratch server' : 'PostgreSQL in this process';
}
