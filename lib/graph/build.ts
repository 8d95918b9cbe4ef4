import { type Fail, failAt } from './fail.ts';
import type { Graph, Node } from './graph.ts';
import { sortNodes } from './order.ts';
import { listReplaced } from './revision.ts';
import { isName, isWord } from './word.ts';

/** Validates and orders. `fileName` is the manifest's, as people know it: node 0 stands on its line 2. */
export function buildGraph<N extends Node>(nodes: readonly N[], fileName?: string): Graph<N> {
  const fail = failAt(nodes, fileName);
  refuseTwins(nodes, fail);
  refuseBadIds(nodes, fail);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const labels = indexLabels(nodes, byId, fail);
  const replaced = indexReplaced(nodes, byId, fail);
  refuseBadParents(nodes, byId, replaced, fail);
  const dependencies = resolveDependencies(nodes, byId, labels, fail);
  const order = sortNodes(byId, dependencies, fail);
  return {
    order,
    nodes: byId,
    position: new Map(order.map((id, index) => [id, index])),
    children: invert(order, (id) => byId.get(id)?.parents ?? []),
    dependents: invert(order, (id) => dependencies.get(id) ?? []),
    dependencies,
    labels,
  };
}

/** F43: what differs only in case or in Unicode form is one folder on macOS and Windows. */
function refuseTwins(nodes: readonly Node[], fail: Fail): void {
  const seen = new Map<string, string>();
  for (const { id } of nodes) {
    const folded = (isAscii(id) ? id : id.normalize('NFC')).toLowerCase();
    const twin = seen.get(folded);
    if (twin === id) {
      fail(id, 'duplicate-id', `Revision "${id}" is there twice`, { hint: 'Remove one of them or give it a new id.' });
    }
    if (twin !== undefined) {
      fail(id, 'duplicate-id', `Revisions "${twin}" and "${id}" are the same name on some file systems`, {
        hint: 'Give one of them an id that differs in more than case or accents.',
      });
    }
    seen.set(folded, id);
  }
}

// Almost every id is, and the tables for the others take longer to load than a thousand ids to read.
function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function refuseBadIds(nodes: readonly Node[], fail: Fail): void {
  for (const { id } of nodes) {
    if (isWord(id)) {
      fail(id, 'manifest', `"${id}" can't be a revision's id: it is a word of the target grammar`, {
        hint: 'Give the revision another id.',
      });
    }
    if (!isName(id)) fail(id, 'manifest', `"${id}" can't be a revision's id`, { hint: nameRule });
  }
}

const nameRule = 'Use 1 to 64 letters, digits, "_" and "-".';

function indexLabels(nodes: readonly Node[], byId: ReadonlyMap<string, Node>, fail: Fail): Map<string, string> {
  const labels = new Map<string, string>();
  for (const node of nodes) {
    for (const label of node.labels) {
      if (isWord(label) || !isName(label)) {
        fail(node.id, 'manifest', `"${label}", on revision "${node.id}", can't be a branch label`, {
          hint: isWord(label) ? 'It has a meaning of its own in targets: choose another.' : nameRule,
        });
      }
      const other = labels.get(label) ?? (byId.has(label) ? label : undefined);
      if (other !== undefined) {
        fail(
          node.id,
          'duplicate-label',
          `Label "${label}", on revision "${node.id}", is taken by revision "${other}"`,
          {
            hint: 'Only one revision may have a label, and no id may be equal to it.',
          },
        );
      }
      labels.set(label, node.id);
    }
  }
  return labels;
}

/** What is not there any more, and the revision that stands in its place. */
function indexReplaced(nodes: readonly Node[], byId: ReadonlyMap<string, Node>, fail: Fail): Map<string, string> {
  const replaced = new Map<string, string>();
  for (const { id, replaces } of nodes) {
    if (replaces === undefined) continue;
    for (const old of listReplaced(replaces)) {
      if (byId.has(old)) {
        fail(old, 'manifest', `Revision "${old}" is in the manifest, and "${id}" has replaced it`, {
          hint: 'A merge may have brought its line back: remove the line and the folder.',
        });
      }
      replaced.set(old, id);
    }
  }
  return replaced;
}

function refuseBadParents(
  nodes: readonly Node[],
  byId: ReadonlyMap<string, Node>,
  replaced: ReadonlyMap<string, string>,
  fail: Fail,
): void {
  for (const { id, parents } of nodes) {
    const unknown = parents.find((parent) => !byId.has(parent));
    const instead = unknown === undefined ? undefined : replaced.get(unknown);
    if (instead !== undefined) {
      fail(id, 'unknown-parent', `Revision "${id}" has the parent "${unknown}", which "${instead}" has replaced`, {
        hint: `Put it on that one: updown rebase ${id} --onto ${instead}`,
      });
    }
    if (unknown !== undefined) {
      fail(id, 'unknown-parent', `Revision "${id}" has the parent "${unknown}", which is not there`, {
        hint: `Restore "${unknown}", or give "${id}" another parent.`,
      });
    }
    if (parents.length > 1 && new Set(parents).size < parents.length) {
      fail(id, 'duplicate-revisions', `Revision "${id}" names a parent twice`, { hint: 'Name each parent once.' });
    }
  }
}

function resolveDependencies(
  nodes: readonly Node[],
  byId: ReadonlyMap<string, Node>,
  labels: ReadonlyMap<string, string>,
  fail: Fail,
): Map<string, readonly string[]> {
  const dependencies = new Map<string, readonly string[]>();
  for (const { id, dependsOn } of nodes) {
    if (dependsOn.length === 0) continue;
    const resolved = dependsOn.map((name) => {
      if (byId.has(name)) return name;
      return (
        labels.get(name) ??
        fail(
          id,
          'missing-dependency',
          `Revision "${id}" depends on "${name}", which is neither a revision nor a label`,
          {
            hint: `Restore "${name}", or take it out of depends_on.`,
          },
        )
      );
    });
    dependencies.set(id, [...new Set(resolved)]);
  }
  return dependencies;
}

function invert(order: readonly string[], below: (id: string) => readonly string[]): Map<string, readonly string[]> {
  const above = new Map<string, string[]>();
  for (const id of order) {
    for (const lower of below(id)) {
      const list = above.get(lower);
      if (list === undefined) above.set(lower, [id]);
      else list.push(id);
    }
  }
  return above;
}
