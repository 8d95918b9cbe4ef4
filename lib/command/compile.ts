import type { Plan } from '../plan/plan.ts';
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
  if (plan.steps.length === 0) return compileScript({ ledger, pins, asked, transactions, plan, start, steps: [] });
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
  return compileScript({ ledger, pins, asked, transactions, plan, start, steps });
}
