import { embeddedMajor } from '../database/embedded-major.ts';
import { readLedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { resolveAll } from '../graph/resolve.ts';
import { ancestorsOf, inOrder } from '../graph/walk.ts';
import { lists } from '../schema/kind.ts';
import { readSchema } from '../schema/read.ts';
import type { Schema } from '../schema/schema.ts';
import { quoteWord } from '../sql/quote.ts';
import { wordOtherMajor } from './compare-live.ts';
import { type CommandOptions, type Context, openContext, withSession } from './context.ts';
import { canCompare, compareSchema, type SchemaStanding } from './drift.ts';
import type { Live } from './live.ts';
import { migratorsOf } from './migrators.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { isUnmade } from './read.ts';
import { holdsStatement } from './reversibility.ts';
import { standIn } from './standing.ts';

interface Options extends CommandOptions, ScratchChoice {
  readonly targets: readonly string[];
  readonly force?: boolean | undefined;
  /** As of the stamp itself. */
  readonly wait?: number | undefined;
  readonly awaitsServer?: boolean | undefined;
}

/**
 * Where no revision has been applied yet, a stamp says that others have made what these would: throws `drift` where the schema is another
 * one, and what stood in the way where the two could not be compared. Of a database with nothing in it, nothing has to be compared with where a
 * revision has SQL: what that makes is not there.
 */
export async function checkStamp(options: Options): Promise<void> {
  const context = openContext(options);
  const { graph } = context.project;
  const ids = inOrder(
    graph,
    ancestorsOf(
      graph,
      options.targets.flatMap((target) => resolveAll(graph, target)),
    ),
  );
  if (ids.length === 0 || isUnmade(context)) return;
  const until = options.awaitsServer ? performance.now() + (options.wait ?? 60_000) : undefined;
  const live = await readFirst(context, ids, until);
  if (live === undefined) return;
  const found = await tryCompare(context, live, options);
  if (found === undefined || found.isSame) return;
  const { differences } = found;
  const what = `The schema of ${context.describe()} is not what ${ids.length === 1 ? 'the revision makes' : 'these revisions make'}`;
  if (options.force) {
    context.emit({ kind: 'warning', message: `${what}: recorded all the same` });
    for (const message of differences) context.emit({ kind: 'warning', message });
    return;
  }
  throw new UpdownError('drift', what, {
    hint: `Nothing was recorded. Is it the right database, and the right revision? To record it all the same: ${commandOf(options)} --force`,
    notes: differences.slice(0, 10),
  });
}

/** Undefined where the ledger tells of something: then a stamp is how that is put right. */
async function readFirst(
  { project, ...database }: Context,
  ids: readonly string[],
  until: number | undefined,
): Promise<Live | undefined> {
  const { schema } = project.config.ledger;
  const read = async (session: Session): Promise<Live | undefined> => {
    const history = await readLedgerState(session, schema, { depth: 'entries' });
    standIn(project, history);
    const isFirst = history.applied.size === 0 && history.unfinished.length === 0 && !history.entries?.size;
    if (!isFirst || history.server.standby) return undefined;
    return {
      schema: await readSchema(session, schema),
      migrators: migratorsOf(history),
      applied: ids,
      isUnfinished: false,
    };
  };
  return withSession(database, read, undefined, until);
}

function commandOf({ targets }: Options): string {
  return `updown stamp ${targets.map(quoteWord).join(' ')}`;
}

interface Found {
  readonly isSame: boolean;
  readonly differences: readonly string[];
}

function toFound({ isSame, items }: SchemaStanding): Found {
  return {
    isSame,
    differences: items.filter(({ severity }) => severity === 'drift').map(({ message }) => message),
  };
}

/** Undefined where it is recorded without. */
async function tryCompare(context: Context, live: Live, choice: Options): Promise<Found | undefined> {
  const { major } = live.schema;
  if (!canCompare(context, live, choice)) {
    if (isEmpty(live.schema)) return compareEmpty(context, live);
    // One of the same version could be in this process.
    if (major !== embeddedMajor)
      return settle(context, live, choice, new UpdownError('other-major', wordOtherMajor(embeddedMajor, major)));
  }
  try {
    return toFound(await compareSchema(context, live, choice));
  } catch (error) {
    if (!isUpdownError(error) || error.code === 'interrupted') throw error;
    const isAsked = choice.scratch !== undefined && choice.force !== true;
    if (isAsked && error.code !== 'other-major') throw error;
    return settle(context, live, choice, error);
  }
}

/** One that makes nothing in the schema, and has SQL all the same, would have to run first, too. */
function compareEmpty({ project }: Context, { applied }: Live): Found {
  const isSame = !applied.some((id) => holdsStatement(project.read(id, 'up').text));
  return { isSame, differences: isSame ? [] : ['The database is empty.'] };
}

/** Throws what stood in the way, unless it may be recorded all the same. */
function settle(context: Context, { schema }: Live, choice: Options, why: UpdownError): undefined {
  if (choice.force) return tell(context, why.message);
  const command = commandOf(choice);
  throw why.with({
    hint: `Nothing was recorded, since the schema could not be compared with what is to be recorded. Name a server of PostgreSQL ${schema.major} for temporary databases: ${command} --scratch <url>. To record it without comparing: ${command} --force`,
  });
}

function tell(context: Context, why: string): undefined {
  context.emit({ kind: 'warning', message: `the schema was not compared with what is recorded: ${why}` });
}

/** But for what an extension has made. */
function isEmpty(schema: Schema): boolean {
  const around: readonly string[] = ['schemas', 'extensions', 'languages', 'settings', 'defaultPrivileges'];
  return Object.keys(lists).every((list) => around.includes(list) || schema[list as keyof typeof lists].length === 0);
}
