import type { Plan } from '../plan/plan.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import { listCommitted } from '../project/committed.ts';
import { findCommits, readObjects } from '../project/git.ts';
import { manifestName, type Project } from '../project/load.ts';
import { parseManifest } from '../project/manifest.ts';

/** What a branch adds to what was there before. */
export interface Added {
  /** The revisions that the manifest had where the branch has left the other one. */
  readonly applied: ReadonlySet<string>;
  readonly plan: Plan;
}

/** Asks git what the branch that is checked out adds since it has left this branch, tag or commit. Throws `git` where git can't say. */
export async function readAdded(project: Project, ref: string): Promise<Added> {
  const { graph } = project;
  const known = await readIdsAt(project, ref);
  const applied = new Set(graph.order.filter((id) => known.has(id)));
  return { applied, plan: planUpgrade(graph, applied, ['heads'], { includeLate: true }) };
}

/** None where there was no manifest yet. */
async function readIdsAt(project: Project, ref: string): Promise<ReadonlySet<string>> {
  const { folder, shownFolder } = project;
  const { commit, mergeBase = commit } = await findCommits(folder, shownFolder, ref);
  const object = (await listCommitted(project, mergeBase)).get(manifestName);
  if (object === undefined) return new Set();
  const text = (await readObjects(folder, [object])).get(object);
  const { revisions } = parseManifest(
    Buffer.from(text ?? '').toString('utf8'),
    `${shownFolder}/${manifestName} of ${ref}`,
  );
  return new Set(revisions.map(({ id }) => id));
}
