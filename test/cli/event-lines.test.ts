import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showEvents } from '../../lib/cli/event-lines.ts';
import { viewOf } from '../../lib/cli/view.ts';
import type { Event } from '../../lib/index.ts';
import { displayWidth } from '../../lib/words.ts';

interface Step {
  readonly name: string;
  readonly statements: number;
  readonly transactional?: boolean;
}

/** The lines of these events. */
function linesOfEvents(events: readonly Event[]): readonly string[] {
  const pieces: string[] = [];
  const stream = { columns: 80, write: (piece: string) => pieces.push(piece) };
  const { emit, end } = showEvents(stream, viewOf(stream, {}, true), false);
  for (const event of events) emit(event);
  end();
  return pieces.join('').trimEnd().split('\n');
}

/** The lines of these steps, 80 columns wide. */
function linesOf(steps: readonly Step[]): readonly string[] {
  const pieces: string[] = [];
  const stream = { columns: 80, write: (piece: string) => pieces.push(piece) };
  const { emit, end } = showEvents(stream, viewOf(stream, {}, true), false);
  for (const [index, { name, statements, transactional = true }] of steps.entries()) {
    const common = { op: 'up', id: `a${index}` } as const;
    const position = index + 1;
    emit({ kind: 'step-start', ...common, name, position, total: steps.length, statements, transactional });
    emit({ kind: 'step-end', ...common, milliseconds: 12 });
  }
  end();
  return pieces.join('').trimEnd().split('\n');
}

test('the numbers of ten steps stand in columns', () => {
  const lines = linesOf(Array.from({ length: 10 }, (_, index) => ({ name: 'x', statements: index + 1 })));
  assert.match(lines[0] ?? '', /^ {2}✓ {2}1\/10 up a0 x +1 statement +12 ms$/);
  assert.match(lines[9] ?? '', /^ {2}✓ 10\/10 up a9 x +10 statements +12 ms$/);
  assert.equal(new Set(lines.map((line) => line.length)), new Set([80]));
});

test('a long name gives way to what stands behind it, in wide letters too', () => {
  const [bare = '', wide = ''] = linesOf([
    { name: 'builds an index that has a very long name for sure', statements: 2, transactional: false },
    { name: '日本語の名前 日本語の名前 日本語の名前 日本語の名前 日本語の名前', statements: 1 },
  ]);
  assert.match(bare, /^ {2}✓ 1\/2 up a0 builds an.*… \(no transaction\) +2 statements +12 ms$/);
  assert.match(wide, /日…? +1 statement +12 ms$|… {2}1 statement +12 ms$/);
  assert.equal([displayWidth(bare), displayWidth(wide)], [80, 80]);
});

test('a run behind what was asked of a throwaway database is told as a run', () => {
  const step = { op: 'up', id: 'a1', name: 'x' } as const;
  const run: readonly Event[] = [
    { kind: 'step-start', ...step, position: 1, total: 1, statements: 1, transactional: true },
    { kind: 'step-end', op: 'up', id: 'a1', milliseconds: 12 },
  ];
  const lines = linesOfEvents([
    { kind: 'verifying', scratch: 'a server' },
    ...run,
    { kind: 'connected', server: '15.1', engine: 'PostgreSQL', database: 'postgres://h/d', databaseName: 'd' },
    ...run,
  ]);
  assert.match(lines[1] ?? '', 'verified 1/1 up a1 x');
  assert.match(lines.at(-1) ?? '', /^ {2}✓ 1\/1 up a1 x /);
});

for (const isTTY of [true, false]) {
  test(`a stamp names all that it records as not applied${isTTY ? ', on a terminal' : ''}`, () => {
    const ids = Array.from({ length: 9 }, (_, index) => `${index}a3f5c7e9b1d`);
    const common = { op: 'unstamp', id: ids[0]! } as const;
    const pieces: string[] = [];
    const stream = { columns: 80, isTTY, write: (piece: string) => pieces.push(piece) };
    const { emit, end } = showEvents(stream, viewOf(stream, {}, true), false);
    const name = `${ids.slice(1).join(' ')} without running them`;
    emit({ kind: 'step-start', ...common, name, position: 1, total: 1, statements: 0, transactional: true });
    emit({ kind: 'step-end', ...common, milliseconds: 12 });
    end();
    const lines = pieces.join('').trimEnd().split('\n');
    assert.match(lines[0] ?? '', / 1\/1 unstamp 0a3f5c7e9b1d 1a3f.* {2}12 ms$/);
    assert.equal(lines.join(' ').match(/\d\w{11}/g), ids);
    assert.is(lines.length > 1, isTTY);
    if (isTTY) for (const line of lines) assert.ok(displayWidth(line) <= 80, line);
  });
}

