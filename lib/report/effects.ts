import type { Lock } from '../review/effects.ts';
import { blocksWrites } from '../review/facts/locks.ts';
import type { ReviewedStatement } from '../review/review.ts';
import { plural } from '../words.ts';

/** A kind of effect and what it befell. */
export interface Effect {
  readonly name: string;
  readonly value: string;
  readonly tone: 'bad' | 'warn' | 'plain';
}

const mostChanges = 12;

/** What a statement did, in words. Locks of indexes are those of their tables. */
export function effectsOf(statement: ReviewedStatement, arrow = '→'): readonly Effect[] {
  const { number, locks, rewrites, builds, scans, rows, changes, unproven, notices, error } = statement;
  const tables = locks.filter(({ kind }) => kind !== 'index');
  const held = tables.filter(({ since }) => since < number);
  const emptied = rows.filter(({ truncated }) => truncated);
  const isBuilt = builds.some(({ concurrently }) => !concurrently);
  return [
    ...tables.filter(({ since }) => since === number).map((lock) => effect('lock', wordLock(lock), toneOf(lock))),
    ...list('still held', held.map(wordHeld), held.some(blocksWrites) ? 'warn' : 'plain'),
    ...list('rewrites', rewrites, 'bad'),
    ...list(
      'builds',
      builds.map(({ index }) => index),
      isBuilt ? 'warn' : 'plain',
    ),
    ...list('reads all', scans, 'warn'),
    ...list(
      'empties',
      emptied.map(({ relation }) => relation),
      'bad',
    ),
    ...changes
      .slice(0, mostChanges)
      .map((change) => effect('change', wordChange(change, arrow), change.kind === 'dropped' ? 'warn' : 'plain')),
    ...(changes.length > mostChanges
      ? [effect('', `and ${plural(changes.length - mostChanges, 'more change')}`, 'plain')]
      : []),
    ...list('unproven', unproven, 'warn'),
    ...notices.map(({ severity, message }) => effect(severity.toLowerCase(), message, 'plain')),
    ...(error === undefined ? [] : [effect('fails', `${error.message} (${error.code})`, 'bad')]),
  ];
}

function effect(name: string, value: string, tone: Effect['tone']): Effect {
  return { name, value, tone };
}

function list(name: string, values: readonly string[], tone: Effect['tone']): readonly Effect[] {
  return values.length === 0 ? [] : [effect(name, values.join(', '), tone)];
}

function toneOf(lock: Lock): Effect['tone'] {
  return lock.mode === 'ACCESS EXCLUSIVE' ? 'bad' : blocksWrites(lock) ? 'warn' : 'plain';
}

function wordLock(lock: Lock): string {
  return `${lock.mode} on ${lock.relation}${lock.stated && blocksWrites(lock) ? ' (by the manual)' : ''}`;
}

function wordHeld(lock: Lock): string {
  return `${wordLock(lock)} since ${lock.since}`;
}

function wordChange({ kind, object, from, to, cascaded }: ReviewedStatement['changes'][number], arrow: string): string {
  const values =
    from !== undefined && to !== undefined ? `: ${from} ${arrow} ${to}` : to !== undefined ? `: ${to}` : '';
  return `${kind} ${object}${values}${cascaded ? ' (taken along)' : ''}`;
}
