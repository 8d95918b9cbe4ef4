import { UpdownError } from '../errors.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { inspect } from '../sql/gate.ts';
import type { SqlSource, Statement } from '../sql/source.ts';
import { apply, type FileFailure, type Site } from '../verify/file.ts';

interface Failed {
  readonly file: FileUnderTest;
  readonly failure: FileFailure;
}

/**
 * Runs files that may need each other. What fails is tried again behind the others, as long as one of them succeeds; files that need each other in
 * a circle go on statement by statement, in each of them one behind the other. Returns what was run, in an order that works. Throws `sql` where a
 * statement is left that fails whatever was run before it.
 */
export async function applyInAnyOrder(site: Site, files: readonly FileUnderTest[]): Promise<readonly FileUnderTest[]> {
  const whole = await applyAround(site, files);
  const [only, ...others] = whole.failed;
  if (only === undefined) return whole.done;
  if (others.length === 0) throw wordFailed(only, []);
  const pieces = await applyPieces(
    site,
    whole.failed.map(({ file }) => splitFile(file)),
  );
  return [...whole.done, ...pieces];
}

async function applyAround(
  site: Site,
  files: readonly FileUnderTest[],
): Promise<{ readonly done: readonly FileUnderTest[]; readonly failed: readonly Failed[] }> {
  const done: FileUnderTest[] = [];
  for (let rest = files; ; ) {
    const failed: Failed[] = [];
    for (const file of rest) {
      const failure = await apply(site, file);
      if (failure === undefined) done.push(file);
      else failed.push({ file, failure });
    }
    if (failed.length === 0 || failed.length === rest.length) return { done, failed };
    rest = failed.map(({ file }) => file);
  }
}

/** One statement of a file: `run` has it where it stands there, `text` without all the others. */
interface Piece {
  readonly run: FileUnderTest;
  readonly text: FileUnderTest;
}

async function applyPieces(site: Site, files: readonly (readonly Piece[])[]): Promise<readonly FileUnderTest[]> {
  const done: FileUnderTest[] = [];
  for (let rest = files; ; ) {
    const before = done.length;
    const failed: Failed[] = [];
    const left: (readonly Piece[])[] = [];
    for (const pieces of rest) {
      const stopped = await applyUntilOneFails(site, pieces, done);
      if (stopped === undefined) continue;
      failed.push(stopped);
      left.push(pieces.slice(pieces.findIndex(({ run }) => run === stopped.file)));
    }
    const [first, ...others] = failed;
    if (first === undefined) return done;
    if (done.length === before) throw wordFailed(first, others);
    rest = left;
  }
}

async function applyUntilOneFails(
  site: Site,
  pieces: readonly Piece[],
  done: FileUnderTest[],
): Promise<Failed | undefined> {
  for (const { run, text } of pieces) {
    const failure = await apply(site, run);
    if (failure !== undefined) return { file: run, failure };
    done.push(text);
  }
  return undefined;
}

/** What a file sets is set for each of its statements. */
function splitFile(file: FileUnderTest): readonly Piece[] {
  const { source, statements } = file.inspected;
  const { text } = source;
  return statements.flatMap((statement, index): readonly Piece[] => {
    if (statement.session) return [];
    const from = endOf(source, statements[index - 1]);
    const settings = statements.slice(0, index).filter(({ session }) => session);
    const parts = [
      ...settings.map(({ start, end }) => `${text.slice(start, end)};\n`),
      text.slice(from, endOf(source, statement)),
    ];
    const blank = (start: number, end: number) => text.slice(start, end).replaceAll(/[^\n]/g, ' ');
    let at = 0;
    const kept = [...settings, statement].map(({ start, end }) => {
      const own = `${blank(at, start)}${text.slice(start, end)};`;
      at = end + 1;
      return own;
    });
    return [{ run: toFile(file, kept.join('')), text: toFile(file, parts.join('').trim()) }];
  });
}

/** Behind its semicolon. */
function endOf({ text }: SqlSource, statement: Statement | undefined): number {
  if (statement === undefined) return 0;
  const semicolon = /^\s*;/.exec(text.slice(statement.end))?.[0].length ?? 0;
  return statement.end + semicolon;
}

function toFile(file: FileUnderTest, text: string): FileUnderTest {
  return { ...file, inspected: inspect({ ...file.inspected.source, text }, { direction: 'up' }) };
}

function wordFailed({ file, failure }: Failed, others: readonly Failed[]): UpdownError {
  return new UpdownError('sql', `"${file.name}" can't be run on an empty database: ${failure.message}`, {
    hint: 'Correct that file; what it needs and does not make goes into a file, which "scratch": { "setup": "<file>" } in updown.json names. Nothing but scratch was touched.',
    place: failure.place,
    sqlstate: failure.code,
    notes: others.slice(0, 10).map((other) => `"${other.file.name}" can't be run, either: ${other.failure.message}`),
  });
}
