import type { Op } from '../plan/plan.ts';
import type { ScriptStep } from '../script/script.ts';

/** One revision that a step changes. */
export interface RunStep {
  readonly op: Op;
  readonly id: string;
  /** Of its files; null where a stamp names a revision and runs none. */
  readonly folder: string | null;
  readonly transactional: boolean;
}

/** A stamp is one step of several revisions. */
export function listRunSteps({ file, entries, transactional }: ScriptStep): readonly RunStep[] {
  const folder = file?.path.split('/')[0] ?? null;
  return entries.map(({ op, id }) => ({ op, id, folder, transactional }));
}
