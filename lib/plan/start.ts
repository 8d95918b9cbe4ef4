import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';

/** The state a plan starts from, in a form a script can check on the server without listing a whole history. */
export interface Start {
  /** Heads applied before the first step. */
  readonly heads: readonly string[];
  /** All that is applied: for who has to come to this state on another database, never printed. */
  readonly applied: ReadonlySet<string>;
  /** How many revisions are applied that the plan does not touch, and sha256 over their ids. */
  readonly untouched: number;
  readonly ids: string;
  /** sha256 over ids and digests; only an upgrade asks that what it stands on is unedited. */
  readonly contents: string | undefined;
  /** The same as `ids` with what the plan touches: the whole state. */
  readonly all: string;
  /** sha256 of the heads, the ids and the contents. */
  readonly digest: string;
}

/** `applied` maps each applied revision to the digest of the SQL it was applied from. */
export function describeStart(plan: Plan, applied: ReadonlyMap<string, string>): Start {
  const touched = new Set(plan.steps.map((step) => step.id));
  const sorted = [...applied.keys()].sort();
  const untouched = sorted.filter((id) => !touched.has(id));
  const upgrade = plan.steps.every((step) => step.op === 'up');
  const ids = sha256(untouched);
  const contents = upgrade ? sha256(untouched.map((id) => `${id} ${applied.get(id)}`)) : undefined;
  const digest = sha256([ids, contents ?? '', ...plan.from]);
  const all = untouched.length === sorted.length ? ids : sha256(sorted);
  const ours = new Set(applied.keys());
  return { heads: plan.from, applied: ours, untouched: untouched.length, ids, contents, all, digest };
}

function sha256(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
