/**
 * The library: the command line is its first user and uses nothing else. What a function needs is loaded when it is called, so that a
 * program which only migrates does not load what reviews.
 */

import type { AnnotateOptions } from './command/annotate.ts';
import type { AwaitOptions } from './command/await-heads.ts';
import type { Check, CheckOptions } from './command/check.ts';
import type { CommandOptions } from './command/context.ts';
import type { DowngradeTarget } from './command/downgrade.ts';
import type { Branching, Current, Details, History, HistoryOptions } from './command/history.ts';
import type { ImportOptions, ImportResult } from './command/import.ts';
import type { InitOptions, InitResult } from './command/init.ts';
import type { Ways } from './command/list-ways.ts';
import type { MigrateOptions } from './command/migrate.ts';
import type { ScriptOptions } from './command/prepare.ts';
import type { BootstrapForm, ScriptForm } from './command/print.ts';
import type { Rebased, RebaseOptions } from './command/rebase.ts';
import type { ResetOptions, ResetResult } from './command/reset.ts';
import type { ReviewOptions } from './command/review.ts';
import type { Created, Merged, MergeOptions, RevisionOptions } from './command/revision.ts';
import type { RunResult } from './command/run.ts';
import type { SealOptions, SealResult } from './command/seal.ts';
import type { Snapshot, SnapshotOptions } from './command/snapshot.ts';
import type { StampTarget } from './command/stamp.ts';
import type { Status, StatusOptions } from './command/status.ts';
import type { DriftChoice, UpgradeTarget } from './command/upgrade.ts';
import type { Verification, VerifyOptions } from './command/verify.ts';
import type { VerifiedScript, VerifyScriptOptions } from './command/verify-script.ts';
import type { Revision } from './graph/revision.ts';
import type { RenderReviewOptions, ReviewFormat } from './report/render.ts';
import type { Review } from './review/review.ts';
import type { Rule } from './review/rules/rule.ts';
import type { GivenFile } from './script/compare.ts';
import type { Annotation, Reviewed, ScriptFile } from './script/header.ts';
import type { Script } from './script/script.ts';

/**
 * Applies what the target needs and the database lacks, each revision in a transaction of its own with its entry in the ledger.
 *
 * Safe to call from many instances at once: one works, the others wait (at most `wait` milliseconds) and find nothing left to do. Takes an
 * address, not a connection: a driver that reconnects in silence would run half a step outside its transaction.
 *
 * Throws `UpdownError`; its `code` says what is wrong, and the ledger what stands.
 */
export async function upgrade(options: MigrateOptions & UpgradeTarget & DriftChoice = {}): Promise<RunResult> {
  return (await import('./command/upgrade.ts')).upgrade(options);
}

/** What `upgrade` would send, without sending it. Connects only with `fromDatabase`. Print it with `renderScript`. */
export async function prepareUpgrade(options: ScriptOptions & UpgradeTarget = {}): Promise<Script> {
  return (await import('./command/upgrade.ts')).prepareUpgrade(options);
}

/** Reverts everything applied that stands on the target, newest first. Every file is read and checked before anything is sent. */
export async function downgrade(options: MigrateOptions & DowngradeTarget): Promise<RunResult> {
  return (await import('./command/downgrade.ts')).downgrade(options);
}

/** What `downgrade` would send. Without `fromDatabase` the start must be given: `from`, or a target of the form `a:b`. */
export async function prepareDowngrade(options: ScriptOptions & DowngradeTarget): Promise<Script> {
  return (await import('./command/downgrade.ts')).prepareDowngrade(options);
}

/**
 * Drops what the revisions have made, forgets that they are applied, and applies them again: for a development database, which `updown.json`
 * marks or an embedded one is; any other one is refused with `not-development`, unless `yesDestroy` names it. What other schemas hold, and
 * members of extensions, stay as they are. Where it ends half way, another one goes on.
 */
export async function reset(options: ResetOptions = {}): Promise<ResetResult> {
  return (await import('./command/reset.ts')).reset(options);
}

/**
 * Records without running: moves the ledger to the targets, or, with `only` and `forget`, records just these. It is also how an edited file
 * is accepted as it is now, and how an unfinished step is settled once the schema is where the record says.
 */
