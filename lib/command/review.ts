import { setImmediate } from 'node:timers/promises';
import type { LedgerState } from '../database/ledger-state.ts';
import { hasRelation, readRelations } from '../database/relations.ts';
import type { Session } from '../database/session.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { ancestorsOf, appliedHeadsOf, effectiveHeadsOf, inOrder } from '../graph/walk.ts';
import { redact } from '../libpq/redact.ts';
import { planDowngrade } from '../plan/downgrade.ts';
import type { Plan } from '../plan/plan.ts';
import { goesDown, resolveDowngradeRange, resolveUpgradeRange } from '../plan/range.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import { findThere, keyOf } from '../review/builtins.ts';
import { refuseInterrupted } from '../review/file-under-test.ts';
import { judge } from '../review/judge.ts';
import type { Measurement } from '../review/measured.ts';
import { readDrift } from '../review/read-drift.ts';
import type { Finding, Production, Review, ReviewedStep } from '../review/review.ts';
import type { Drift } from '../review/rules/rule.ts';
import type { Event } from '../run/event.ts';
import { restorePlan } from '../script/restore.ts';
import { plural } from '../words.ts';
import { readAdded } from './added.ts';
import { compilePlan } from './compile.ts';
import { type CommandOptions, type Context, openContext, withSession } from './context.ts';
import { measureOnScratch, type ScratchChoice } from './on-scratch.ts';
import { readLedger } from './read.ts';
import { scratchUrlOf } from './scratch-url.ts';
import { type Standing, standAt, standIn } from './standing.ts';

export interface ReviewOptions extends CommandOptions, ScratchChoice {
  /**
   * `a:b`, or `b` from base; a `b` below `a` is a downgrade. Without it: what the database lacks; where none is named, the last revision
   * of each head.
   */
  readonly range?: string | undefined;
  /** Only what the manifest lacked where the branch that is checked out has left this branch, tag or commit: what the branch adds. */
  readonly since?: string | undefined;
  /** Review the way back of that plan: each down.sql, newest first. */
  readonly down?: boolean | undefined;
}

export async function review(options: ReviewOptions = {}): Promise<Review> {
  const context = openContext(options);
  return reviewPlan(context, await decide(context, options), options);
}

/** Of a plan that is decided. */
export async function reviewPlan(context: Context, decided: Decided, options: ScratchChoice): Promise<Review> {
  const { project, emit } = context;
  const { plan, standing } = decided;
  const script = await compilePlan(project, plan, standing, () => {});
  const warnings: string[] = [];
  const warn: Warn = (message) => {
    warnings.push(redact(message));
    emit({ kind: 'warning', message });
  };
  const compares = asksDatabase(context);
  if (plan.steps.length > 0) emit(announce(context, options));
  const isThere = compares ? askRelation(context) : undefined;
  const measurement = await measureOnScratch(context, plan, new Set(standing.applied.keys()), options, isThere);
  const lacking = wordLacking(measurement);
  if (lacking !== undefined) warn(lacking);
  const production = await readProduction(context, measurement, standing, warn);
  const steps = judge(measurement, production).map(withoutSecrets);
  // Judging a long plan takes seconds, in which no signal is heard.
  await setImmediate();
  refuseInterrupted(context);
  const version = production && wordVersion(production, measurement);
  if (version !== undefined) warn(version);
  return {
    project: project.manifest.project,
    database: context.namesDatabase() ? context.describe() : undefined,
    scratch: measurement.scratch,
    steps,
    from: plan.from,
    to: plan.to,
    digest: script.digest,
    graph: project.graph,
    unmeasured: plan.steps.slice(steps.length).map(({ id }) => id),
    production,
    setup: project.readSetup()?.file,
    shared: measurement.shared,
    missing: measurement.missing.map((one) => ({ ...one, message: redact(one.message) })),
    warnings,
  };
}

/** Said first, since who names a production database wants to know what becomes of it. */
function announce(context: Context, options: ScratchChoice): Extract<Event, { kind: 'measuring' }> {
  const isServer = scratchUrlOf(context.project, options) !== undefined;
  const where = isServer ? 'a temporary database of the scratch server' : 'a PostgreSQL in this process';
  return {
    kind: 'measuring',
    scratch: where,
    database: asksDatabase(context) ? context.describe() : undefined,
  };
}

