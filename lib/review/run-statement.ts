import type { Statement } from '../sql/source.ts';
import { attemptLimited, attemptOutside } from './attempt.ts';
import type { Effects } from './effects.ts';
import { refuseInterrupted } from './file-under-test.ts';
import type { MeasureContext } from './measure-context.ts';
import type { Failure, MeasuredStatement, Notice } from './measured.ts';
import { parseLoosely } from './parsed.ts';
import { explain, type Query } from './plans.ts';
import type { Scratch } from './scratch.ts';
import { says } from './statement-words.ts';

/** The queries that the statement planned. */
export async function findQueries(
  { session, takePlans }: Scratch,
  { label, text }: Statement,
  told: boolean,
): Promise<readonly Query[]> {
  if (label === 'EXPLAIN' && !isExplainedByRunning(text)) return [];
  if (told) return takePlans();
  const hasPlan = ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'WITH', 'SELECT', 'VALUES'].includes(label);
  return hasPlan ? explain(session, text) : [];
}

function isExplainedByRunning(text: string): boolean {
  const nodes = parseLoosely(text);
  if (nodes === undefined) return says(text, 'analyze', 'analyse');
  const options = nodes.flatMap((node) => ('ExplainStmt' in node ? (node.ExplainStmt.options ?? []) : []));
  const last = options
    .flatMap((one) => ('DefElem' in one && one.DefElem.defname === 'analyze' ? [one.DefElem] : []))
    .at(-1);
  return last !== undefined && !/"(false|off)"|"ival":0|"Integer":\{\}/i.test(JSON.stringify(last.arg ?? ''));
}

export async function runTimed(
  context: MeasureContext,
  statement: Statement,
  number: number,
  isOutside: boolean,
): Promise<Omit<MeasuredStatement, keyof Effects>> {
  const { scratch, input, file } = context;
  const { text, line, label } = statement;
  refuseInterrupted(input);
  scratch.snapshots.beforeStatement(text);
  input.emit({
    kind: 'statement',
    id: file.id,
    position: number,
    total: file.inspected.statements.length,
    label,
    line,
  });
  scratch.takeNotices();
  scratch.takePlans();
  const extra: Notice[] = [];
  const started = performance.now();
  const error =
    refuseProgram(context, statement) ??
    (await attemptRows(scratch, statement, isOutside, (notice) => extra.push(notice)));
  const milliseconds = performance.now() - started;
  refuseInterrupted(input);
  return {
    number,
    line,
    label,
    text,
    notices: [...scratch.takeNotices(), ...extra],
    milliseconds,
    unindexed: [],
    error,
  };
}

/** A row may reference one that only production has. Then it is written without the foreign key check, whose locks are known. */
async function attemptRows(
  scratch: Scratch,
  statement: Statement,
  isOutside: boolean,
  onNote: (notice: Notice) => void,
): Promise<Failure | undefined> {
  const { text, label, transactional } = statement;
  if (isOutside) return attemptOutside(scratch, statement, (message) => onNote(asideNotice(message)));
  if (!transactional || !['INSERT', 'UPDATE', 'MERGE', 'WITH'].includes(label)) return attemptLimited(scratch, text);
  await scratch.session.send('SAVEPOINT updown_rows');
  const error = await attemptLimited(scratch, text);
  if (error?.code !== '23503') return error;
  const unchecked = `ROLLBACK TO SAVEPOINT updown_rows;\n${fireReferences('D')}${text};\n${fireReferences('O')}`;
  if ((await attemptLimited(scratch, unchecked)) !== undefined) return error;
  onNote(uncheckedNotice);
  return undefined;
}

function asideNotice(message: string): Notice {
  return { severity: 'NOTE', code: '0A000', message };
}

/** Changes pg_trigger itself: ALTER TABLE would take locks, and session_replication_role would disable other triggers too. */
function fireReferences(state: 'D' | 'O'): string {
  return `UPDATE pg_catalog.pg_trigger SET tgenabled = '${state}' WHERE tgisinternal AND tgfoid::pg_catalog.regproc::text ~ 'RI_FKey_check_(ins|upd)';
UPDATE pg_catalog.pg_class SET relhastriggers = true WHERE relhastriggers;\n`;
}

export const uncheckedNotice: Notice = {
  severity: 'NOTE',
  code: '23503',
  message: 'it refers to rows that scratch has not, and was measured without foreign keys firing',
};

function runsProgram(text: string): boolean {
  const nodes = parseLoosely(text);
  return nodes === undefined
    ? says(text, 'program')
    : nodes.some((node) => 'CopyStmt' in node && node.CopyStmt.is_program === true);
}

/** COPY ... PROGRAM hangs in PGlite. */
function refuseProgram({ scratch }: MeasureContext, { label, text }: Statement): Failure | undefined {
  if (scratch.watcher !== undefined || label !== 'COPY' || !runsProgram(text)) return undefined;
  return { code: '0A000', message: 'COPY with a program can only be measured on a scratch server' };
}