export async function stamp(options: MigrateOptions & StampTarget): Promise<RunResult> {
  return (await import('./command/stamp.ts')).stamp(options);
}

/** What `stamp` would send. */
export async function prepareStamp(options: ScriptOptions & StampTarget): Promise<Script> {
  return (await import('./command/stamp.ts')).prepareStamp(options);
}

/** The ledger alone: a script without steps, for `renderBootstrap`. Reads the project's files, and no database. */
export async function prepareBootstrap(options: CommandOptions = {}): Promise<Script> {
  return (await import('./command/bootstrap.ts')).prepareBootstrap(options);
}

/**
 * Writes a prepared script down, as one file or several: as `split` or the plain flavor need them, with a README beside them. What it was
 * prepared with `oneTransaction` for is printed so. Writes nothing itself: `pieces` are the text, to be written one after the other.
 */
export async function renderScript(
  script: Script,
  form: ScriptForm = {},
): Promise<readonly [ScriptFile, ...ScriptFile[]]> {
  return (await import('./command/print.ts')).renderScript(script, form);
}

/**
 * The ledger alone as one script, for who may do more in the database than the role that migrates: behind this one needs no CREATE on the
 * database. Run again it changes nothing but the grants.
 */
export async function renderBootstrap(script: Script, form: BootstrapForm = {}): Promise<string> {
  return (await import('./command/print.ts')).renderBootstrap(script, form);
}

/** Measures a prepared upgrade or downgrade on a throwaway database, for the comments of its script. No text that is sent changes. */
export async function annotate(
  script: Script,
  options: AnnotateOptions = {},
): Promise<ReadonlyMap<string, Annotation>> {
  return (await import('./command/annotate.ts')).annotate(script, options);
}

/**
 * A script as `verifyScript` and `readReviewed` take it, from its file or from the folder of its files; none where there is no such file.
 * A relative path counts from `cwd`. Throws `input` for what is not UTF-8, and `usage` for what can't be read.
 */
export async function readScriptFiles(
  path: string,
  options: { readonly cwd?: string } = {},
): Promise<readonly GivenFile[]> {
  return (await import('./command/script-files.ts')).readScriptFiles(path, options);
}

/** Whether a script is still what these files make, byte for byte; and whether it would run now. */
export async function verifyScript(options: VerifyScriptOptions): Promise<VerifiedScript> {
  return (await import('./command/verify-script.ts')).verifyScript(options);
}

/**
 * What was reviewed, for `expect`: a script of any form, or the document of `plan --json`. Throws `usage` for anything else, and
 * `digest-differs` for a script that has the digest of what the project's files make and another text.
 */
export async function readReviewed(options: VerifyScriptOptions): Promise<Reviewed> {
  return (await import('./command/verify-script.ts')).readGiven(options);
}

/**
 * Runs a plan statement by statement on a throwaway database, and judges what it measured. The database it is for is only read, for sizes and
 * for what is pending there. With a range, one that can't be reached is a `warning` event and findings that are not weighed; without,
 * nobody knows what there is to review. A statement of the plan that fails is a finding, not an error. `renderReview` makes a report of what it resolves to.
 *
 * Throws `UpdownError`: `sql` where scratch can't be brought to where the plan starts, `irreversible` where there is no way back to
 * review, and what every command throws for targets, files and connections.
 */
export async function review(options: ReviewOptions = {}): Promise<Review> {
  return (await import('./command/review.ts')).review(options);
}

/**
 * Makes a report of what `review` resolves to: all of it as one text, to be printed or written to a file. Reads and writes nothing itself.
 * Whatever a file, a description or the server says is escaped as the format needs it. Paths in it are those of the review, relative to
 * its working folder.
 *
 * Throws `UpdownError` with `usage` for a format that there is not.
 */
export async function renderReview(
  review: Review,
  format: ReviewFormat,
  options: RenderReviewOptions = {},
): Promise<string> {
  return (await import('./report/render.ts')).renderReview(review, format, options);
}

/**
 * Runs each revision up, down and up again on throwaway databases, and compares the schema at each landing; then all down.sql in a row, and
 * what stands below each merge in both orders. A file of the range that fails is a verdict, not an error.
 *
 * Throws `UpdownError`: `sql` where scratch can't be brought to where the range starts, and what every command throws for targets, files and
 * connections.
 */
