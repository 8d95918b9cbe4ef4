import type { Session } from '../database/session.ts';
import { printStructure } from '../drift/print-structure.ts';
import { ownersIn, planStructure, type StructureInput } from '../drift/structure.ts';
import type { Unwritten } from '../drift/unsaid.ts';
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
import { applyAll } from '../verify/stairway.ts';
import { applyInAnyOrder } from './any-order.ts';
import { type CommandOptions, type Context, openContext, openDatabase, withSession } from './context.ts';
import { readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { openSites } from './open-sites.ts';
import { tellPassedOver } from './read.ts';
import { scratchUrlOf } from './scratch-url.ts';
import { readMade } from './structure.ts';

export interface SnapshotOptions extends CommandOptions, ScratchChoice {
  /** The revisions whose schema is asked for, made on a throwaway database; without it, the database's own. */
  readonly target?: string | undefined;
  /** Also as SQL that makes it in an empty database. */
  readonly sql?: boolean | undefined;
  /** In that SQL, whatever somebody owns belongs to whoever runs it. */
  readonly noOwner?: boolean | undefined;
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
  /** SQL that makes it in an empty database, and what that leaves out; only where it was asked for. */
  readonly sql?: { readonly text: string; readonly unwritten: readonly Unwritten[] } | undefined;
}

/** Reads the schema of a database, or of what the files make. */
export async function takeSnapshot(options: SnapshotOptions = {}): Promise<Snapshot> {
  const { target, sql = false } = options;
  if (target !== undefined) return toSnapshot(await makeSchema(openContext(options), target, options), options);
  // What a database has can be said without a project, too.
  const { config } = locateProject(options);
  const database = openDatabase(config, 'snapshot', options);
  tellPassedOver(database);
  const ledger = config.ledger.schema;
  const read = await withSession(database, async (session) =>
    sql ? readMade(session, ledger) : { schema: await readSchema(session, ledger) },
  );
  return { ...toSnapshot(read, options), database: database.describe() };
}

type Read = { readonly schema: Schema } & Partial<Pick<StructureInput, 'dependencies' | 'owners'>>;

function toSnapshot(
  { schema, dependencies, owners }: Read,
  { sql = false, noOwner = false }: SnapshotOptions,
): Snapshot {
  const snapshot = { schema, text: renderSchema(schema), hash: hashSchema(schema) };
  if (!sql || dependencies === undefined || owners === undefined) return snapshot;
  const structure = planStructure({ schema, dependencies, owners: noOwner ? ownersIn(schema) : owners });
  return { ...snapshot, sql: { text: printStructure(structure), unwritten: structure.unwritten } };
}

async function makeSchema(context: Context, target: string, options: SnapshotOptions): Promise<Read> {
  const { graph } = context.project;
  const { applied, targets } = resolveUpgradeRange(graph, target, { command: 'snapshot' });
  const ids = planUpgrade(graph, applied, targets).steps.map(({ id }) => id);
  const { schema, dependencies, user } = await schemaOf(context, ids, options, { depends: () => options.sql === true });
  return { schema, dependencies, owners: new Set([user]) };
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
  /** What may be run in any order, in one that works. */
  readonly order: readonly FileUnderTest[];
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
    const order = await applyInAnyOrder(site, inAnyOrder);
    const made = { schema: await site.reader.read(), user: await readUser(scratch.session), order };
    return { ...made, dependencies: depends(made) ? await readDependencies(scratch.session) : new Map() };
  });
}

/** Who runs the files there, and owns what they make. */
export async function readUser(session: Session): Promise<string> {
  const [[row] = []] = await session.send(`${ownReading}\nSELECT session_user::text AS name`);
  return row?.name ?? '';
}

/** Where files are run, for people. */
export function wordScratch({ project }: Context, choice: ScratchChoice): string {
  const isServer = scratchUrlOf(project, choice) !== undefined;
  return isServer ? 'temporary databases of the scratch server' : 'PostgreSQL in this process';
}
