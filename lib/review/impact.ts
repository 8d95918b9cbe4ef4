import { listSome } from '../words.ts';
import { type Lock, lockModes } from './effects.ts';
import { blocksWrites } from './facts/locks.ts';
import type { MeasuredStatement, MeasuredStep, Measurement } from './measured.ts';

/** What a step does to other sessions, in lines for a script. The same files and the same scratch give the same lines. */
export interface Impact {
  readonly impact: readonly string[];
  /** By the number of the statement. Only statements that block, rewrite, scan, build or drop something are listed. */
  readonly statements: ReadonlyMap<number, readonly string[]>;
}

export function titleOf({ scratch }: Measurement): string {
  return `measured on ${scratch}:`;
}

/** Describes each revision, also those that were not measured because an earlier one failed. */
export function describeImpact(measurement: Measurement, ids: readonly string[]): ReadonlyMap<string, Impact> {
  const { steps } = measurement;
  const measured = new Map(steps.map((step) => [step.id, step]));
  return new Map(
    ids.map((id, index) => {
      const impact = describeStep(measured.get(id));
      return [id, index === 0 ? { ...impact, impact: [titleOf(measurement), ...impact.impact] } : impact];
    }),
  );
}

const unmeasured: Impact = { impact: ['not measured: a step before it fails on scratch'], statements: new Map() };

function describeStep(step: MeasuredStep | undefined): Impact {
  if (step === undefined) return unmeasured;
  const { statements } = step;
  const lines = [...wordLocks(step, statements), ...wordWork(statements)];
  const notes = statements.map((statement) => [statement.number, describeStatement(step, statement)] as const);
  return {
    impact: (lines.length === 0 ? ['blocks no reads and no writes'] : lines).map(hideScratch),
    statements: new Map(notes.filter(([, note]) => note !== '').map(([number, note]) => [number, [note]])),
  };
}

/** Describes the locks of one statement, and, where it takes long, the locks that earlier ones still hold. */
function describeStatement(step: MeasuredStep, statement: MeasuredStatement): string {
  const { number, rewrites, scans, builds } = statement;
  const own = wordLocks(step, [statement], ({ since }) => since === number);
  const takesLong = rewrites.length + scans.length + builds.length > 0;
  const held = takesLong ? wordLocks(step, [statement], ({ since }) => since < number) : [];
  const words = [...own, ...wordWork([statement]), ...held.map((line) => `still held: ${line}`)];
  return hideScratch(words.join('; '));
}

/** Lists locks by mode, strongest first, with the line that took each where the text is about a whole step. */
function wordLocks(
  { statements: all }: MeasuredStep,
  statements: readonly MeasuredStatement[],
  wanted: (lock: Lock) => boolean = () => true,
): readonly string[] {
  const lineOf = (lock: Lock) => all.find(({ number }) => number === lock.since)?.line;
  const strongest = new Map<string, Lock>();
  for (const lock of statements.flatMap(({ locks }) => locks)) {
    // An index is locked together with its table. A lock that was seen by chance may be missed the next time.
    if (lock.kind === 'index' || lock.watched || !blocksWrites(lock) || !wanted(lock)) continue;
    const known = strongest.get(lock.relation);
    if (known === undefined || rank(lock) > rank(known)) strongest.set(lock.relation, lock);
  }
  const told = [...strongest.values()];
  const say = (lock: Lock) =>
    statements.length === 1 && lock.since === statements[0]?.number
      ? lock.relation
      : `${lock.relation} (line ${lineOf(lock)})`;
  return lockModes
    .toReversed()
    .flatMap((mode) => wordList(`${mode} on`, told.filter((lock) => lock.mode === mode).map(say)));
}

const rank = ({ mode }: Lock): number => lockModes.indexOf(mode);

function wordWork(statements: readonly MeasuredStatement[]): readonly string[] {
  const all = <T>(read: (statement: MeasuredStatement) => readonly T[]) => statements.flatMap(read);
  return [
    ...wordList(
      'rewrites',
      all(({ rewrites }) => rewrites),
    ),
    ...wordList(
      'builds',
      all(({ builds }) => builds.map(({ index }) => index)),
    ),
    ...wordList(
      'reads all of',
      // TRUNCATE scans only the new, empty file.
      all(({ label, scans }) => (label === 'TRUNCATE' ? [] : scans)),
    ),
    ...wordList(
      'empties',
      all(({ rows }) => rows.filter(({ truncated }) => truncated).map(({ relation }) => relation)),
    ),
    ...wordList('drops', all(wordDrops)),
    ...wordList(
      'leaves unproven',
      all(({ unproven }) => unproven),
    ),
    // The message of the server may contain names of scratch, and is in the language of the server.
    ...all(({ line, error }) => (error === undefined ? [] : [`line ${line} fails on scratch, SQLSTATE ${error.code}`])),
  ];
}

function wordDrops({ changes }: MeasuredStatement): readonly string[] {
  return changes
    .filter(({ kind }) => kind === 'dropped')
    .map(({ object, cascaded }) => `${object}${cascaded ? ' (taken along)' : ''}`);
}

const most = 10;

function wordList(words: string, values: readonly string[]): readonly string[] {
  const sorted = [...new Set(values)].sort();
  if (sorted.length === 0) return [];
  return [`${words} ${listSome(sorted, most)}`];
}

/** A file may use the name of its database, and scratch has another name each time. */
function hideScratch(line: string): string {
  return line.replace(/updown_scratch_[0-9a-f]{12}/g, 'updown_scratch');
}
