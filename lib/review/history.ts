import { SendError } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { begin } from '../script/block.ts';
import { pinFile, printPins, printRole } from '../script/settings.ts';
import { placeAt } from '../sql/locate.ts';
import type { Statement } from '../sql/source.ts';
import { attemptLimited, attemptOutside, cleaningOf, isRole, makeRole, rollBack, settle, wordLost } from './attempt.ts';
import { namesMadeBy } from './created-names.ts';
import { type FileUnderTest, type MeasureInput, refuseInterrupted, textsOf } from './file-under-test.ts';
import type { Failure, Missing } from './measured.ts';
import { nameAll } from './missing-names.ts';
import type { Scratch } from './scratch.ts';

/** Brings scratch to where the plan starts, and returns the statements that failed on the way. */
export async function runHistory(scratch: Scratch, input: MeasureInput): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const file of input.history) {
    refuseInterrupted(input);
    try {
      const failed = await runFile(scratch, file, input);
      if (file.setup) refuseSetup(file, failed);
      missing.push(...failed);
    } catch (error) {
      refuseInterrupted(input);
      throw error instanceof SendError ? wordLost(error) : error;
    }
  }
  if (scratch.watcher === undefined) await scratch.session.send(forgetEmptiness);
  return tellFollowing(missing, input.history);
}

/** The planner takes a table that was analyzed or indexed while it was empty for empty. Any other table it plans as one with rows. */
const forgetEmptiness =
  "UPDATE pg_catalog.pg_class SET reltuples = -1 WHERE relkind IN ('r', 'm') AND relpages = 0 AND oid >= 16384";

/** Runs a file as `upgrade` does, without the ledger. Where that fails, its statements are run one by one. */
async function runFile(scratch: Scratch, file: FileUnderTest, input: MeasureInput): Promise<readonly Missing[]> {
  const { source, statements } = file.inspected;
  const pins = pinFile(input.pins, source.directives);
  scratch.snapshots.beforeStatement(source.text);
  if (!source.directives.noTransaction) {
    const head = `${begin}${printPins(pins, 'SET LOCAL')}${printRole(pins, 'SET LOCAL')}`;
    const failed = await sendWhole(scratch, input, `${head}${source.text}\n;\n`, statements.length);
    return failed === undefined ? [] : runInPieces(scratch, file, input, head);
  }
  const missing: Missing[] = [];
  await scratch.session.send(printPins(pins, 'SET') + printRole(pins, 'SET'));
  for (const statement of statements) {
    const failed = await sendOutside(scratch, input, statement);
    if (failed === undefined) continue;
    await scratch.session.send(begin);
    missing.push(
      toMissing(file, statement, await nameAll(scratch.session, statement.text, failed, () => textsOf(input))),
    );
    await scratch.session.send('ROLLBACK');
  }
  await scratch.session.send(cleaningOf(scratch));
  return missing;
}

/** Sends a transaction up to its commit. PGlite has no role but the superuser, so a role that a file names is created when it is missed. */
async function sendWhole(
  scratch: Scratch,
  input: MeasureInput,
  text: string,
  statements: number,
): Promise<Failure | undefined> {
  const { restorer, session } = scratch;
  const end = cleaningOf(scratch);
  for (;;) {
    const whole = restorer === undefined ? `${text}${end}COMMIT;\n` : `${text}${end}`;
    const failed = (await attemptLimited(scratch, whole, statements)) ?? (await commitKept(scratch));
    refuseInterrupted(input);
    if (failed === undefined) return undefined;
    await rollBack(scratch, failed);
    if (!(await makeRole(scratch, failed))) return refuseLimit(failed);
  }
  async function commitKept(open: Scratch): Promise<Failure | undefined> {
    if (open.restorer === undefined) return undefined;
    return (await settle(open)) ?? (await attemptLimited({ session, limit: 0 }, 'COMMIT'));
  }
}

/** Sends a statement outside a transaction, or in a transaction of its own. */
async function sendOutside(scratch: Scratch, input: MeasureInput, statement: Statement): Promise<Failure | undefined> {
  for (;;) {
    const failed = await attemptOutside(scratch, statement);
    refuseInterrupted(input);
    if (failed === undefined || !(await makeRole(scratch, failed))) return failed && refuseLimit(failed);
  }
}

