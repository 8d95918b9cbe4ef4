import { readHistory } from '../database/history.ts';
import { toComparable } from '../drift/comparable.ts';
import { type DriftItem, findDrift } from '../drift/drift.ts';
import { ignoring } from '../drift/ignore.ts';
import { UpdownError } from '../errors.ts';
import { inOrder } from '../graph/walk.ts';
import { readSchema } from '../schema/read.ts';
import type { Schema } from '../schema/schema.ts';
import { listSome } from '../words.ts';
import { type Context, withSession } from './context.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { schemaOf } from './snapshot.ts';
import { findUnknown, standIn } from './standing.ts';

/** A database's schema beside the one that its applied revisions make. */
export interface Drift {
  /** A url without a password. */
  readonly database: string;
  readonly items: readonly DriftItem[];
}

/** A schema that was read, whose it is, and what made it. */
export interface Live {
  readonly schema: Schema;
  /** Everyone who has run a migration there. */
  readonly migrators: ReadonlySet<string>;
  /** In the order of the graph. */
  readonly applied: readonly string[];
}

/** Compares the live schema with the one that the applied revisions make on a throwaway database of the same major version. */
export async function readDrift(context: Context, choice: ScratchChoice): Promise<Drift> {
  const live = await readLive(context);
  return { database: context.describe(), items: await compareLive(context, live, choice) };
}

/** Throws `unknown-revision` where a revision is applied that the files do not have: what it made nobody can say. */
export async function readLive(context: Context): Promise<Live> {
  const { project } = context;
  const { ledger } = project.config;
  return withSession(context, async (session) => {
    const history = await readHistory(session, ledger.schema, 'entries');
    const standing = standIn(project, history);
    const unknown = findUnknown(project, standing);
    if (unknown.length > 0) {
      throw new UpdownError(
        'unknown-revision',
        `The database has revisions that the files do not: ${listSome(unknown, 5)}`,
        {
          hint: 'Get the files they came from (git pull?): without them nobody can say what the schema should be.',
        },
      );
    }
    return {
      schema: await readSchema(session, ledger.schema),
      migrators: new Set([history.server.user, ...[...(history.entries?.values() ?? [])].map(({ who }) => who)]),
      applied: inOrder(project.graph, new Set(standing.applied.keys())),
    };
  });
}

export async function compareLive(context: Context, live: Live, choice: ScratchChoice): Promise<readonly DriftItem[]> {
  const { schema, user } = await schemaOf(context, live.applied, choice);
  refuseOtherMajor(schema, live.schema);
  const [as = user] = live.migrators;
  const expected = toComparable(schema, { roles: new Set([user]), as });
  const there = toComparable(live.schema, { roles: live.migrators, as });
  return findDrift(expected, there, ignoring(context.project.config.ignore));
}

function refuseOtherMajor({ major: scratch }: Schema, { major }: Schema): void {
  if (scratch === major) return;
  throw new UpdownError(
    'other-major',
    `The database runs PostgreSQL ${major}, scratch is PostgreSQL ${scratch}: each prints views, checks and privileges in its own way`,
    {
      hint: `Name a server of PostgreSQL ${major} for temporary databases: --scratch postgres://…, or "scratch" in updown.json.`,
    },
  );
}
