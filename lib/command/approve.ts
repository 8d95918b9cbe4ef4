import { isUpdownError, UpdownError } from '../errors.ts';
import { readMachine } from '../libpq/machine.ts';
import { parseTarget } from '../libpq/parse.ts';
import { namesOf } from '../libpq/target.ts';
import {
  type Approval,
  endOf,
  readApproval,
  type SeenFinding,
  saveApproval,
  shownApproval,
} from '../project/approval.ts';
import { findAuthor } from '../project/git.ts';
import type { Finding, Review } from '../review/review.ts';
import type { GivenFile } from '../script/compare.ts';
import { listDestroyed } from '../script/destroyed.ts';
import type { Script } from '../script/script.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { prepareDowngrade } from './downgrade.ts';
import type { ScratchChoice } from './on-scratch.ts';
import type { ScriptOptions } from './prepare.ts';
import { standAt } from './standing.ts';
import { prepareUpgrade } from './upgrade.ts';
import { restoreGiven } from './verify-script.ts';
import { wordReason } from './word-reason.ts';

export interface ApproveOptions
  extends CommandOptions,
    ScratchChoice,
    Pick<ScriptOptions, 'from' | 'fromDatabase' | 'allowExisting'> {
  /** A script that `upgrade --sql`, `downgrade --sql` or `stamp --sql` has written, in the place of a target. */
  readonly script?: { readonly files: readonly GivenFile[]; readonly name: string } | undefined;
  /** Default `head`; or a range, which goes down where its end is below its start. */
  readonly target?: string | undefined;
  /** The plan is that of a downgrade to the target. */
  readonly down?: boolean | undefined;
  /** The plan takes revisions that turned up below applied ones, too. */
  readonly includeLate?: boolean | undefined;
  /** Who approves it; else whom git takes for the author of a commit. */
  readonly by?: string | undefined;
  /** A day, or a time in UTC, until which it counts; or for how many days, 30 without either. */
  readonly until?: string | undefined;
  readonly days?: number | undefined;
  /** The database it is for, by name or by host and name; `any` without it, and where the start was read from one, that one. */
  readonly database?: string | undefined;
  /** Put it in the place of an approval that is there. */
  readonly renew?: boolean | undefined;
  /** Shows it to a person, and asks. False ends the command with `needs-yes`. */
  readonly confirm: (proposal: Proposal) => boolean | Promise<boolean>;
}

/** What is to be seen before it is approved. */
export interface Proposal {
  readonly approval: Approval;
  readonly script: Script;
  /** The migrations folder, which the files are relative to. */
  readonly folder: string;
}

export interface Approved {
  readonly approval: Approval;
  /** As people know it. */
  readonly file: string;
}

/** Writes down that somebody has seen a plan and agrees to it. Nothing is sent to any database but to scratch. */
export async function approve(options: ApproveOptions): Promise<Approved> {
  const context = openContext(options);
  const { project } = context;
  const now = Date.now();
  const until = readUntil(options, now);
  const script = await makeScript(context, options);
  refuseIdle(script);
  if (options.renew !== true) refuseApproved(context, script);
  const by = options.by ?? (await findAuthor(project.root));
  if (by === undefined || by.trim() === '') throw nobody();
  const reviewed = await reviewOf(context, script, options);
  const approval: Approval = {
    digest: script.digest,
    project: project.manifest.project,
    by,
    at: printTime(now),
    until,
    database: nameDatabase(context, script, options),
    from: script.plan.from,
    to: script.plan.to,
    steps: script.steps.flatMap(({ entries, file }) => entries.map(({ op, id }) => ({ op, id, sha256: file?.digest }))),
    destroys: listDestroyed(script),
    ...reviewed,
  };
  if (!(await options.confirm({ approval, script, folder: project.shownFolder })))
    throw new UpdownError('needs-yes', 'Nothing was approved', { hint: 'Answer y if this plan should run.' });
  return { approval, file: saveApproval(project, approval, { renews: options.renew === true }) };
}

