import type { Graph } from '../graph/graph.ts';
import { nodeOf } from '../graph/node-of.ts';
import { listReplaced, type Replaced, type Revision } from '../graph/revision.ts';
import { type ClosedRun, labelsOf } from '../graph/run.ts';
import type { Project } from '../project/load.ts';
import { digestSql } from '../sql/read.ts';
import type { Texts } from './squash-text.ts';

/** What the manifest says of the one revision. */
export function toRevision(
  project: Project,
  { ids, last, below }: ClosedRun,
  { up, down, message, commit }: Texts & { readonly message: string; readonly commit: string | undefined },
): Revision {
  const { graph } = project;
  const own = nodeOf(graph, last);
  const digests = { up: digestSql(up, 'up.sql'), down: digestSql(down, 'down.sql') };
  return {
    ...own,
    message,
    parents: below === undefined ? [] : [below],
    dependsOn: [],
    labels: labelsOf(graph, ids),
    sealed: own.sealed === undefined ? undefined : digests,
    replaces: toReplaced(graph, ids, { last, digest: project.read(last, 'up').digest, commit }),
  };
}

/** With what they had replaced themselves. */
function toReplaced(
  graph: Graph<Revision>,
  ids: readonly string[],
  { last, digest, commit }: { readonly last: string; readonly digest: string; readonly commit: string | undefined },
): Replaced {
  const revisions = ids.filter((id) => id !== last);
  const before = ids.flatMap((id) => {
    const old = nodeOf(graph, id).replaces;
    return old === undefined ? [] : listReplaced(old);
  });
  const up = [digest, ...(nodeOf(graph, last).replaces?.up ?? [])];
  return { revisions, before, up, commit };
}
