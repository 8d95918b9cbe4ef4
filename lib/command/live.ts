import type { LedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { inOrder } from '../graph/walk.ts';
import { assertKnown } from '../plan/late.ts';
import { readSchema } from '../schema/read.ts';
import type { Schema } from '../schema/schema.ts';
import { type Context, withSession } from './context.ts';
import { migratorsOf } from './migrators.ts';
import { readState } from './read-state.ts';
import { standIn } from './standing.ts';

/** A schema that was read, whose it is, and what made it. */
export interface Live {
  readonly schema: Schema;
  /** Everyone who has run a migration there. */
  readonly migrators: ReadonlySet<string>;
  /** In the order of the graph. */
  readonly applied: readonly string[];
  /** A step outside a transaction was started and is not done: its part of the schema already exists. */
  readonly isUnfinished: boolean;
}

/** Asks the ledger, and the schema with it. Throws `unknown-applied` where a revision is applied that the files do not have. */
export async function readLive(context: Context): Promise<Live> {
  return withSession(context, async (session) =>
    readLiveIn(session, context, await readState(session, context.project, { depth: 'entries', writes: true })),
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
