import type { LedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { type DriftItem, wordConversion } from '../drift/drift.ts';
import { isUpdownError, type UpdownError } from '../errors.ts';
import { assertKnown, findLate, refuseLate } from '../plan/late.ts';
import { faultOf } from '../project/load.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { compareLive } from './compare-live.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { isAsKept } from './drift.ts';
import { type CheckFinding, findingOf } from './finding.ts';
import { type Live, readLiveIn } from './live.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { isUnmade, nothingThere, readLedgerAnd } from './read.ts';
import { findEdited, refuseEdited, refuseTorn, standIn } from './standing.ts';
import { wordUnfinished } from './unfinished.ts';

/** What `check` has found in a database. */
export interface CheckedDatabase {
  /** A url without a password. */
  readonly database: string;
  /** Whether its schema was compared with the one of its applied revisions. */
  readonly compared: boolean;
  readonly findings: readonly CheckFinding[];
  /** How many revisions the ledger tells of. */
  readonly applied: number;
}

/** The ledger against the files, and the schema against what the applied revisions make; what is pending is no finding. */
export async function checkDatabase(options: CommandOptions & ScratchChoice): Promise<CheckedDatabase> {
  const context = openContext(options);
  const { also } = await readLedgerAnd(context, 'entries', (session, state) => look(session, context, state));
  const { faults, applied, live } = also ?? (await findFaults(context, nothingThere));
  const database = context.describe();
  if (live === undefined) return { database, compared: isUnmade(context), findings: faults, applied };
  try {
    if (isUpdownError(live)) throw live;
    const items = isAsKept(context, live, options) ? [] : await compareLive(context, live, options);
    return { database, compared: true, findings: [...faults, ...items.map(toFinding)], applied };
  } catch (error) {
    if (!isUpdownError(error) || error.code === 'interrupted') throw error;
    return { database, compared: false, findings: [...faults, findingOf(error)], applied };
  }
}

interface Seen {
  readonly faults: readonly CheckFinding[];
  readonly applied: number;
  /** Undefined where nobody can say what schema there should be. */
  readonly live?: Live | UpdownError;
}

const unsayable: ReadonlySet<string> = new Set(['unknown-applied', 'half-way', 'unfinished']);

/** What is applied and not in the files, or half done, makes a schema that nobody can say. */
async function look(session: Session, context: Context, state: LedgerState): Promise<Seen> {
  const found = await findFaults(context, state);
  if (found.faults.some(({ code }) => unsayable.has(code))) return found;
  try {
    return { ...found, live: await readLiveIn(session, context, state) };
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    return { ...found, live: error };
  }
}

async function findFaults({ project }: Context, ledger: LedgerState): Promise<Seen> {
  const { graph } = project;
  const standing = standIn(project, ledger);
  const known = new Set([...standing.applied.keys()].filter((id) => graph.nodes.has(id)));
  const [half] = ledger.unfinished;
  const faults: readonly (UpdownError | undefined)[] = [
    faultOf(() => assertKnown(graph, new Set(standing.applied.keys()))),
    faultOf(() => refuseTorn(project, ledger)),
    half && (await wordUnfinished(project, standing.applied, half)),
    faultOf(() => refuseEdited(project, findEdited(project, standing))),
    faultOf(() => refuseLate(findLate(graph, known))),
  ];
  return {
    faults: faults.flatMap((fault) => (fault === undefined ? [] : [findingOf(fault)])),
    applied: standing.applied.size,
  };
}

function toFinding(item: DriftItem): CheckFinding {
  const { message, severity, remedy } = item;
  const told = { code: 'drift', message, sql: remedy } as const;
  if (severity === 'note') return { ...told, severity, hint: 'This difference alone is harmless.' };
  return {
    ...told,
    severity: 'error',
    effect: effectOf(item),
    hint: 'Review the SQL, and run it to put back what differs. Or, if the change was intended, write a revision that makes it, and stamp that revision in this database.',
  };
}

function effectOf(item: DriftItem): string | undefined {
  const { remedy, why, destroys, renames } = item;
  if (why !== undefined) return remedy.length === 0 ? why : `The SQL puts back a part of it: ${why}`;
  if (renames !== undefined)
    return `It seems to be there as ${sanitizeLine(renames)}: the SQL gives it its name back, with its data. Check again after that.`;
  if (destroys) return 'This drops what is in it, too.';
  return wordConversion(item);
}
