import { needsOf } from '../graph/walk.ts';
import type { Plan } from '../plan/plan.ts';
import { wholesOf } from '../plan/replaced.ts';
import { describeStart } from '../plan/start.ts';
import type { Project } from '../project/load.ts';
import type { Emit } from '../run/event.ts';
import type { Transactions } from '../script/block.ts';
import { compileScript, type Script } from '../script/script.ts';
import { askedOf, type Pins, pinSettings } from '../script/settings.ts';
import type { Standing } from './standing.ts';

/** The plan as the texts to send; with what the connection asks for, where it is for one: a script for any has none of it. */
export async function compilePlan(
  project: Project,
  plan: Plan,
  standing: Standing,
  emit: Emit,
  { transactions = 'each', connection }: { readonly transactions?: Transactions; readonly connection?: Pins } = {},
): Promise<Script> {
  const { config, manifest } = project;
  const ledger = { schema: config.ledger.schema, project: manifest.project };
  const pins = pinSettings(config, connection);
  const asked = askedOf(connection ?? new Map());
  const start = describeStart(plan, standing.applied);
  const folding = await findFolding(project, plan, standing);
  const about = { ledger, pins, asked, transactions, plan, start, folding };
  if (plan.steps.length === 0) return compileScript({ ...about, steps: [] });
  // All that reads SQL is worth its start-up only where there is SQL to run or emit.
  const { makeSteps } = await import('./steps.ts');
  const steps = await makeSteps(project, plan, {
    ledger,
    pins,
    transactions,
    emit,
    isOffline: connection === undefined,
  });
  if (transactions === 'one') (await import('../script/one-transaction.ts')).refuseJoined(steps);
  return compileScript({ ...about, steps });
}

/** Of the revisions that stand for several, those that a ledger may have singly where this plan starts, or is run again. */
async function findFolding(project: Project, { steps }: Plan, { applied }: Standing): Promise<string | undefined> {
  const { graph, config } = project;
  const met = new Set([...applied.keys(), ...steps.map(({ id }) => id)]);
  const wholes = wholesOf(graph).filter(({ id }) => met.has(id));
  if (wholes.length === 0) return undefined;
  const { printFolding } = await import('../script/folding.ts');
  const known = wholes.map((whole) => ({
    ...whole,
    digest: project.read(whole.id, 'up').digest,
    standsOn: needsOf(graph)(whole.id),
  }));
  // A stamp may be what says that all of it is there.
  const refuses = !steps.some(({ op }) => op === 'stamp' || op === 'unstamp');
  return printFolding(config.ledger.schema, known, refuses);
}
