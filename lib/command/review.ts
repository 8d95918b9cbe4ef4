import type { History } from '../database/history.ts';
import { readRelations } from '../database/relations.ts';
import { redact } from '../database/target.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { ancestorsOf, appliedHeadsOf, effectiveHeadsOf, inOrder } from '../graph/walk.ts';
import { planDowngrade } from '../plan/downgrade.ts';
import type { Plan } from '../plan/plan.ts';
import { goesDown, resolveDowngradeRange, resolveUpgradeRange } from '../plan/range.ts';
import { restorePlan } from '../plan/restore.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import { judge } from '../review/judge.ts';
import type { Measurement } from '../review/measured.ts';
import type { Finding, Production, Review, ReviewedStep } from '../review/review.ts';
import { compilePlan } from './compile.ts';
import { type CommandOptions, type Context, openContext, withSession } from './context.ts';
import { measureOnScratch, type ScratchChoice } from './on-scratch.ts';
import { readLedger } from './read.ts';
import { type Standing, standAt, standIn } from './standing.ts';

export interface ReviewOptions extends CommandOptions, ScratchChoice {
  /**
   * `a:b`, or `b` from base; a `b` below `a` is a downgrade. Without it: what the database lacks; where none is named, the last revision
   * of each head.
   */
  readonly range?: string;
  /** Review the way back of that plan: each down.sql, newest first. */
  readonly down?: boolean;
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
  const context = openContext(options);
  const { project, emit } = context;
  const { plan, standing } = await decide(context, options);
  const script = await compilePlan(project, plan, standing, () => {});
  const measurement = await measureOnScratch(context, plan, new Set(standing.applied.keys()), options);
  const production = await readProduction(context, measurement);
  const steps = judge(measurement, production).map(withoutSecrets);
  if (production !== undefined) warnOfVersion(production, measurement, emit);
  return {
    scratch: measurement.scratch,
    steps,
    from: plan.from,
    to: plan.to,
    digest: script.digest,
    graph: project.graph,
    unmeasured: plan.steps.slice(steps.length).map(({ id }) => id),
    production,
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
      ...(statement.error && { error: { ...statement.error, message: redact(statement.error.message) } }),
    })),
  };
}

interface Decided {
  readonly plan: Plan;
  readonly standing: Standing;
}

async function decide(context: Context, { range, down = false }: ReviewOptions): Promise<Decided> {
  const { project } = context;
  const { graph } = project;
  if (range !== undefined && goesDown(graph, range)) {
    const { applied, targets } = resolveDowngradeRange(graph, range);
    return { plan: planDowngrade(graph, applied, targets[0]!), standing: standAt(project, applied) };
  }
  const forth = await decideForth(context, range);
  if (!down) return forth;
  const steps = forth.plan.steps.toReversed().map(({ id }) => ({ op: 'down' as const, id }));
  const { plan, applied } = restorePlan(graph, { digest: '', from: forth.plan.to, steps });
  return { plan, standing: standAt(project, applied) };
}

async function decideForth(context: Context, range: string | undefined): Promise<Decided> {
  const { project } = context;
  const { graph } = project;
  if (range !== undefined) {
    const { applied, targets } = resolveUpgradeRange(graph, range);
    return { plan: planUpgrade(graph, applied, targets), standing: standAt(project, applied) };
  }
  if (context.namesDatabase()) {
    const history = await readPending(context);
    const standing = standIn(project, history);
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
async function readPending(context: Context): Promise<History> {
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
async function readProduction(context: Context, { steps }: Measurement): Promise<Production | undefined> {
  if (!context.namesDatabase() || context.isEmbedded() || steps.length === 0) return undefined;
  const names = steps.flatMap(({ statements }) =>
    statements.flatMap(({ locks, scans, rewrites, changes }) => [
      ...locks.flatMap(({ relation, kind }) => (kind === 'index' ? [] : [relation])),
      ...scans,
      ...rewrites,
      ...changes.flatMap(({ relation }) => relation ?? []),
    ]),
  );
  try {
    return await withSession(context, async (session) => ({
      database: context.describe(),
      version: (session.parameters.get('server_version') ?? '').split(' ')[0] ?? '',
      relations: await readRelations(session, [...new Set(names)]),
    }));
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    context.emit({ kind: 'warning', message: `${error.message}: findings are not weighed by what is there` });
    return undefined;
  }
}

function warnOfVersion({ version }: Production, { scratch }: Measurement, emit: Context['emit']): void {
  const major = Number.parseInt(version, 10);
  if (scratch.includes(`PostgreSQL ${major}.`) || Number.isNaN(major)) return;
  emit({
    kind: 'warning',
    message: `the database runs PostgreSQL ${version}, scratch is ${scratch}: for its own verdicts, name a server of that version with --scratch`,
  });
}
