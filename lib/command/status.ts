import type { Peer } from '../database/activity.ts';
import type { LedgerState, Server, Torn, Unfinished } from '../database/ledger-state.ts';
import { SendError, type Session } from '../database/session.ts';
import { isUpdownError, type UpdownError } from '../errors.ts';
import type { Revision } from '../graph/revision.ts';
import { headsOf } from '../graph/walk.ts';
import { findLate, startAhead } from '../plan/late.ts';
import { findHalfWay, leadOut } from '../plan/replaced.ts';
import { readAhead } from '../project/ahead.ts';
import type { Project } from '../project/load.ts';
import { type CommandOptions, type ConnectLimit, type Context, openContext } from './context.ts';
import type { SchemaStanding } from './drift.ts';
import type { Live } from './live.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { findAtWork, readLedgerAnd } from './read.ts';
import { findEdited, findHeads, findUnknown, mendTorn, settleExisting, standIn } from './standing.ts';
import { describeQuestion, finishHalf, settleForeign } from './unfinished.ts';

/** One page: where the database stands against the files. */
export interface Status {
  readonly project: string;
  readonly database: string;
  readonly server: Server;
  readonly ledgerSchema: string;
  readonly hasLedger: boolean;
  readonly total: number;
  readonly applied: number;
  readonly last: { readonly at: string; readonly who: string; readonly channel: string } | undefined;
  /** Applied heads, those that the files don't contain without a folder; and the heads of the files. */
  readonly heads: readonly Revision[];
  readonly fileHeads: readonly Revision[];
  /** Not applied, in the order they would run; `late` ones stand below something applied. */
  readonly pending: readonly Revision[];
  readonly late: readonly Revision[];
  /** Applied from other bytes than the files hold. */
  readonly edited: readonly Revision[];
  /** Applied, but not in the files. */
  readonly unknown: readonly string[];
  readonly unfinished: readonly Unfinished[];
  /** Applied once, as a later entry says, and their own entry is gone. */
  readonly torn: readonly Torn[];
  /** Tables of somebody else's, where the ledger tells of nothing: an upgrade is refused. */
  readonly strangers: readonly string[];
  /** Who holds the ledger's lock, or works on a step outside a transaction: a run, a script, or a backend that its client has left. */
  readonly atWork: Peer | undefined;
  /** How the schema stands to what the applied revisions make; undefined where that was not asked, or can't be said. */
  readonly schema?: SchemaStanding | undefined;
  /** What to do, where the ledger is not what the files say or somebody is at work. */
  readonly next: string | undefined;
}

export interface StatusOptions extends CommandOptions, ScratchChoice {
  /** Compare the schema, too: with the hash that is kept for these heads, else with what they make on a throwaway database. */
  readonly schema?: boolean | undefined;
}

/** A server that does not answer may take only so long as the limit says. */
export async function readStatus(options: StatusOptions, limit?: ConnectLimit): Promise<Status> {
  const context = openContext(options, limit);
  const { project } = context;
  const { graph } = project;
  const { state: ledger, also } = await readLedgerAnd(
    context,
    'entries',
    async (session, state) => ({
      atWork: await findAtWork(session, context, state),
      live: options.schema === true ? await readLive(session, context, state) : undefined,
    }),
    () => readAhead(project),
  );
  const standing = standIn(project, ledger);
  const known = new Set([...standing.applied.keys()].filter((id) => graph.nodes.has(id)));
  const late = findLate(graph, known);
  const isLate = new Set(late);
  const revision = (id: string) => graph.nodes.get(id) as Revision;
  const last = [...(ledger.entries?.values() ?? [])].at(-1);
  const found = {
    project: project.manifest.project,
    database: context.describe(),
    server: ledger.server,
    ledgerSchema: project.config.ledger.schema,
    hasLedger: standing.hasLedger,
    total: graph.nodes.size,
    applied: standing.applied.size,
    last: last && { at: last.at, who: last.who, channel: last.channel },
    heads: findHeads(project, ledger),
    fileHeads: headsOf(graph).map(revision),
    pending: graph.order.filter((id) => !known.has(id) && !isLate.has(id)).map(revision),
    late: late.map(revision),
    edited: findEdited(project, standing).map(revision),
    unknown: findUnknown(project, standing),
    unfinished: ledger.unfinished,
    torn: ledger.torn ?? [],
    strangers: ledger.strangers ?? [],
    atWork: also?.atWork,
  };
  const compares = options.schema === true && found.unknown.length === 0 && found.unfinished.length === 0;
  const schema = compares && also?.live !== undefined ? await compare(context, also.live, options) : undefined;
  return { ...found, schema, next: (await nextOf(project, ledger, found)) ?? nextOfSchema(schema) };
}