/** A report goes further than a terminal: into a pull request, a mail (F65). */
function withoutSecrets(step: ReviewedStep): ReviewedStep {
  const clean = (finding: Finding): Finding => ({
    ...finding,
    message: redact(finding.message),
    advice: redact(finding.advice),
  });
  return {
    ...step,
    findings: step.findings.map(clean),
    statements: step.statements.map((statement) => ({
      ...statement,
      text: redact(statement.text),
      findings: statement.findings.map(clean),
      notices: statement.notices.map((notice) => ({ ...notice, message: redact(notice.message) })),
      error: statement.error && { ...statement.error, message: redact(statement.error.message) },
    })),
  };
}

export interface Decided {
  readonly plan: Plan;
  readonly standing: Standing;
}

async function decide(context: Context, { range, since, down = false }: ReviewOptions): Promise<Decided> {
  const { project } = context;
  const { graph } = project;
  if (range !== undefined && goesDown(graph, range)) {
    const { applied, targets } = resolveDowngradeRange(graph, range);
    return { plan: planDowngrade(graph, applied, targets[0]!), standing: standAt(project, applied) };
  }
  const forth = await decideForth(context, range, since);
  if (!down) return forth;
  const steps = forth.plan.steps.toReversed().map(({ id }) => ({ op: 'down' as const, id }));
  const { plan, applied } = restorePlan(graph, { digest: '', from: forth.plan.to, steps });
  return { plan, standing: standAt(project, applied) };
}

async function decideForth(context: Context, range: string | undefined, since: string | undefined): Promise<Decided> {
  const { project } = context;
  const { graph } = project;
  if (since !== undefined) {
    const { applied, plan } = await readAdded(project, since);
    return { plan, standing: standAt(project, applied) };
  }
  if (range !== undefined) {
    const { applied, targets } = resolveUpgradeRange(graph, range);
    return { plan: planUpgrade(graph, applied, targets), standing: standAt(project, applied) };
  }
  if (context.namesDatabase()) {
    const state = await readPending(context);
    const standing = standIn(project, state);
    const applied = new Set(standing.applied.keys());
    return { plan: planUpgrade(graph, applied, ['heads'], { includeLate: true }), standing };
  }
  const heads = new Set(effectiveHeadsOf(graph));
  const applied = ancestorsOf(
    graph,
    graph.order.filter((id) => !heads.has(id)),
  );
  const steps = inOrder(graph, heads).map((id) => ({ op: 'up' as const, id }));
  const plan = { steps, from: appliedHeadsOf(graph, applied), to: [...heads] };
  return { plan, standing: standAt(project, applied) };
}

/** A guess of it would let pass what nobody has looked at. */
async function readPending(context: Context): Promise<LedgerState> {
  try {
    return await readLedger(context, 'state');
  } catch (error) {
    if (!isUpdownError(error) || error.code !== 'connection') throw error;
    throw new UpdownError('connection', `${error.message}: what is pending there is not known`, {
      hint: `${error.hint ?? ''} Or say what to review: updown review <from>:<to>`.trim(),
      cause: error,
    });
  }
}

/** A database that can't be reached makes findings that are not weighed, not a failure. */
async function readProduction(
  context: Context,
  measurement: Measurement,
  standing: Standing,
  warn: Warn,
): Promise<Production | undefined> {
  const { steps } = measurement;
  if (!asksDatabase(context) || steps.length === 0) return undefined;
  const names = steps.flatMap(({ statements }) =>
    statements.flatMap(({ locks, scans, rewrites, changes }) => [
      ...locks.flatMap(({ relation, kind }) => (kind === 'index' ? [] : [relation])),
      ...scans,
      ...rewrites,
      ...changes.flatMap(({ relation }) => relation ?? []),
    ]),
  );
  try {
    const found = await withSession(context, async (session) => ({
      database: context.describe(),
      version: (session.parameters.get('server_version') ?? '').split(' ')[0] ?? '',
      relations: await readRelations(session, [...new Set(names)]),
    }));
    const lacks = await compared(context, warn, (session) => readLacks(session, measurement));
    const drift = await readOwnDrift(context, measurement, standing, warn);
    return { ...found, lacks, drift };
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    warn(`${error.message}: findings are not weighed by what is there`);
    return undefined;
  }
}

