import { type History, history, printHeads, type Shown, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';
import { printDetails } from '../text/details.ts';
import { styleOf } from '../text/fork.ts';
import { type DrawnState, drawGraph, drawLegend } from '../text/graph.ts';
import type { View } from '../view.ts';

export const action: Action<'history', History> = {
  run: ({ options, words }) => history({ ...options, range: words[0] }),
  text: ({ revisions }, view, { given }) => {
    if (given.graph) return draw(revisions, view);
    return given.verbose ? listWhole(revisions, view) : revisions.map((shown) => list(shown, view));
  },
  json: ({ database = null, revisions }) => ({ database, revisions: revisions.map(toJson) }),
};

export function toJson({ revision, state }: Shown): object {
  const { id, parents, labels, dependsOn, folder, message } = revision;
  const applied = state === 'unasked' ? null : state === 'applied' || state === 'unknown';
  return { id, parents, labels, dependsOn, folder: folder === '' ? null : folder, message, applied };
}

function list({ revision, state, current, head }: Shown, { style }: View): string {
  const { id, parents, labels, message } = revision;
  const badges = [...(head ? ['head'] : []), ...(current ? ['current'] : []), ...(state === 'unasked' ? [] : [state])];
  const from = printHeads(parents);
  return `${style.id(id)} ${sanitizeLine(message)}${labels.map((label) => ` [${sanitizeLine(label)}]`).join('')} ${style.dim(`<- ${from}`)}${badges.length === 0 ? '' : ` (${badges.join(', ')})`}\n`;
}

/** A page for each, as `show` has it. */
function listWhole(revisions: readonly Shown[], view: View): Iterable<string> {
  return revisions.flatMap((shown, index) => {
    const { folder } = shown.revision;
    const files = folder === '' ? [] : [['folder', folder] as const];
    return [...(index === 0 ? [] : ['\n']), ...printDetails(shown, view, { files })];
  });
}

function draw(revisions: readonly Shown[], view: View): Iterable<string> {
  if (revisions.length === 0) return ['No revisions.\n'];
  const drawn = revisions.map(({ revision, state, current, head }) => ({
    ...revision,
    message: sanitizeLine(revision.message),
    state: drawnState(state),
    current,
    head,
  }));
  const options = { width: view.width, unicode: view.unicode, style: styleOf(view) };
  const legend = drawLegend(new Set(drawn.map(({ state }) => state)), options);
  return [...drawGraph(drawn, options), ...(legend === '' ? [] : ['', legend])].map((line) => `${line}\n`);
}

function drawnState(state: Shown['state']): DrawnState {
  return state === 'unasked' ? 'unknown-state' : state;
}
