import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isUpdownError } from '../../lib/errors.ts';
import { buildGraph } from '../../lib/graph/build.ts';
import type { Graph, Node } from '../../lib/graph/graph.ts';
import { resolveMerge, resolveParents } from '../../lib/graph/parents.ts';
import { appliedTipsOf, headsOf, needsOf } from '../../lib/graph/walk.ts';
import { planDowngrade } from '../../lib/plan/downgrade.ts';
import { resolveHistory, resolveShown } from '../../lib/plan/history.ts';
import type { Plan, Step } from '../../lib/plan/plan.ts';
import { resolveDowngradeRange, resolveFrom, resolveStampRange, resolveUpgradeRange } from '../../lib/plan/range.ts';
import { planStamp } from '../../lib/plan/stamp.ts';
import { planUpgrade } from '../../lib/plan/upgrade.ts';

interface Case {
  readonly name: string;
  readonly revisions: readonly Omit<Node, 'folder'>[];
  readonly current: readonly string[];
  readonly command: string;
  readonly target: string | readonly string[] | null;
  readonly args?: readonly string[];
  readonly sql?: boolean;
  readonly order?: 'unique' | 'tie';
  readonly expect: {
    readonly steps?: readonly Step[];
    readonly heads?: readonly string[];
    readonly output?: readonly string[];
    readonly created?: { readonly id: string; readonly parents: readonly string[] };
    readonly error?: string;
  };
}

/** What our side answers; a field per field of `expect`. */
interface Answer {
  readonly plan?: Plan;
  readonly output?: readonly string[];
  readonly parents?: readonly string[];
}

const file = new URL('../fixtures/graph/targets.json', import.meta.url);
const cases: readonly Case[] = JSON.parse(readFileSync(file, 'utf8'));

test('there are 91 cases', () => {
  assert.is(cases.length, 91);
});

for (const item of cases) {
  test(item.name, () => {
    if (item.expect.error === undefined) compare(item, answer(item));
    else assert.is(errorOf(item), item.expect.error);
  });
}

test.run();

function answer(item: Case): Answer {
  const graph = buildGraph(item.revisions.map((revision) => ({ ...revision, folder: revision.id })));
  const applied = resolveFrom(graph, item.current.length === 0 ? 'base' : item.current.join());
  return item.sql === true ? answerOffline(graph, item) : answerOnline(graph, applied, item);
}

function answerOnline(graph: Graph, applied: ReadonlySet<string>, item: Case): Answer {
  const text = String(item.target);
  switch (item.command) {
    case 'upgrade':
      return { plan: planUpgrade(graph, applied, [text]) };
    case 'downgrade':
      return { plan: planDowngrade(graph, applied, text) };
    case 'stamp':
      return { plan: planStamp(graph, applied, [text]) };
    case 'heads':
      return { output: headsOf(graph) };
    case 'current':
      return { output: appliedTipsOf(graph, applied) };
    case 'history':
      return { output: resolveHistory(graph, item.target === null ? undefined : text, applied) };
    case 'show':
      return { output: resolveShown(graph, text, applied) };
    case 'revision':
      return { parents: resolveParents(graph, item.args?.[item.args.indexOf('--head') + 1]) };
    case 'merge':
      return { parents: resolveMerge(graph, item.target as readonly string[]) };
    default:
      throw new Error(`no such command: ${item.command}`);
  }
}

function answerOffline(graph: Graph, { command, target, args = [] }: Case): Answer {
  const text = String(target);
  if (command === 'stamp') {
    const { applied, targets } = resolveStampRange(graph, [text], { purge: args.includes('--purge') });
    return { plan: planStamp(graph, applied, targets) };
  }
  const { applied, targets } =
    command === 'upgrade' ? resolveUpgradeRange(graph, text) : resolveDowngradeRange(graph, text);
  return {
    plan: command === 'upgrade' ? planUpgrade(graph, applied, targets) : planDowngrade(graph, applied, targets[0]!),
  };
}

function errorOf(item: Case): string {
  try {
    answer(item);
    return 'none';
  } catch (error) {
    if (isUpdownError(error)) return error.code;
    throw error;
  }
}

function compare(item: Case, { plan, output, parents }: Answer): void {
  const { expect } = item;
  if (expect.steps !== undefined && item.command !== 'stamp') compareSteps(item, plan!.steps);
  if (expect.heads !== undefined) assert.equal([...plan!.to].sort(), [...expect.heads].sort());
  if (expect.output !== undefined) assert.equal([...output!].sort(), [...expect.output].sort());
  if (expect.output !== undefined && item.command === 'history') assertOrder(item, [...output!].reverse());
  if (expect.created !== undefined) assert.equal(parents, expect.created.parents);
}

function compareSteps(item: Case, steps: readonly Step[]): void {
  const expected = item.expect.steps!;
  if (item.order === 'unique') assert.equal(steps, expected);
  const words = (list: readonly Step[]): string[] => list.map(({ op, id }) => `${op} ${id}`).sort();
  assert.equal(words(steps), words(expected));
  const ids = steps.map(({ id }) => id);
  assertOrder(item, item.command === 'upgrade' ? ids : ids.reverse());
}

/** Legal, and the one legal order that always takes the smallest id that is free. */
function assertOrder(item: Case, ids: readonly string[]): void {
  const graph = buildGraph(item.revisions.map((revision) => ({ ...revision, folder: revision.id })));
  assert.equal(ids, smallestFirst(graph, new Set(ids)));
}

/** Slow and plain, over the whole graph: a second opinion on the order. */
function smallestFirst(graph: Graph, wanted: ReadonlySet<string>): readonly string[] {
  const order: string[] = [];
  const waiting = new Set([...graph.nodes.keys()].sort());
  while (waiting.size > 0) {
    const next = [...waiting].find((id) => needsOf(graph)(id).every((below) => !waiting.has(below)))!;
    waiting.delete(next);
    if (wanted.has(next)) order.push(next);
  }
  return order;
}
