import { type Revision, sanitizeLine } from '../../index.ts';
import type { View } from '../view.ts';
import { drawGraph, type Style } from './graph.ts';

/** Where the graph forks, as a picture: without what a database has of it. */
export function drawFork(fork: readonly Revision[], heads: readonly string[], view: View): string {
  const drawn = fork.map((revision) => ({
    ...revision,
    message: sanitizeLine(revision.message),
    state: 'unknown-state' as const,
    current: false,
    head: heads.includes(revision.id),
  }));
  const lines = drawGraph(drawn, { width: view.width, unicode: view.unicode, style: styleOf(view) });
  return lines.map((line) => `${line}\n`).join('');
}

export function styleOf({ style }: View): Style {
  return {
    applied: style.good,
    pending: (text) => text,
    late: style.bad,
    unknown: style.bad,
    unfinished: style.warn,
    'unknown-state': style.dim,
    id: style.id,
    badge: style.good,
    label: style.warn,
    lane: style.dim,
    dim: style.dim,
  };
}
