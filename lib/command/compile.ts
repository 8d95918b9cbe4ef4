import { alone, type Frame, joined } from '../plan/block.ts';
import { pinSettings } from '../plan/pins.ts';
import type { Plan } from '../plan/plan.ts';
import { compileScript, type Script } from '../plan/script.ts';
import { describeStart } from '../plan/start.ts';
import type { Project } from '../project/load.ts';
import type { Emit } from '../run/event.ts';
import type { Standing } from './standing.ts';

/** The plan as the texts to send. */
export async function compilePlan(
  project: Project,
  plan: Plan,
  standing: Standing,
  emit: Emit,
  frame: Frame = alone,
): Promise<Script> {
  const { config, manifest } = project;
  const ledger = { schema: config.ledger.schema, project: manifest.project };
  const { lockTimeout, statementTimeout } = config;
  const pins = pinSettings(config.settings, { lockTimeout, statementTimeout });
  const start = describeStart(plan, standing.applied);
  if (plan.steps.length === 0) return compileScript({ ledger, pins, frame, plan, start, steps: [] });
  // All that reads SQL is worth its start-up only where there is SQL to run or emit.
  const { makeSteps } = await import('./steps.ts');
  const steps = await makeSteps(project, plan, { ledger, pins, frame, emit });
  if (frame === joined) (await import('../plan/joined.ts')).refuseJoined(steps);
  return compileScript({ ledger, pins, frame, plan, start, steps });
}