async function readLive(session: Session, context: Context, state: LedgerState): Promise<Live | UpdownError> {
  const { readLiveIn } = await import('./live.ts');
  // What compares it is loaded while the server answers.
  const [live] = await Promise.all([orWhy(() => readLiveIn(session, context, state)), import('./drift.ts')]);
  return live;
}

/** What can't be compared is no reason to tell nothing at all. */
async function compare(context: Context, live: Live | UpdownError, options: StatusOptions): Promise<SchemaStanding> {
  const { compareSchema } = await import('./drift.ts');
  const found = isUpdownError(live) ? live : await orWhy(() => compareSchema(context, live, options));
  if (!isUpdownError(found)) return found;
  return { by: 'scratch', isSame: false, items: [], failed: [`${found.message}.`, found.hint].join(' ').trim() };
}

async function orWhy<T>(body: () => Promise<T>): Promise<T | UpdownError> {
  try {
    return await body();
  } catch (error) {
    const why = error instanceof SendError ? (await import('../run/failure.ts')).wordSend(error) : error;
    if (!isUpdownError(why) || why.code === 'interrupted') throw error;
    return why;
  }
}

function nextOfSchema(schema: SchemaStanding | undefined): string | undefined {
  if (schema?.check === undefined || schema.isSame) return undefined;
  return `see what differs, with the SQL that puts it back: ${schema.check}`;
}

type Found = Omit<Status, 'next'>;

/** In the order in which an upgrade would refuse them. */
async function nextOf(project: Project, { applied }: LedgerState, found: Found): Promise<string | undefined> {
  const { unknown, unfinished, edited, late, torn, pending, fileHeads, atWork } = found;
  const { graph } = project;
  const [begun] = unfinished;
  if (atWork !== undefined)
    return `wait until pid ${atWork.pid} is done, or end it: SELECT pg_terminate_backend(${atWork.pid});`;
  if (torn.length > 0)
    return `restore the entries that are gone, or record what the schema holds: ${mendTorn(graph, applied, torn)}`;
  const half = findHalfWay(graph, new Set(applied.keys()));
  if (half !== undefined) return leadOut(half.id, half.replaces);
  if (unknown.length > 0)
    return `get the files those revisions came from (git pull?); nothing can be planned from here without them.${pending.length + late.length === 0 ? startAhead : ''}`;
  if (edited.length > 0)
    return `restore the edited files from git, or record them as they are: updown stamp --only ${edited.map(({ id }) => id).join(' ')}`;
  if (begun !== undefined) {
    if (!graph.nodes.has(begun.id)) return settleForeign(begun);
    const asked = await describeQuestion(project, applied, begun);
    return asked ?? `to go on where the unfinished one stopped: ${finishHalf(graph, applied, begun)}`;
  }
  if (late.length > 0)
    return `check that the late revisions may still run, then: updown upgrade ${fileHeads.length > 1 ? 'heads ' : ''}--include-late`;
  return nextUpgrade(project, found);
}

function nextUpgrade(project: Project, { pending, fileHeads, strangers, server }: Found): string | undefined {
  if (pending.length === 0) return undefined;
  const isSeveral = fileHeads.length > 1;
  if (strangers.length === 0)
    return isSeveral ? 'updown upgrade heads, or join them first: updown merge' : 'updown upgrade';
  const plan = { to: fileHeads.map(({ id }) => id), steps: pending.map(({ id }) => ({ op: 'up' as const, id })) };
  return `the database has tables (${strangers.slice(0, 3).join(', ')}${strangers.length > 3 ? ' …' : ''}), and nothing says what made them. ${settleExisting(plan, project, server)}${isSeveral ? ' heads' : ''}`;
}
