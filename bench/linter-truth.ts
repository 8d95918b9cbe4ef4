import type { Change } from '../lib/review/change.ts';
import { blocksWrites } from '../lib/review/facts/locks.ts';
import type { MeasuredStatement } from '../lib/review/measured.ts';

/** A statement, or a file of two, with what was measured and what was said of it. */
export interface Subject {
  readonly text: string;
  readonly truth: Truth;
  /** Names of rules. */
  readonly squawk: readonly string[];
  readonly review: readonly string[];
}

export interface Truth {
  /** It rewrites, reads whole or builds on what was there, while writers are kept out: in words, or empty. */
  readonly work: string;
  /** Who was a client before may fail afterwards: in words, or empty. */
  readonly breaks: string;
  /** Writers are kept out of something that was there, however shortly. */
  readonly locks: boolean;
  /** It takes rows away at once, or fails whatever the rows are: no work, but nothing to be silent about either. */
  readonly aside: boolean;
}

/** From what a server with rows did. */
export function judgeTruth(text: string, measured: readonly MeasuredStatement[]): Truth {
  const locks = measured.flatMap((statement) => statement.locks).filter(keepsOut);
  const fails = measured.some(({ error }) => error !== undefined && !isOfRows(error.code));
  const aside = fails || /\bTRUNCATE\b|wipe\(|RESTART/.test(text);
  return {
    work: locks.length === 0 || aside ? '' : measured.flatMap(workOf).join(', '),
    breaks: [...measured.flatMap(({ changes }) => changes).flatMap(wordBreak), ...measured.flatMap(wordFailure)].join(
      ', ',
    ),
    locks: locks.length > 0,
    aside,
  };
}

/** Nobody but a REFRESH writes to a materialized view. */
function keepsOut(lock: MeasuredStatement['locks'][number]): boolean {
  if (lock.kind === 'index') return false;
  return lock.kind === 'materialized view' ? lock.mode === 'ACCESS EXCLUSIVE' : blocksWrites(lock);
}

function workOf({ rewrites, builds, scans }: MeasuredStatement): readonly string[] {
  return [
    ...(rewrites.length > 0 ? ['rewrites'] : []),
    ...(builds.some(({ concurrently }) => !concurrently) ? ['builds an index'] : []),
    ...(scans.length > 0 ? ['reads all'] : []),
  ];
}

/** What a client calls by its name. */
const named = [
  'table',
  'partitioned table',
  'column',
  'view',
  'materialized view',
  'sequence',
  'function',
  'procedure',
  'type',
  'domain',
  'schema',
];

function wordBreak({ kind, type, column }: Change): readonly string[] {
  if ((kind === 'dropped' || kind === 'renamed') && named.includes(type)) return [`${kind} ${type}`];
  if (kind === 'enum-value-renamed') return ['renamed value'];
  if (kind === 'not-null') return ['NULL is refused'];
  if (kind === 'created' && type === 'column' && column?.notNull === true && !column.fills)
    return ['a value is demanded'];
  return [];
}

/** Class 23: what there is does not fit. */
function isOfRows(code: string): boolean {
  return code.startsWith('23');
}

function wordFailure({ error }: MeasuredStatement): readonly string[] {
  return error !== undefined && isOfRows(error.code) ? ['fails'] : [];
}