async function makeScript(context: Context, options: ApproveOptions): Promise<Script> {
  if (options.script !== undefined) return restore(context, options.script);
  const { target = 'head', down = false, includeLate = false, confirm: _confirm, ...rest } = options;
  const { goesDown } = await import('../plan/range.ts');
  return down || goesDown(context.project.graph, target)
    ? prepareDowngrade({ ...rest, target })
    : prepareUpgrade({ ...rest, target, includeLate });
}

async function restore(context: Context, given: NonNullable<ApproveOptions['script']>): Promise<Script> {
  const { script, differences, changes } = await restoreGiven(context, given);
  const notes = [...differences, ...changes].map(wordReason);
  if (script !== undefined && notes.length === 0) return script;
  throw new UpdownError(
    'digest-differs',
    `"${given.name}" is not what the files make, so that nothing could run by its approval`,
    {
      hint: 'Emit it again, and look at that: updown upgrade --sql',
      notes,
    },
  );
}

function refuseIdle({ steps, plan }: Script): void {
  if (steps.length > 0) return;
  throw new UpdownError(
    'usage',
    `There is nothing to approve: the plan from ${plan.from.join(', ') || 'base'} has no step`,
    {
      hint: 'Say where it starts: updown approve <from>:<to>',
    },
  );
}

function refuseApproved({ project }: Context, { digest }: Script): void {
  const there = readApproval(project, digest);
  if (there === undefined) return;
  const shown = shownApproval(project, digest);
  throw new UpdownError(
    'exists',
    `${there.by} has approved this plan until ${there.until}: "${shown}" already exists`,
    {
      hint: 'Nothing was overwritten. To put another approval in its place, run the command again with --renew.',
    },
  );
}

function nobody(): UpdownError {
  return new UpdownError('usage', 'Nobody is named who approves it, and git knows no author here', {
    hint: 'Add --by <name>, or tell git: git config user.name <name>',
  });
}

function readUntil({ until, days = 30 }: Pick<ApproveOptions, 'until' | 'days'>, now: number): string {
  if (until === undefined) return printTime(now + days * 86_400_000);
  const end = endOf(until);
  if (end !== undefined && end > now) return until;
  throw new UpdownError('usage', end === undefined ? `"${until}" is not a day` : `"${until}" is over already`, {
    hint: 'Write a day in the future, such as 2027-01-31, or a time in UTC, such as 2027-01-31T12:00:00Z.',
  });
}

function printTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A plan that can't be measured here can be looked at all the same. */
async function reviewOf(
  context: Context,
  script: Script,
  choice: ScratchChoice,
): Promise<Pick<Approval, 'scratch' | 'notReviewed' | 'findings'>> {
  const none = { scratch: null, findings: [] };
  if (script.steps.some(({ op }) => op === 'stamp'))
    return { ...none, notReviewed: 'a stamp runs no SQL of the files' };
  const { reviewPlan } = await import('./review.ts');
  const { project } = context;
  try {
    const standing = standAt(project, script.start.applied);
    const review = await reviewPlan(context, { plan: script.plan, standing }, choice);
    return { scratch: review.scratch, findings: listFindings(review, `${project.shownFolder}/`) };
  } catch (error) {
    if (!isUpdownError(error) || error.code === 'interrupted') throw error;
    return { ...none, notReviewed: error.message };
  }
}

function listFindings({ steps }: Review, folder: string): readonly SeenFinding[] {
  return steps.flatMap(({ file: shown, findings, statements }) => {
    const file = shown.startsWith(folder) ? shown.slice(folder.length) : shown;
    return [
      ...findings.map((one) => toSeen(one, file, null)),
      ...statements.flatMap(({ line, findings: own }) => own.map((one) => toSeen(one, file, line))),
    ];
  });
}

function toSeen({ rule, severity, message, allowed }: Finding, file: string, line: number | null): SeenFinding {
  return { rule, severity, file, line, message, allowed };
}

/** Of a url neither user nor password: the file is for everyone. */
function nameDatabase(context: Context, script: Script, { database, env = process.env }: ApproveOptions): string {
  if (database !== undefined) {
    const isUrl = /^(postgres(ql)?:\/\/|pglite:)/.test(database);
    return isUrl ? namesOf(parseTarget(database, env, readMachine()))[0] : database;
  }
  return script.database === undefined || context.isEmbedded() ? 'any' : context.names()[0];
}
