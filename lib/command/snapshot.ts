import type { Session } from '../database/session.ts';
import { ownReading } from '../ledger/setting.ts';
import { resolveUpgradeRange } from '../plan/range.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import type { Scratch } from '../review/scratch.ts';
import { readSchema } from '../schema/read.ts';
import { hashSchema, renderSchema } from '../schema/render/snapshot.ts';
import type { Schema } from '../schema/schema.ts';
import { loadParser } from '../sql/parser.ts';
import { applyAll } from '../verify/stairway.ts';
import { type CommandOptions, type Context, openContext, withSession } from './context.ts';
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
  const context = openContext(options);
  const { ledger } = context.project.config;
  if (options.target !== undefined) return toSnapshot(await makeSchema(context, options.target, options));
  const schema = await withSession(context, (session) => readSchema(session, ledger.schema));
  return toSnapshot(schema, context.describe());
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

/** The schema that these revisions make on a throwaway database, in this order. */
export async function schemaOf(
  context: Context,
  ids: readonly string[],
  choice: ScratchChoice,
  check: (scratch: Scratch) => void = () => {},
): Promise<{ readonly schema: Schema; readonly user: string }> {
  const { project, emit } = context;
  await loadParser();
  const files = [...readSetup(project), ...ids.map((id) => toFileUnderTest(project, 'up', id))];
  emit({ kind: 'verifying', scratch: wordScratch(context, choice) });
  const open = openSites(context, files, choice);
  return open(async (site) => {
    check(site.scratch);
    await applyAll(site, files);
    return { schema: await site.reader.read(), user: await readUser(site.scratch.session) };
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
