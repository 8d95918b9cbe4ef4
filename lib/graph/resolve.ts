import { UpdownError } from '../errors.ts';
import { listNames } from '../words.ts';
import type { Graph, Node } from './graph.ts';
import { lookUp, settle, unknown } from './lookup.ts';
import { nodeOf } from './node-of.ts';
import { stepDown, stepUp } from './step.ts';
import { type Branch, type Reading, readTarget } from './target.ts';
import { effectiveHeadsOf, headsOf } from './walk.ts';
import { isWord } from './word.ts';

/** The revisions an absolute target stands for: none for `base`, several only for `heads`. Relative ones are refused. */
export function resolveAll(graph: Graph, text: string): readonly string[] {
  const reading = readTarget(graph, text);
  if (reading.kind === 'absolute') return resolveName(graph, reading.name, reading);
  throw new UpdownError('unknown-revision', `"${text}" is relative, and this takes a revision itself`, {
    hint: 'Name the revision: an id, a label, "head", "heads" or "base".',
  });
}

/** An absolute name, or one with an offset of its own: everything that does not depend on a database. */
export function resolveFixed(
  graph: Graph,
  reading: Exclude<Reading, { kind: 'from-current' }>,
  clamp = false,
): readonly string[] {
  const { text, branch } = reading;
  const named = resolveName(graph, reading.name, reading);
  if (reading.kind === 'absolute') return named;
  const start = onlyOne(graph, named, text);
  const { steps } = reading.offset;
  const walker = { text, branch, clamp };
  const end = steps > 0 ? stepUp(graph, start, steps, walker) : stepDown(graph, start, -steps, walker);
  return end === undefined ? [] : [end];
}

function resolveName(
  graph: Graph,
  name: string,
  { text, branch }: Pick<Reading, 'text' | 'branch'>,
): readonly string[] {
  switch (name) {
    case 'base':
      return [];
    case 'heads':
      return branch === undefined ? effectiveHeadsOf(graph) : headsOf(graph).filter((id) => branch.lineage.has(id));
    case 'head': {
      const heads = headsOf(graph).filter((id) => branch === undefined || branch.lineage.has(id));
      if (heads.length > 1) throw multipleHeads(graph, heads, text);
      return heads;
    }
    default:
      return [resolveId(graph, name, branch)];
  }
}

function resolveId(graph: Graph, name: string, branch: Branch | undefined): string {
  if (isWord(name)) throw unknown(graph, name);
  const id = settle(graph, name, lookUp(graph, name, branch?.lineage));
  if (branch === undefined || branch.lineage.has(id)) return id;
  throw new UpdownError('not-in-branch', `Revision "${id}" is not in branch "${branch.name}"`, {
    hint: `Leave "${branch.name}@" out, or name a revision above or below "${branch.id}".`,
  });
}

/** `undefined` is base. */
export function onlyOne(graph: Graph, ids: readonly string[], text: string): string | undefined {
  if (ids.length > 1) throw multipleHeads(graph, ids, text);
  return ids[0];
}

export function multipleHeads(graph: Graph, heads: readonly string[], text: string, instead?: string): UpdownError {
  const named = listNames(heads.map((id) => nameHead(graph, id)));
  const all = text.endsWith('heads') ? '' : ' To take all of them, write "heads" where it is allowed.';
  const join = text === 'head' ? ' To join them: updown merge' : '';
  return new UpdownError('multiple-heads', `"${text}" stands for several heads: ${listNames(heads)}`, {
    hint: instead ?? `Name one: ${named}.${all}${join}`,
  });
}

/** `left@head` where a label leads to this head alone: that stays true when the branch grows. */
function nameHead(graph: Graph, head: string): string {
  let at: string | undefined = head;
  while (at !== undefined && (graph.children.get(at)?.length ?? 0) < 2) {
    const { labels, parents }: Node = nodeOf(graph, at);
    if (labels.length > 0) return `${labels[0]}@head`;
    at = parents.length === 1 ? parents[0] : undefined;
  }
  return head;
}