export async function verify(options: VerifyOptions = {}): Promise<Verification> {
  return (await import('./command/verify.ts')).verify(options);
}

/**
 * A schema as values and as text: the one of a database, or, with a target, the one that the files make on a throwaway database. The same
 * schema is the same text on every machine; servers of two major versions print some of it otherwise.
 */
export async function takeSnapshot(options: SnapshotOptions = {}): Promise<Snapshot> {
  return (await import('./command/snapshot.ts')).takeSnapshot(options);
}

/** The rules that a review judges by. */
export async function listRules(): Promise<readonly Rule[]> {
  return (await import('./review/rules/all.ts')).rules;
}

/** Where the database stands against the files, on one page. */
export async function status(options: StatusOptions = {}): Promise<Status> {
  return (await import('./command/status.ts')).readStatus(options);
}

/**
 * `status`, again and again until the database has all that the files hold (`hasHeads`), or time is up: for instances that must not migrate
 * themselves. Also waits for a server that is not there yet.
 */
export async function awaitHeads(options: AwaitOptions): Promise<Status> {
  return (await import('./command/await-heads.ts')).awaitHeads(options);
}

/** The applied heads. */
export async function current(options: CommandOptions = {}): Promise<Current> {
  return (await import('./command/history.ts')).current(options);
}

/** Revisions newest first, with what the database says of each; both ends of a `range` included, `current` allowed as an end. */
export async function history(options: HistoryOptions = {}): Promise<History> {
  return (await import('./command/history.ts')).history(options);
}

/** One revision, whole. */
export async function show(options: CommandOptions & { readonly target: string }): Promise<Details> {
  return (await import('./command/history.ts')).show(options);
}

/** The heads of the files, in graph order. */
export async function heads(options: CommandOptions = {}): Promise<readonly Revision[]> {
  return (await import('./command/history.ts')).heads(options);
}

/** Every revision that has more than one child. */
export async function branches(options: CommandOptions = {}): Promise<readonly Branching[]> {
  return (await import('./command/history.ts')).branches(options);
}

/** Starts a project: a configuration (unless there is one), a manifest, an example. Never overwrites anything. */
export async function init(options: InitOptions = {}): Promise<InitResult> {
  return (await import('./command/init.ts')).init(options);
}

/** A new folder with two files to fill in, and its line at the end of the manifest. */
export async function createRevision(options: RevisionOptions): Promise<Created> {
  return (await import('./command/revision.ts')).createRevision(options);
}

/** A revision that joins heads; its files stay empty unless the sides need something to fit together. */
export async function createMerge(options: MergeOptions): Promise<Merged> {
  return (await import('./command/revision.ts')).createMerge(options);
}

/**
 * Moves a revision and all that stands on it onto another head, in the manifest alone. Throws `sealed` for what was released, and `applied`
 * for what the database has, where one is named and reachable.
 */
export async function rebase(options: RebaseOptions): Promise<Rebased> {
  return (await import('./command/rebase.ts')).rebase(options);
}

/**
 * Writes the digests of released revisions' files into their lines of the manifest. From then on every command that plans or runs refuses a
 * file that differs, with `sealed`, whatever a database says. What is sealed already stays as it is.
 */
export async function seal(options: SealOptions = {}): Promise<SealResult> {
  return (await import('./command/seal.ts')).seal(options);
}

/**
 * What is wrong with the files, all at once and without a database. What another command would refuse is a finding here; it throws only where
 * there is no project to look at.
 */
export async function check(options: CheckOptions = {}): Promise<Check> {
  return (await import('./command/check.ts')).check(options);
}

/** How several heads become one, also of files that git has left in conflict: what `createMerge` and `rebase` are to be asked for. */
export async function listWays(options: CommandOptions = {}): Promise<Ways> {
  return (await import('./command/list-ways.ts')).listWays(options);
}

/** Takes over another tool's history: the same files give the same ids everywhere. Only into a project without revisions. */
export async function importTool(options: ImportOptions): Promise<ImportResult> {
  return (await import('./command/import.ts')).importTool(options);
}

