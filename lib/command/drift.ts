import { embeddedMajor } from '../database/embedded-major.ts';
import { type LedgerState, readLedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { toComparable, toHashed } from '../drift/comparable.ts';
import { type DriftItem, findChanges, toDrift } from '../drift/drift.ts';
import { ignoring, withoutIgnored } from '../drift/ignore.ts';
import { UpdownError } from '../errors.ts';
import { appliedHeadsOf, inOrder } from '../graph/walk.ts';
import { assertKnown } from '../plan/late.ts';
import { findExpected, readExpected } from '../project/expected-schema.ts';
import type { Scratch } from '../review/scratch.ts';
import { readDependencies } from '../schema/dependencies.ts';
import { readSchema } from '../schema/read.ts';
import { hashSchema } from '../schema/render/snapshot.ts';
import type { Schema } from '../schema/schema.ts';
import { type CommandOptions, type Context, openContext, withSession } from './context.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { type Asking, schemaOf } from './snapshot.ts';
import { standIn } from './standing.ts';

/** A schema that was read, whose it is, and what made it. */
export interface Live {
  readonly schema: Schema;
  /** Everyone who has run a migration there. */
  readonly migrators: ReadonlySet<string>;
  /** In the order of the graph. */
  readonly applied: readonly string[];
  /** A step outside a transaction was started and is not done: its part of the schema is there already. */
  readonly isUnfinished: boolean;
}

/** Asks the ledger, and the schema with it. Throws `unknown-applied` where a revision is applied that the files do not have. */
async function readLive(context: Context): Promise<Live> {
  const { schema } = context.project.config.ledger;
  return withSession(context, async (session) =>
    readLiveIn(session, context, await readLedgerState(session, schema, { depth: 'entries', writes: true })),
  );
}

/** The same where the ledger is known. What an unknown revision has made nobody can say. */
export async function readLiveIn(session: Session, { project }: Context, history: LedgerState): Promise<Live> {
  const standing = standIn(project, history);
  assertKnown(project.graph, new Set(standing.applied.keys()));
  return {
    schema: await readSchema(session, project.config.ledger.schema),
    migrators: migratorsOf(history),
    isUnfinished: history.unfinished.length > 0,
    applied: inOrder(project.graph, new Set(standing.applied.keys())),
  };
}

/** Who owns what the files have made: where the ledger tells of nobody, whoever asks. */
function migratorsOf({ entries, server }: LedgerState): ReadonlySet<string> {
  const roles = [...(entries?.values() ?? [])].map(({ who }) => who);
  return new Set(roles.length === 0 ? [server.user] : roles);
}

export async function compareLive(context: Context, live: Live, choice: ScratchChoice): Promise<readonly DriftItem[]> {
  const check = ({ major }: Scratch) => refuseOtherMajor(major, live.schema.major);
  const { ignore } = context.project.config;
  const compare = ({ schema, user }: { readonly schema: Schema; readonly user: string }) => {
    const [as = user] = live.migrators;
    const all = new Set([user, ...live.migrators]);
    const expected = toComparable(schema, { roles: new Set([user]), as, all });
    const there = toComparable(live.schema, { roles: live.migrators, as, all });
    return { expected, live: there, changes: findChanges(expected, there, ignoring(ignore)) };
  };
  let found: ReturnType<typeof compare> | undefined;
  const depends: Asking['depends'] = (made) => {
    found = compare(made);
    return found.changes.length > 0;
  };
  const made = await schemaOf(context, live.applied, choice, { check, depends });
  const { changes, ...compared } = found ?? compare(made);
  if (changes.length === 0) return [];
  const dependencies = { expected: made.dependencies, live: await withSession(context, readDependencies) };
  return toDrift(changes, { ...compared, dependencies });
}

/** How a live schema stands to the applied revisions. */
export interface SchemaStanding {
  /** By a hash that is kept beside the manifest, or by what was run on a throwaway database now. */
  readonly by: 'hash' | 'scratch';
  readonly isSame: boolean;
  /** What differs; a hash does not tell. */
  readonly items: readonly DriftItem[];
  /** Why the two could not be compared. */
  readonly failed?: string | undefined;
  /** The command that tells what differs, where something does. */
  readonly check?: string | undefined;
}

/** Throws `drift` where the schema is not what the applied revisions make, before anything is sent. */
export async function refuseDrift(options: CommandOptions & ScratchChoice): Promise<void> {
  const context = openContext(options);
  const live = await readLive(context);
  // Its part of the schema is there and not recorded yet: the run goes on with it, or says why not.
  if (live.isUnfinished) return;
  const { isSame, items } = await compareSchema(context, live, options);
  if (isSame) return;
  const drift = items.filter(({ severity }) => severity === 'drift');
  throw new UpdownError('drift', `The schema of the database is not what its applied revisions make`, {
    hint: `Nothing was sent. See all of it, with the SQL that puts it back: ${wordCheck(context, options, live.schema.major)}`,
    notes: drift.slice(0, 10).map(({ message }) => message),
  });
}

/** By the hash that is kept for these heads, where there is one: then nothing is run anywhere. */
export async function compareSchema(context: Context, live: Live, choice: ScratchChoice): Promise<SchemaStanding> {
  const { project } = context;
  const heads = appliedHeadsOf(project.graph, new Set(live.applied));
  const check = wordCheck(context, choice, live.schema.major);
  const expected = findExpected(readExpected(project), { heads, major: live.schema.major });
  if (expected !== undefined && expected.hash === hashOf(context, live.schema, live.migrators))
    return { by: 'hash', isSame: true, items: [] };
  if (expected !== undefined && choice.scratch === undefined && project.config.scratch.url === undefined)
    return { by: 'hash', isSame: false, items: [], check };
  const items = await compareLive(context, live, choice);
  return { by: 'scratch', isSame: items.every(({ severity }) => severity === 'note'), items, check };
}

/** The command that tells what differs; where its server is none of those that run in this process, with the one to run the files on. */
export function wordCheck({ project }: Context, { scratch }: ScratchChoice, major: number): string {
  const command = 'updown check --url <url>';
  if (scratch !== undefined) return `${command} --scratch <url>`;
  if (project.config.scratch.url !== undefined || major === embeddedMajor) return command;
  return `${command} --scratch <url of a server of PostgreSQL ${major}>`;
}

/** Of what is compared: what is ignored counts on neither side. */
export function hashOf({ project }: Context, schema: Schema, roles: ReadonlySet<string>): string {
  const hashed = toHashed(schema, roles);
  return hashSchema(withoutIgnored(hashed, project.config.ignore));
}

function refuseOtherMajor(scratch: number, major: number): void {
  if (scratch === major) return;
  throw new UpdownError(
    'other-major',
    `The database runs PostgreSQL ${major}, scratch is PostgreSQL ${scratch}: each prints views, checks and privileges in its own way`,
    {
      hint: `Name a server of PostgreSQL ${major} for temporary databases: --scratch postgres://…, or "scratch" in updown.json.`,
    },
  );
}
