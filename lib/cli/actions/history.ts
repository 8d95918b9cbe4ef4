import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import {
  type FindLinks,
  type History,
  history,
  printHeads,
  renderHistory,
  type Shown,
  sanitizeLine,
} from '../../index.ts';
import type { Action } from '../action.ts';
import { findOutput, type OutputPlace, refuseExisting, writeScript } from '../script-file.ts';
import { printDetails } from '../text/details.ts';
import { styleOf } from '../text/fork.ts';
import { type DrawnState, drawGraph, drawLegend } from '../text/graph.ts';
import type { View } from '../view.ts';

export const action: Action<'history', History> = {
  run: async (call) => {
    const { given, options, words } = call;
    const place = given.page === undefined ? undefined : findOutput(call, given.page);
    if (place !== undefined) refuseExisting(place);
    const result = await history({ ...options, range: words[0] });
    if (place !== undefined) writeScript(place, [await renderHistory(result, { linksFor: linksFrom(place, result) })]);
    return result;
  },
  text: ({ revisions }, view, { given: { graph, verbose, page } }) => {
    if (page !== undefined) return [`${view.style.dim('page')} ${sanitizeLine(page)}\n`];
    if (graph) return draw(revisions, view);
    return verbose ? listWhole(revisions, view) : revisions.map((shown) => list(shown, view));
  },
  json: ({ database = null, revisions }) => ({ database, revisions: revisions.map(toJson) }),
};

export function toJson({ revision, state }: Shown): object {
  const { id, parents, labels, dependsOn, folder, message } = revision;
  const applied = state === 'unasked' ? null : state === 'applied' || state === 'unknown';
  return { id, parents, labels, dependsOn, folder: folder === '' ? null : folder, message, applied };
}

/** Of those that are there: a revision may have no down.sql. */
function linksFrom({ path }: OutputPlace, { folder }: History): FindLinks {
  return ({ revision }) =>
    ['up.sql', 'down.sql'].flatMap((name) => {
      const file = join(folder, revision.folder, name);
      if (revision.folder === '' || !existsSync(file)) return [];
      const way = relative(dirname(path), file).split(sep);
      return [{ name, href: way.map(encodeURIComponent).join('/') }];
    });
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
