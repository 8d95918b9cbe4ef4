import { SendError } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { cleaning } from '../ledger/setting.ts';
import { begin } from '../script/block.ts';
import { resetRole } from '../script/step.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import type { Failure } from './measured.ts';
import type { Scratch } from './scratch.ts';

/** PGlite has no authenticated user to go back to, so the role has to be named. */
function resetOf({ watcher }: Scratch): string {
  const reset = resetRole.join('');
  return watcher === undefined
    ? reset.replace('RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION postgres')
    : reset;
}

/** What ends a step, and leaves nothing of it in the session. */
export function cleaningOf(scratch: Scratch): string {
  return scratch.snapshots.endOfStep(`${resetOf(scratch)}${cleaning.join('; ')};\n`);
}

/** Sends text of the files, and stops it when it runs longer than a statement may. */
export async function attemptLimited(
  { session, limit }: Pick<Scratch, 'session' | 'limit'>,
  text: string,
  statements = 1,
): Promise<Failure | undefined> {
  const most = Math.min(limit * Math.max(1, statements), 0x7fffffff);
  try {
    await session.send(text, { dropsRows: true, deadlineMilliseconds: most > 0 ? most : undefined });
    return undefined;
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    if (error.timedOut) return wordStopped(limit);
    if (error.fields === undefined || error.lost) throw wordLost(error);
    return { code: error.fields.code, message: error.fields.message };
  }
}

/** The same for a statement outside a transaction, which on a server may change more than its database. */
export async function attemptOutside(
  scratch: Scratch,
  statement: Statement,
  onSubstitute: (words: string) => void = () => {},
): Promise<Failure | undefined> {
  const { restorer, session } = scratch;
  if (restorer === undefined || statement.session) return attemptLimited(scratch, statement.text);
  if (statement.transactional && !statement.mayCommit) {
    const failed = (await attemptLimited(scratch, `${begin}${statement.text}`)) ?? (await settle(scratch));
    if (failed === undefined) return attemptLimited({ session, limit: 0 }, 'COMMIT');
    await rollBack(scratch, failed);
    return failed;
  }
  const substitute = await restorer.begin(statement);
  if (substitute.kind === 'left out') {
    onSubstitute(`${substitute.object} was not run: ${substitute.reason}`);
    return undefined;
  }
  const text = substitute.kind === 'run' ? substitute.text : statement.text;
  const failed = await attemptLimited(scratch, text).catch(async (error: unknown) => {
    // The loss of the session is what the user has to hear of.
    await restorer.end(substitute).catch(() => {});
    throw error;
  });
  await restorer.end(substitute);
  return failed;
}

/** Undoes, before the commit, what was changed of others' roles and databases on a scratch server. */
export async function settle({ restorer }: Scratch): Promise<Failure | undefined> {
  const refused = await restorer?.settle();
  return refused === undefined ? undefined : { code: '55000', message: refused, cause: 'server' };
}

/** In PGlite a statement can only be stopped by ending the whole database, so the ROLLBACK may fail. */
export async function rollBack({ session }: Scratch, failed: Failure): Promise<void> {
  try {
    await session.send('ROLLBACK');
  } catch (error) {
    if (failed.cause !== 'limit') throw error;
  }
}

export function wordStopped(limit: number): Failure {
  const message = `it was still running after ${wordLimit(limit)} on scratch, and was stopped`;
  return { code: '57014', message, cause: 'limit' };
}

function wordLimit(milliseconds: number): string {
  return milliseconds % 60_000 === 0 ? `${milliseconds / 60_000} min` : `${milliseconds / 1000} s`;
}

export function wordLost(error: unknown): UpdownError {
  const message = error instanceof Error ? error.message : String(error);
  const isGone = !(error instanceof SendError) || error.lost;
  return new UpdownError(
    isGone ? 'connection' : 'sql',
    isGone ? `Scratch is gone: ${message}` : `Scratch can't be looked at: ${message}`,
    {
      hint: 'Run the command again, or on another scratch server. Nothing but scratch was touched.',
      cause: error,
    },
  );
}

const missingRole = /^role "(.+)" does not exist$/;

export function isRole({ message }: { readonly message: string }): boolean {
  return missingRole.test(message);
}

/** Makes the role that is missing, where that is what the message says. */
export async function makeRole(scratch: Scratch, { message }: { readonly message: string }): Promise<boolean> {
  const [, role] = missingRole.exec(message) ?? [];
  return role !== undefined && (await createRole(scratch, role));
}

/** Whether the role could be made. */
export async function createRole({ session, watcher, restorer }: Scratch, role: string): Promise<boolean> {
  if (restorer !== undefined) return restorer.makeRole(role);
  if (watcher !== undefined) return false;
  await session.send(`CREATE ROLE ${quoteIdent(role)}`);
  return true;
}
