import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveAll } from '../graph/resolve.ts';
import type { Revision } from '../graph/revision.ts';
import { ancestorsOf, inOrder } from '../graph/walk.ts';
import { loadProject, type ProjectOptions } from '../project/load.ts';
import { replaceRevisions } from '../project/save.ts';
import { findBrokenSeals, sealOf, wordBrokenSeal } from '../project/seal.ts';

export interface SealOptions extends ProjectOptions {
  /** It and all that stands below it; default `head`. */
  readonly target?: string | undefined;
  /** Exactly these sealed revisions, from their files as they are now. */
  readonly renew?: readonly string[] | undefined;
}

export interface SealResult {
  /** Those that got a seal, or another one, in graph order. */
  readonly sealed: readonly Revision[];
  /** How many of the files' revisions have one now. */
  readonly total: number;
  readonly revisions: number;
}

/** Writes the digests of released revisions' files into the manifest: from then on an edit of one is an error. */
export function seal({ target = 'head', renew = [], ...options }: SealOptions = {}): SealResult {
  const project = loadProject(options);
  const { graph } = project;
  const renewed = renew.map((name) => findSealed(graph, name));
  const broken = findBrokenSeals(project).filter(({ id }) => !renewed.includes(id));
  const ids = renew.length > 0 ? new Set(renewed) : findBelow(graph, target);
  // What would be sealed stands beside it: an edit that nobody has seen is not to be released with it.
  const [first, ...more] = broken;
  if (first !== undefined) throw wordBrokenSeal(first, more);
  const sealed = inOrder(graph, ids).flatMap((id) => {
    const revision = graph.nodes.get(id) as Revision;
    const now = sealOf(project, id);
    const isSame = revision.sealed?.up === now.up && revision.sealed.down === now.down;
    return isSame ? [] : [{ ...revision, sealed: now }];
  });
  replaceRevisions(project, sealed);
  const already = [...graph.nodes.values()].filter((revision) => revision.sealed !== undefined);
  const total = new Set([...already, ...sealed].map(({ id }) => id)).size;
  return { sealed, total, revisions: graph.nodes.size };
}

function findBelow(graph: Graph<Revision>, target: string): ReadonlySet<string> {
  return ancestorsOf(graph, resolveAll(graph, target));
}

function findSealed(graph: Graph<Revision>, name: string): string {
  const [id = name, ...more] = resolveAll(graph, name);
  if (more.length === 0 && graph.nodes.get(id)?.sealed !== undefined) return id;
  throw new UpdownError('usage', `"${name}" is not one sealed revision: there is no seal to renew`, {
    hint: `Name one that is sealed. To seal a revision and all below it: updown seal ${more.length === 0 ? id : 'heads'}`,
  });
}