type Warn = (message: string) => void;

function asksDatabase(context: Context): boolean {
  return context.namesDatabase() && !context.isEmbedded();
}

/** Asked only where a statement of the plan needs a relation that no file makes. One that can't be asked does not have it, and is told below. */
function askRelation(context: Context): (name: string, schema: string | undefined) => Promise<boolean> {
  return (name, schema) =>
    withSession(context, (session) => hasRelation(session, name, schema)).catch((error: unknown) => {
      if (!isUpdownError(error)) throw error;
      return false;
    });
}

/** Built-in functions, types and settings that the plan uses on scratch and that one has not. */
async function readLacks(session: Session, { builtins = [] }: Measurement): Promise<ReadonlySet<string>> {
  const there = new Set((await findThere(session, builtins, 'anybody')).map(keyOf));
  return new Set(builtins.map(keyOf).filter((key) => !there.has(key)));
}

/** Only a database that stands where the plan starts can be compared with scratch as it was then. */
async function readOwnDrift(
  context: Context,
  { start, steps, missing }: Measurement,
  standing: Standing,
  warn: Warn,
): Promise<Drift | undefined> {
  if (start === undefined) return undefined;
  if (missing.length > 0) {
    warn('the catalogs of the database were not compared with scratch, which lacks a part of the history');
    return undefined;
  }
  const state = await compared(context, warn, () => readLedger(context, 'state'));
  if (state === undefined) return undefined;
  const there = [...standIn(context.project, state).applied.keys()];
  // Where nothing is recorded, other tables may still be what the history made.
  const mayStandThere = there.length === 0 && (state.strangers ?? []).length > 0;
  const standsThere = there.length === standing.applied.size && there.every((id) => standing.applied.has(id));
  if (standsThere || mayStandThere) return compared(context, warn, (session) => readDrift(session, start, steps));
  warn('the catalogs of the database were not compared with scratch: it does not stand where the plan starts');
  return undefined;
}

/** Looking may take too long there, or may not be allowed: the report says so, and holds without it. */
async function compared<T>(
  context: Context,
  warn: Warn,
  read: (session: Session) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await withSession(context, read);
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    warn(`the catalogs of the database were not compared with scratch: ${error.message}`);
    return undefined;
  }
}

function wordVersion({ version }: Production, { scratch }: Measurement): string | undefined {
  const major = Number.parseInt(version, 10);
  if (scratch.includes(`PostgreSQL ${major}.`) || Number.isNaN(major)) return undefined;
  return `the database runs PostgreSQL ${version}, scratch is ${scratch}: for its own verdicts, name a server of that version with --scratch`;
}

function wordLacking({ missing, steps }: Measurement): string | undefined {
  const causes = missing.filter(({ follows }) => !follows);
  const planned = steps.flatMap(({ statements }) =>
    statements.flatMap(({ error }) => (error?.cause === 'missing' ? [error] : [])),
  );
  const parts = [
    ...(causes.length === 0 ? [] : [`a part of the history (${wordCount(missing)}): ${wordAll(causes)}`]),
    ...(planned.length === 0 ? [] : [`what the plan needs (${wordCount(planned)}): ${wordAll(planned)}`]),
  ];
  if (parts.length === 0) return undefined;
  return `scratch lacks ${parts.join('; and ')}. What needs it was not measured. Make it in a file that "scratch": { "setup": "<file>" } of updown.json names, or name a server that has it: --scratch postgres://…`;
}

function wordCount({ length }: readonly unknown[]): string {
  return plural(length, 'statement');
}

function wordAll(causes: readonly { readonly message: string }[]): string {
  return [...new Set(causes.map(({ message }) => message))].join('; ');
}
