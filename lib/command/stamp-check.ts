import { readLedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { resolveAll } from '../graph/resolve.ts';
import { ancestorsOf, inOrder } from '../graph/walk.ts';
import { readSchema } from '../schema/read.ts';
import { quoteWord } from '../sql/quote.ts';
import { type CommandOptions, type Context, openContext, withSession } from './context.ts';
import { canCompare, compareSchema, type SchemaStanding } from './drift.ts';
import type { Live } from './live.ts';
import { migratorsOf } from './migrators.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { isUnmade } from './read.ts';
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
 * one. It is compared where somebody has said with what: a throwaway server, a kept hash; of an embedded database, another one. Elsewhere it
 * is recorded with a warning, as there may be nothing to compare with.
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
  const differences = found.items.filter(({ severity }) => severity === 'drift').map(({ message }) => message);
  const what = `The schema of ${context.describe()} is not what ${ids.length === 1 ? 'the revision makes' : 'these revisions make'}`;
  if (options.force) {
    context.emit({ kind: 'warning', message: `${what}: recorded all the same` });
    for (const message of differences) context.emit({ kind: 'warning', message });
    return;
  }
  throw new UpdownError('drift', what, {
    hint: `Nothing was recorded. Is it the right database, and the right revision? To record it all the same: updown stamp ${options.targets.map(quoteWord).join(' ')} --force`,
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

async function tryCompare(context: Context, live: Live, choice: Options): Promise<SchemaStanding | undefined> {
  const { major } = live.schema;
  const tell = (message: string) => context.emit({ kind: 'warning', message });
  if (!canCompare(context, live, choice)) {
    tell(
      `the schema was not compared with what is recorded: that takes a server of PostgreSQL ${major} for temporary databases, --scratch <url>`,
    );
    return undefined;
  }
  try {
    return await compareSchema(context, live, choice);
  } catch (error) {
    // What was not asked for by this very command stops nothing.
    const isAsked = choice.scratch !== undefined && choice.force !== true;
    if (!isUpdownError(error) || isAsked || error.code === 'interrupted') throw error;
    tell(`the schema was not compared with what is recorded: ${error.message}`);
    return undefined;
  }
}
