import { SendError } from '../database/session.ts';
import { isUpdownError } from '../errors.ts';
import { inspect } from '../sql/gate.ts';
import { readSql } from '../sql/read.ts';
import { applyFile, type FileFailure, type Site } from '../verify/file.ts';
import type { Draft } from './text.ts';

/**
 * Runs a draft on scratch as an up.sql is run. `look` is called in its transaction, before that ends. Undefined where nothing failed; what
 * updown itself refuses in the text has no SQLSTATE.
 */
export async function runDraft(
  site: Site,
  op: 'up' | 'down',
  { text }: Draft,
  look: () => Promise<void>,
): Promise<FileFailure | undefined> {
  try {
    const inspected = inspect(readSql(text, `${op}.sql`), { direction: 'up' });
    return await applyFile(site, { op, id: '', name: 'autogenerate', inspected }, look);
  } catch (error) {
    if (error instanceof SendError || !isUpdownError(error) || error.place === undefined) throw error;
    return { code: '', message: error.message, place: error.place };
  }
}
