import { UpdownError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import { listNames } from '../words.ts';
import type { Graph } from './graph.ts';
import { nodeOf } from './node-of.ts';
import { listReplaced } from './revision.ts';
import { words } from './word.ts';

/** What a name stands for. `several`: it begins more than one name, all listed. */
export type Found =
  | { readonly kind: 'exact' | 'prefix'; readonly id: string }
  | { readonly kind: 'several'; readonly names: readonly string[] };

/** A name's revision: exact id, then folder, then label, then the one id or label it begins. */
export function lookUp(graph: Graph, name: string, within?: ReadonlySet<string>): Found | undefined {
  const exact = lookUpExactly(graph, name);
  return exact === undefined ? lookUpPrefix(graph, name, within) : { kind: 'exact', id: exact };
}

function lookUpExactly(graph: Graph, name: string): string | undefined {
  if (graph.nodes.has(name)) return name;
  for (const node of graph.nodes.values()) if (node.folder === name) return node.id;
  return graph.labels.get(name);
}

/** As in Alembic, names of up to three characters are never completed, and a label counts beside its own revision. */
function lookUpPrefix(graph: Graph, prefix: string, within: ReadonlySet<string> | undefined): Found | undefined {
  if (prefix === '') return undefined;
  const begun: { readonly name: string; readonly id: string }[] = [];
  const add = (name: string, id: string): void => {
    if (name.length > 3 && name.startsWith(prefix)) begun.push({ name, id });
  };
  for (const id of graph.order) add(id, id);
  for (const [label, id] of graph.labels) add(label, id);
  const inside = within === undefined ? [] : begun.filter(({ id }) => within.has(id));
  const candidates = inside.length > 0 ? inside : begun;
  if (candidates.length > 1) return { kind: 'several', names: candidates.map(({ name }) => name) };
  return candidates[0] && { kind: 'prefix', id: candidates[0].id };
}

/** The id, or the error that says why there is none. */
export function settle(graph: Graph, name: string, found: Found | undefined): string {
  if (found === undefined) throw unknown(graph, name);
  if (found.kind === 'several') throw ambiguous(name, found.names);
  return found.id;
}

export function unknown(graph: Graph, name: string): UpdownError {
  const whole = graph.order.find((id) => replaced(graph, id).includes(name));
  if (whole !== undefined) {
    return new UpdownError('unknown-revision', `There is no revision "${name}" any more: "${whole}" has replaced it`, {
      hint: `Name that one: ${whole}`,
    });
  }
  return new UpdownError('unknown-revision', `There is no revision or branch "${name}"`, {
    hint: guess(graph, name) ?? 'See `updown history` for all revisions.',
  });
}

function replaced(graph: Graph, id: string): readonly string[] {
  const { replaces } = nodeOf(graph, id);
  return replaces === undefined ? [] : listReplaced(replaces);
}

function guess(graph: Graph, name: string): string | undefined {
  if (words.includes(name)) return `"${name}" has no meaning here: name a revision.`;
  const word = suggest(name, words);
  const near = word === undefined ? nearNames(graph, name) : [word];
  return near.length === 0 ? undefined : `Did you mean ${listNames(near)}?`;
}

/** Up to three ids or labels: mistyped, begun with a typing mistake, or with the text in their folder's name. */
function nearNames(graph: Graph, name: string): readonly string[] {
  const known = [...graph.labels.keys(), ...graph.order];
  const whole = suggest(name, known);
  const start = name.length < 3 ? undefined : suggest(name, new Set(known.map((other) => other.slice(0, name.length))));
  const begun = start === undefined ? [] : known.filter((other) => other.startsWith(start));
  return [...new Set([...(whole === undefined ? [] : [whole]), ...begun, ...mentioning(graph, name)])].slice(0, 3);
}

/** Who types a word of the message gets the id: folders end in the message. */
function mentioning(graph: Graph, text: string): readonly string[] {
  const slug = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  if (slug.length < 3) return [];
  return graph.order.filter((id) => nodeOf(graph, id).folder.toLowerCase().includes(slug));
}

function ambiguous(name: string, candidates: readonly string[]): UpdownError {
  return new UpdownError('ambiguous-revision', `"${name}" begins several names: ${listNames(candidates)}`, {
    hint: 'Type more of it.',
  });
}
