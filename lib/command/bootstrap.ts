import type { Script } from '../script/script.ts';
import { compilePlan } from './compile.ts';
import { type CommandOptions, openContext } from './context.ts';

export function prepareBootstrap(options: CommandOptions): Promise<Script> {
  const { project, emit } = openContext(options);
  const nothing = { steps: [], from: [], to: [] };
  return compilePlan(project, nothing, { applied: new Map(), hasLedger: false }, emit);
}