/** Runs each statement of a failed transaction after a savepoint, and leaves out those that fail. */
async function runInPieces(
  scratch: Scratch,
  file: FileUnderTest,
  input: MeasureInput,
  head: string,
): Promise<readonly Missing[]> {
  const { statements } = file.inspected;
  const missing: Missing[] = [];
  await scratch.session.send(head);
  for (const statement of statements) {
    refuseInterrupted(input);
    await scratch.session.send('SAVEPOINT updown_piece');
    const failed = await attemptLimited(scratch, statement.text);
    if (failed === undefined) {
      // The statement may have released the savepoint together with one of its own.
      await attemptLimited(scratch, 'RELEASE SAVEPOINT updown_piece');
      continue;
    }
    refuseLimit(failed);
    if (isRole(failed)) {
      await scratch.session.send('ROLLBACK');
      if (await makeRole(scratch, failed)) return runInPieces(scratch, file, input, head);
      throw new UpdownError(
        'sql',
        `Scratch has no ${failed.message.replace(/ does not exist$/, '')}, and none can be made`,
        {
          hint: 'The role that connects to the scratch server needs CREATEROLE there, or the role has to be there.',
          sqlstate: failed.code,
        },
      );
    }
    await scratch.session.send('ROLLBACK TO SAVEPOINT updown_piece');
    missing.push(
      toMissing(file, statement, await nameAll(scratch.session, statement.text, failed, () => textsOf(input))),
    );
    // The queries of nameAll set the search path, which this undoes.
    await scratch.session.send('ROLLBACK TO SAVEPOINT updown_piece');
  }
  const ended = (await attemptLimited(scratch, cleaningOf(scratch))) ?? (await settle(scratch));
  const failed = ended ?? (await attemptLimited(scratch, 'COMMIT'));
  if (failed === undefined) return missing;
  await rollBack(scratch, failed);
  const last = statements.at(-1);
  return last === undefined ? missing : [...missing, toMissing(file, last, failed)];
}

/** The setup file was written for scratch alone, so that its failure is an error. */
function refuseSetup({ inspected }: FileUnderTest, [first]: readonly Missing[]): void {
  if (first === undefined) return;
  const { source, statements } = inspected;
  const start = statements.find(({ line }) => line === first.line)?.start ?? 0;
  throw new UpdownError('sql', `The setup of scratch fails: ${first.message}`, {
    hint: 'Correct the file, or take what it needs from a scratch server (--scratch postgres://…). Nothing but scratch was touched.',
    place: placeAt(source, start),
    sqlstate: first.code,
  });
}

function toMissing({ id, inspected }: FileUnderTest, { line, label }: Statement, { code, message }: Failure): Missing {
  return { id, file: inspected.source.file, line, label, code, message, follows: false };
}

/** A statement of the history that never ends would not end when it is run alone either. */
function refuseLimit(failed: Failure): Failure {
  if (failed.cause !== 'limit') return failed;
  throw new UpdownError('sql', `Scratch can't be brought to where the plan starts: ${failed.message}`, {
    hint: 'A loop that waits for rows never ends on empty scratch: give it rows in a setup file ("scratch": { "setup": … } in updown.json). If it only takes long: --statement-timeout <duration>.',
  });
}

/** Marks the failures whose message names something that another failed statement would have created. */
function tellFollowing(missing: readonly Missing[], history: readonly FileUnderTest[]): readonly Missing[] {
  const skipped = new Set(missing.map(({ file, line }) => JSON.stringify([file, line])));
  const made = history.flatMap(({ inspected: { source, statements } }) =>
    statements.flatMap(({ line, text }) => (skipped.has(JSON.stringify([source.file, line])) ? namesMadeBy(text) : [])),
  );
  const quoted = (name: string) => [`"${name}"`, `.${name}"`, ` ${name}(`];
  return missing.map((one) => ({
    ...one,
    follows:
      made.some((name) => quoted(name).some((words) => one.message.includes(words))) &&
      one.label !== 'CREATE EXTENSION',
  }));
}
