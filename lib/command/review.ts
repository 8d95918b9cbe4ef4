import { readMachine } from '../database/machine.ts';
import { readRelations } from '../database/relations.ts';
import { parseTarget } from '../database/target-parse.ts';
import { isUpdownError } from '../errors.ts';
import { ancestorsOf, appliedHeadsOf, effectiveHeadsOf, inOrder } from '../graph/walk.ts';
import { applicationName } from '../plan/ledger.ts';
import { pinSettings } from '../plan/pins.ts';
import type { Plan } from '../plan/plan.ts';
import { resolveUpgradeRange } from '../plan/range.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import type { Project } from '../project/load.ts';
import { judge } from '../review/judge.ts';
import { measure, type Piece } from '../review/measure.ts';
import type { Measurement } from '../review/measured.ts';
import type { Production, Review } from '../review/review.ts';
import { withScratch } from '../review/scratch.ts';
import { inspect } from '../sql/gate.ts';
import { loadParser } from '../sql/parser.ts';
import { compilePlan } from './compile.ts';
import { type CommandOptions, type Context, openContext, withSession } from './context.ts';
import { tryLedger } from './read.ts';
import { type Standing, standAt, standIn } from './standing.ts';

export interface ReviewOptions extends CommandOptions {
  /** `a:b`, or `b` from base. Without it: what the database lacks; where none is named, the last revision of each head. */
  readonly range?: string;
  /** A server where a temporary database is made and dropped again; without one, PostgreSQL in this process. */
  readonly scratch?: string;
}

/** Runs a plan statement by statement on a throwaway database, and judges what it measured. The database it is for is only read. */
export async function review(options: ReviewOptions = {}): Promise<Review> {
  const context = openContext(options);
  const { project, emit } = context;
  const { plan, standing } = await decide(context, options.range);
  await loadParser();
  const measurement = await measureOnScratch(context, plan, standing, options);
  const production = await readProduction(context, measurement);
  const script = await compilePlan(project, plan, standing, () => {});
  const steps = judge(measurement, production);
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

interface Decided {
  readonly plan: Plan;
  readonly standing: Standing;
}

async function decide(context: Context, range: string | undefined): Promise<Decided> {
  const { project } = context;
  const { graph } = project;
  if (range !== undefined) {
    const { applied, targets } = resolveUpgradeRange(graph, range);
    return { plan: planUpgrade(graph, applied, targets), standing: standAt(project, applied) };
  }
  const history = await tryLedger(context, 'state');
  if (history !== undefined) {
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

async function measureOnScratch(
  { project, emit, signal }: Context,
  plan: Plan,
  { applied }: Standing,
  { scratch, env = process.env }: ReviewOptions,
): Promise<Measurement> {
  const { config, graph, manifest } = project;
  const history = inOrder(graph, new Set(applied.keys())).map((id) => toPiece(project, id));
  const pieces = plan.steps.map(({ id }) => toPiece(project, id));
  if (pieces.length === 0) return { scratch: 'nothing to run', steps: [] };
  const url = scratch ?? config.scratch;
  const { lockTimeout, statementTimeout } = config;
  const pins = pinSettings(config.settings, { lockTimeout, statementTimeout });
  return withScratch(
    {
      target: url === undefined ? undefined : parseTarget(url, env, readMachine()),
      extensions: findExtensions([...history, ...pieces]),
      applicationName: applicationName(manifest.project),
      signal,
    },
    (open) => measure(open, { history, plan: pieces, pins, emit, signal }),
  );
}

function toPiece(project: Project, id: string): Piece {
  const name = project.graph.nodes.get(id)?.message ?? '';
  return { op: 'up', id, name, inspected: inspect(project.read(id, 'up'), { direction: 'up' }) };
}

function findExtensions(pieces: readonly Piece[]): readonly string[] {
  const named = pieces.flatMap(({ inspected }) =>
    Array.from(
      inspected.source.text.matchAll(/\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)/gi),
      ([, name = '']) => name.toLowerCase(),
    ),
  );
  return [...new Set(named)].filter((name) => name !== 'plpgsql');
}

/** A database that can't be reached makes a shorter report, not a failure. */
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
