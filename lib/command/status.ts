import type { Server, Torn, Unfinished } from '../database/history.ts';
import { headsOf } from '../graph/walk.ts';
import { findLate } from '../plan/late.ts';
import { readAhead } from '../project/ahead.ts';
import type { Revision } from '../project/revision.ts';
import { type CommandOptions, openContext } from './context.ts';
import { readLedger } from './read.ts';
import { findEdited, findHeads, findUnknown, standIn } from './standing.ts';

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
}

export async function status(options: CommandOptions): Promise<Status> {
  const context = openContext(options);
  const { project } = context;
  const { graph } = project;
  const ledger = await readLedger(context, 'entries', () => readAhead(project));
  const standing = standIn(project, ledger);
  const known = new Set([...standing.applied.keys()].filter((id) => graph.nodes.has(id)));
  const late = findLate(graph, known);
  const isLate = new Set(late);
  const revision = (id: string) => graph.nodes.get(id) as Revision;
  const last = [...(ledger.entries?.values() ?? [])].at(-1);
  return {
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
  };
}