export type { AnnotateOptions } from './command/annotate.ts';
export type { AwaitOptions } from './command/await-heads.ts';
export type { Check, CheckOptions } from './command/check.ts';
export type { Against } from './command/check-against.ts';
export type { CommandOptions } from './command/context.ts';
export type { DowngradeTarget } from './command/downgrade.ts';
export type { CheckCode, CheckFinding } from './command/finding.ts';
export { hasHeads } from './command/has-heads.ts';
export type { Branching, Current, Details, History, HistoryOptions, Shown } from './command/history.ts';
export type { ImportOptions, ImportResult } from './command/import.ts';
export type { InitOptions, InitResult } from './command/init.ts';
export { isVerified } from './command/is-verified.ts';
export type { Ways } from './command/list-ways.ts';
export type { MigrateOptions } from './command/migrate.ts';
export type { ScriptOptions } from './command/prepare.ts';
export type { BootstrapForm, ScriptForm } from './command/print.ts';
export type { Rebased, RebaseOptions } from './command/rebase.ts';
export type { ResetOptions, ResetPlan, ResetResult } from './command/reset.ts';
export type { ReviewOptions } from './command/review.ts';
export type { Created, Merged, MergeOptions, NewOptions, RevisionOptions } from './command/revision.ts';
export type { RunResult } from './command/run.ts';
export { listRunSteps, type RunStep } from './command/run-step.ts';
export type { SealOptions, SealResult } from './command/seal.ts';
export type { Snapshot, SnapshotOptions } from './command/snapshot.ts';
export type { StampTarget } from './command/stamp.ts';
export type { Status, StatusOptions } from './command/status.ts';
export type { DriftChoice, UpgradeTarget } from './command/upgrade.ts';
export type { Verification, VerifyOptions } from './command/verify.ts';
export type { VerifiedScript, VerifyScriptOptions } from './command/verify-script.ts';
export { wordReason } from './command/word-reason.ts';
export type { Peer } from './database/activity.ts';
export type { Server, Unfinished } from './database/ledger-state.ts';
export type { DriftItem } from './drift/drift.ts';
export { type ErrorCode, type Place, UpdownError } from './errors.ts';
export type { Move } from './graph/fork.ts';
export type { Revision } from './graph/revision.ts';
export type { Decision } from './import/foreign.ts';
export { redact } from './libpq/redact.ts';
export type { Op, Plan } from './plan/plan.ts';
export type { RenderReviewOptions, ReviewFormat } from './report/render.ts';
export { wrapMessage, wrapText } from './report/wrap.ts';
export type { Change } from './review/change.ts';
export type { Build, Lock, LockMode, Rows } from './review/effects.ts';
export type { Failure, Missing, Notice, SharedEffect, UnindexedKey } from './review/measured.ts';
export {
  type Finding,
  findingsOf,
  hasFindings,
  isIncomplete,
  type Production,
  type Review,
  type ReviewedStatement,
  type ReviewedStep,
} from './review/review.ts';
export type { Drift, Hit, Rule, Severity } from './review/rules/rule.ts';
export type { Emit, Event } from './run/event.ts';
export { renderFailure } from './run/failed-script.ts';
export type { Change as SchemaChange } from './schema/change.ts';
export { mayDiffer } from './schema/may-differ.ts';
export { wordChange } from './schema/word.ts';
export type { GivenFile } from './script/compare.ts';
export type { Annotation, Reviewed, ScriptFile } from './script/header.ts';
export type { Difference } from './script/reviewed.ts';
export type { Script, ScriptStep } from './script/script.ts';
export { renderExcerpt } from './sql/excerpt.ts';
export { quoteWord, sanitizeJson, sanitizeLine } from './sql/quote.ts';
export { slicesOf } from './sql/slices.ts';
export { didYouMean } from './suggest.ts';
export type { ChainVerdict } from './verify/chain.ts';
export type { ExistingVerdict } from './verify/existing.ts';
export type { MergeVerdict } from './verify/merges.ts';
export type { Lost, RowsVerdict } from './verify/rows.ts';
export { isJudged, isRestored, isSound, onlyOf, type RevisionVerdict } from './verify/verdict.ts';
export { readVersion } from './version.ts';
export { agree, cutText, displayWidth, listSome, plural, printHeads } from './words.ts';
