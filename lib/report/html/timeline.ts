import { type Lock, type LockMode, lockModes } from '../../review/effects.ts';
import { nameRelations } from '../../review/facts/relations.ts';
import type { ReviewedStep } from '../../review/review.ts';
import { plural } from '../../words.ts';
import { html, type Markup } from './markup.ts';

/** A lock on one relation, from the statement that took it to the one it ends before. */
export interface Span {
  readonly mode: LockMode;
  readonly from: number;
  readonly until: number;
  readonly stated: boolean;
}

export interface Track {
  readonly relation: string;
  readonly spans: readonly Span[];
}

const mostTracks = 40;

/** What is locked when, strongest first. In a transaction nothing is let go before its end. */
export function layTracks({ statements, transactional }: ReviewedStep): readonly Track[] {
  const end = statements.length + 1;
  const tracks = new Map<string, Span[]>();
  for (const { number, locks } of statements) {
    for (const lock of locks.filter(({ kind }) => kind !== 'index')) {
      const spans = tracks.get(lock.relation) ?? [];
      const last = spans.at(-1);
      if (transactional && last?.mode === lock.mode) continue;
      const span = toSpan(lock, number, transactional ? end : number + 1);
      if (transactional && last !== undefined) spans[spans.length - 1] = { ...last, until: span.from };
      tracks.set(lock.relation, [...spans, span]);
    }
  }
  return [...tracks]
    .map(([relation, spans]) => ({ relation, spans: spans.filter(({ from, until }) => from < until) }))
    .toSorted((a, b) => weightOf(b) - weightOf(a));
}

function toSpan({ mode, since, stated }: Lock, number: number, until: number): Span {
  return { mode, from: Math.min(since, number), until, stated: stated === true };
}

function weightOf({ spans }: Track): number {
  return Math.max(...spans.map(({ mode }) => lockModes.indexOf(mode)));
}

/** Many partitions of one table that are locked alike are one track. */
export function foldTracks({ statements }: ReviewedStep, tracks: readonly Track[]): readonly Track[] {
  const children = statements.flatMap(({ adviceFacts }) => adviceFacts?.children ?? []);
  const alike = new Map<string, Track[]>();
  for (const track of tracks) {
    const key = JSON.stringify(track.spans);
    alike.set(key, [...(alike.get(key) ?? []), track]);
  }
  return [...alike.values()].flatMap((some) => {
    const relations = some.map(({ relation }) => relation);
    const spans = some[0]?.spans ?? [];
    return nameRelations({ adviceFacts: { children } }, relations).map((relation) => ({ relation, spans }));
  });
}

export function printTimeline(step: ReviewedStep, number: number): Markup {
  const tracks = foldTracks(step, layTracks(step));
  if (tracks.length === 0) return html`<p class="quiet">Locks nothing that was there before.</p>`;
  const { statements, transactional } = step;
  const end = statements.some(({ error }) => error !== undefined) ? 'failure' : transactional ? 'commit' : 'end';
  const size = statements.length;
  const rows = tracks.slice(0, mostTracks).map(({ relation, spans }) => {
    const words = spans.map((span) => wordSpan(span, size, end)).join('; ');
    return html`<div class="track"><div class="relation"><code>${relation}</code><span>${words}</span></div>
<div class="bar" aria-hidden="true">${spans.map((span) => printSpan(span, size))}</div></div>`;
  });
  const left = tracks.length - mostTracks;
  return html`<div class="timeline" role="group" aria-label="Locks of step ${number}">
<div class="track axis" aria-hidden="true"><div class="relation">statement</div><div class="bar">${printAxis(size)}<span class="end">${end}</span></div></div>
${rows}</div>${left > 0 ? html`<p class="quiet">and ${plural(left, 'more relation')}, less strongly</p>` : undefined}`;
}

function wordSpan({ mode, from, until, stated }: Span, size: number, end: string): string {
  const last = until > size ? end : String(until);
  const where = until === from + 1 && until <= size ? `in ${from}` : `from ${from} to ${last}`;
  return `${mode} ${where}${stated ? ' (by the manual)' : ''}`;
}

function printSpan({ mode, from, until, stated }: Span, size: number): Markup {
  const classes = `span ${toneOf(mode)}${stated ? ' stated' : ''}`;
  return html`<span class="${classes}" style="left:${percent(from - 1, size)}%;width:${percent(until - from, size)}%"></span>`;
}

/** As many numbers as there is room for beside each other, and before the word at the end. */
function printAxis(size: number): readonly Markup[] {
  const every = Math.ceil(size / 10);
  return Array.from({ length: size }, (_, index) => index)
    .filter((index) => index % every === 0 && index / size <= 0.8)
    .map((index) => html`<span class="tick" style="left:${percent(index, size)}%">${index + 1}</span>`);
}

function percent(part: number, size: number): string {
  return ((100 * part) / size).toFixed(2);
}

/** What others still can do. */
function toneOf(mode: LockMode): 'closed' | 'read-only' | 'open' {
  if (mode === 'ACCESS EXCLUSIVE') return 'closed';
  return lockModes.indexOf(mode) >= lockModes.indexOf('SHARE') ? 'read-only' : 'open';
}