test('a step that is tried again has one line for each try, and one that failed in the end has its own', () => {
  const common = { op: 'up', id: 'a1' } as const;
  const begun: Event = {
    kind: 'step-start',
    ...common,
    name: 'x',
    position: 1,
    total: 1,
    statements: 1,
    transactional: true,
  };
  const failed: Event = { kind: 'step-fail', ...common, milliseconds: 12 };
  const waits = (attempt: number): Event => ({ kind: 'waiting', reason: 'no lock', attempt, leftMilliseconds: 1_500 });
  const lines = linesOfEvents([begun, failed, waits(1), begun, failed, waits(2), begun, failed]);
  assert.is(lines.length, 3, lines.join('\n'));
  for (const n of [1, 2]) assert.is(lines[n - 1], `  waiting: no lock; up a1 is tried again (try ${n}, 1.5 s left)`);
  assert.match(lines[2]!, /^ {2}✗ 1\/1 up a1 x/);
});

/** What a log holds after these events, after each of these waits in milliseconds, and once it holds each of these lines. */
async function logOf(parts: readonly (Event | number | RegExp)[], quiet = false): Promise<string> {
  const pieces: string[] = [];
  const stream = { columns: 80, write: (piece: string) => pieces.push(piece) };
  const { emit, end } = showEvents(stream, viewOf(stream, {}, true), quiet, { start: 40, again: 100 });
  for (const part of parts) {
    if (typeof part === 'number') await sleep(part);
    else if (part instanceof RegExp) while (!part.test(pieces.join(''))) await sleep(5);
    else emit(part);
  }
  end();
  return pieces.join('');
}

const start = (id: string, op: 'up' | 'down' = 'up'): Event => ({
  kind: 'step-start',
  op,
  id,
  name: 'backfill',
  position: 1,
  total: 2,
  statements: 3,
  transactional: true,
});

test('a log says that a step has started, where it takes a moment, and from time to time that it is still at work', async () => {
  const one = { op: 'up', id: 'a1', milliseconds: 1 } as const;
  const quick = await logOf([start('a1'), { kind: 'step-end', ...one }, 80]);
  assert.is(quick.match(/▸/g), null, quick);
  const long = await logOf([start('a1'), /work.*work/s, { kind: 'step-end', ...one }, 200]);
  assert.match(
    long,
    /^ {2}▸ 1\/2 up a1 backfill: started\n( {2}▸ 1\/2 up a1 backfill: still at work after [\d.]+ m?s\n)+ {2}✓/,
  );
  // The first line says that it has started, though the process was kept from writing it for longer than the next one waits.
  const late = logOf([start('a1'), 1, /still at/, { kind: 'step-end', ...one }]);
  const since = performance.now();
  setTimeout(() => {
    while (performance.now() - since < 150);
  }, 10);
  assert.match(await late, /^ {2}▸ 1\/2 up a1 backfill: started\n {2}▸ 1\/2 up a1 backfill: still at work/);
  const failing = await logOf([start('a1', 'down'), /started/, { kind: 'step-fail', ...one }, 150]);
  assert.match(failing, /^ {2}▸ 1\/2 down a1 backfill: started\n( {2}▸ .* still at work .*\n)* {2}✗.*\n$/);
  const statement: Event = { kind: 'statement', id: 'a1', position: 2, total: 3, label: 'VACUUM', line: 7 };
  const working: Event = {
    kind: 'working',
    pid: 1,
    words: 'VACUUM: scanning heap, 45 %',
    command: 'VACUUM',
    phase: 'scanning heap',
    percent: 45,
    rows: undefined,
  };
  const bare = await logOf([start('a1'), statement, working, /at work after/]);
  assert.match(
    bare,
    /^ {2}▸ a1 2\/3 VACUUM \(line 7\): started\n.*still at work after [\d.]+ m?s, VACUUM: scanning heap, 45 %\n/,
  );
  assert.is(await logOf([start('a1'), 150], true), '');
});

test('what is made on throwaway databases is a live line, which ends before a question; a log says it once', async () => {
  const events: readonly Event[] = [
    { kind: 'verifying', scratch: 'PostgreSQL in this process' },
    { kind: 'generating', message: 'the files, and running them up and down with rows' },
  ];
  const pieces: string[] = [];
  const stream = { columns: 80, isTTY: true, write: (piece: string) => pieces.push(piece) };
  const { emit, pause, end } = showEvents(stream, viewOf(stream, {}, true), false);
  const shows = async (text: RegExp) => {
    while (!text.test(pieces.at(-1) ?? '')) await sleep(5);
  };
  emit(events[0]!);
  await shows(/^ {2}▸ running the files on scratch {2}\d+ ms$/);
  emit(events[1]!);
  await shows(/^ {2}▸ generating the files, and running them up and down with rows {2}\d+ ms$/);
  pause();
  const asked = pieces.length;
  await sleep(250);
  assert.equal(pieces.slice(asked), []);
  end();
  assert.match(
    await logOf([...events, /work.*work/s]),
    /^verifying on scratch.*\ngenerating the files, .*\n( {2}▸ generating the files, .*: still at work after [\d.]+ m?s\n)+$/,
  );
});

test.run();
