import type { LedgerState } from '../database/ledger-state.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import {
  type Approval,
  type Destroyed,
  endOf,
  listApprovals,
  readApproval,
  shownApproval,
} from '../project/approval.ts';
import type { Project } from '../project/load.ts';
import { listDestroyed } from '../script/destroyed.ts';
import { compareReviewed } from '../script/reviewed.ts';
import { type Script, wordAsked } from '../script/script.ts';
import { sanitizeLine } from '../sql/quote.ts';
import type { Context } from './context.ts';
import { wordReason } from './word-reason.ts';

/** As a run takes it. */
interface ApprovalChoice {
  readonly expect?: unknown;
  readonly confirmDestroying?:
    | ((script: Script, destroyed: readonly Destroyed[]) => boolean | Promise<boolean>)
    | undefined;
}

/** The command that approves the plan, without `updown`; it is only looked for where the plan is refused. */
export type WordCommand = (script: Script) => Promise<string>;

/** Throws `not-approved` and `needs-yes`. Whether a person was asked, and said yes. */
export async function settleApproval(
  context: Context,
  { expect, confirmDestroying }: ApprovalChoice,
  script: Script,
  state: LedgerState,
  command: WordCommand,
): Promise<boolean> {
  const isExpected = expect === 'approved';
  const destroyed = listDestroyed(script);
  const isWatched =
    context.project.config.destructive === 'approved' && destroyed.length > 0 && !isHarmless(context, state);
  if (!isExpected && !isWatched) return false;
  const found = findFault(context, script, destroyed, context.names());
  if (found === undefined) return false;
  if (isExpected || confirmDestroying === undefined) throw await wordFault(context, script, destroyed, found, command);
  const { shownFolder } = context.project;
  const shown = destroyed.map((one) => ({ ...one, file: `${shownFolder}/${one.file}` }));
  if (await confirmDestroying(script, shown)) return true;
  throw new UpdownError('needs-yes', 'Nothing was changed', {
    hint: `Answer y; or have the plan approved: updown ${await command(script)}`,
  });
}

/** The same for a plan that is only shown or emitted. Where no database was asked, an approval for any one of them is as good. */
export async function refuseUnapproved(context: Context, script: Script, command: WordCommand): Promise<void> {
  if (script.steps.length === 0) return;
  const destroyed = listDestroyed(script);
  const names = script.database === undefined ? undefined : context.names();
  const fault = findFault(context, script, destroyed, names);
  if (fault !== undefined) throw await wordFault(context, script, destroyed, fault, command);
}

/**
 * A developer's own database; and one that holds nothing yet, where a plan takes away no more than it has made. Tables of others are looked for
 * only where the ledger has no entry: one whose entries were all taken back, as `stamp base` does, may stand beside tables.
 */
function isHarmless(context: Context, { applied, unfinished, strangers }: LedgerState): boolean {
  return context.isDevelopment() || (applied.size === 0 && unfinished.length === 0 && strangers?.length === 0);
}

interface Fault {
  readonly message: string;
  readonly notes?: readonly string[] | undefined;
  /** What the command that approves it needs beside the plan. */
  readonly flags?: string | undefined;
  readonly isMissing?: true;
}

function findFault(
  { project }: Context,
  { digest }: Script,
  destroyed: readonly Destroyed[],
  names: readonly string[] | undefined,
): Fault | undefined {
  const approval = readApproval(project, digest);
  const shown = shownApproval(project, digest);
  if (approval === undefined)
    return { message: `Nobody has approved this plan: there is no "${shown}"`, isMissing: true };
  const { database, until, by } = approval;
  if (Date.now() > (endOf(until) ?? 0))
    return { message: `The approval of this plan, by ${by}, ended at ${until}: "${shown}"`, flags: ' --renew' };
  if (names !== undefined && database !== 'any' && !names.includes(database)) {
    const message = `The approval of this plan, by ${by}, is for database "${database}", and this is "${names[0]}": "${shown}"`;
    return { message, flags: ' --database any --renew' };
  }
  const unseen = destroyed.filter((one) => !approval.destroys.some((seen) => isSame(seen, one)));
  if (unseen.length === 0) return undefined;
  return {
    message: `The plan destroys what its approval, by ${by}, does not tell of: "${shown}"`,
    notes: unseen.map((one) => `not seen: ${wordDestroyed(project.shownFolder, one)}`),
    flags: ' --renew',
  };
}

function isSame(a: Destroyed, b: Destroyed): boolean {
  return a.revision === b.revision && a.file === b.file && a.line === b.line && a.what === b.what;
}

function wordDestroyed(shownFolder: string, { file, line, what }: Destroyed): string {
  return `${shownFolder}/${file}:${line}: ${what}`;
}

async function wordFault(
  { project }: Context,
  script: Script,
  destroyed: readonly Destroyed[],
  { message, notes, flags = '', isMissing }: Fault,
  command: WordCommand,
): Promise<UpdownError> {
  const destroys = destroyed.slice(0, most).map((one) => `destroys ${wordDestroyed(project.shownFolder, one)}`);
  const more = destroyed.length > most ? [`and ${destroyed.length - most} more`] : [];
  const near = isMissing ? findNearest(project, script) : undefined;
  const others = near === undefined ? [] : wordNearest(near, script, shownApproval(project, near.digest));
  return new UpdownError('not-approved', message, {
    hint: `Nothing was sent. Someone who may approve it runs this on a terminal, and commits the file that it writes: updown ${await command(script)}${flags}`,
    notes: [`digest ${script.digest}`, ...(notes ?? [...destroys, ...more]), ...others],
    subject: destroyed[0]?.revision,
  });
}

const most = 10;

/** Somebody has approved another plan of these revisions: what has changed since. */
function wordNearest(near: Approval, script: Script, shown: string): readonly string[] {
  const asked = sanitizeLine(wordAsked(script.asked));
  const reasons = compareReviewed({ ...near, asked }, script, script.start.applied).map(wordReason);
  return [`"${shown}" approves another plan${reasons.length === 0 ? '' : `: ${reasons.slice(0, 3).join('; ')}`}`];
}

/** The one with most of the steps; that somebody has broken another one is no matter here. */
function findNearest(project: Project, { steps }: Script): Approval | undefined {
  const wanted = new Set(steps.flatMap(({ entries }) => entries.map(({ op, id }) => `${op} ${id}`)));
  const shared = (one: Approval): number => one.steps.filter(({ op, id }) => wanted.has(`${op} ${id}`)).length;
  const digests = ifReadable(() => listApprovals(project)) ?? [];
  const all = digests.flatMap((digest) => ifReadable(() => readApproval(project, digest)) ?? []);
  const [nearest] = all.toSorted((a, b) => shared(b) - shared(a) || b.at.localeCompare(a.at));
  return nearest !== undefined && shared(nearest) > 0 ? nearest : undefined;
}

function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isUpdownError(error)) return undefined;
    throw error;
  }
}
