/** The library: the command line is its first user and uses nothing else. */

export { type AnnotateOptions, annotate } from './command/annotate.ts';
export { type AwaitOptions, awaitHeads } from './command/await-heads.ts';
export { prepareBootstrap } from './command/bootstrap.ts';
export type { CommandOptions } from './command/context.ts';
export { type DowngradeTarget, downgrade, prepareDowngrade } from './command/downgrade.ts';
export {
  type Branching,
  branches,
  type Current,
  current,
  type Details,
  heads,
  history,
  type Shown,
  show,
} from './command/history.ts';
export { type ImportOptions, type ImportResult, importTool } from './command/import.ts';
export { type InitOptions, type InitResult, init } from './command/init.ts';
export type { MigrateOptions } from './command/migrate.ts';
export type { ScriptOptions } from './command/prepare.ts';
export { type ReviewOptions, review } from './command/review.ts';
export {
  type Created,
  createMerge,
  createRevision,
  type MergeOptions,
  type NewOptions,
  type RevisionOptions,
} from './command/revision.ts';
export type { RunResult } from './command/run.ts';
export type { RunStep } from './command/run-step.ts';
export { prepareStamp, type StampTarget, stamp } from './command/stamp.ts';
export { type Status, status } from './command/status.ts';
export { prepareUpgrade, type UpgradeTarget, upgrade } from './command/upgrade.ts';
export { type VerifiedScript, type VerifyScriptOptions, verifyScript } from './command/verify-script.ts';
export { type ErrorCode, type Place, UpdownError } from './errors.ts';
export type { Revision } from './graph/revision.ts';
export type { Block } from './plan/block.ts';
export type { Op, Plan, Step } from './plan/plan.ts';
export { type Difference, type Reviewed, readReviewed } from './plan/reviewed.ts';
export type { Script, ScriptStep } from './plan/script.ts';
export { loadProject, type Project, type ProjectOptions } from './project/load.ts';
export { type RenderReviewOptions, type ReviewFormat, renderReview } from './report/render.ts';
export type {
  Build,
  Change,
  Failure,
  Lock,
  LockMode,
  Missing,
  Notice,
  Rows,
  SharedEffect,
  UnindexedKey,
} from './review/measured.ts';
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
export { rules } from './review/rules/all.ts';
export type { Drift, Hit, Rule, Severity } from './review/rules/rule.ts';
export { type BootstrapOptions, renderBootstrap, renderPlainBootstrap } from './run/bootstrap.ts';
export type { Emit, Event } from './run/event.ts';
export type { Annotation, RenderOptions, ScriptFile } from './run/header.ts';
export { renderPlain } from './run/plain.ts';
export { renderScript } from './run/render.ts';
export { renderSplit } from './run/split.ts';
