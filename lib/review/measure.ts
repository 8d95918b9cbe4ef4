import { SendError } from '../database/session.ts';
import { begin } from '../script/block.ts';
import { type Pins, pinFile, printPins, printRole } from '../script/settings.ts';
import type { Statement } from '../sql/source.ts';
import { type Builtin, findThere, findUsed, keyOf, withoutMade } from './builtins.ts';
import { compare } from './compare.ts';
import type { Held } from './comparison.ts';
import { addDocumentedLocks } from './documented-locks.ts';
import type { Effects } from './effects.ts';
import { type Making, nameAll, needsElsewhere, undefinedCodes } from './elsewhere.ts';
import { findAdviceFacts } from './find-advice-facts.ts';
import {
  attemptLimited,
  attemptOutside,
  cleaningOf,
  type FileUnderTest,
  type MeasureInput,
  makeRole,
  refuseInterrupted,
  rollBack,
  runHistory,
  settle,
  textsOf,
  wordLost,
} from './history.ts';
import { type KeyRecord, recordKeys } from './keys.ts';
import { says } from './meant.ts';
import type { Failure, MeasuredStatement, MeasuredStep, Measurement, Notice } from './measured.ts';
import { parseLoosely } from './parsed.ts';
import { explain, type Query, scansOf, tellPlans, untellPlans } from './plans.ts';
import { findNamed, relationsNamedBy } from './relations-named.ts';
import { addRowEffects } from './row-effects.ts';
import type { Scratch } from './scratch.ts';
import { findSkipped } from './skipped.ts';
import { ceilingOf, highestOid, type Snapshot } from './snapshot.ts';
import { createSnapshotTaker, type SnapshotTaker } from './snapshots.ts';
import { type Survey, takeSurvey } from './survey.ts';
import { recordSwaps, type SwapRecord } from './swaps.ts';
import { readViews } from './views.ts';
import { watchLocks } from './watch.ts';
import { findWrites, targetsOf } from './writes.ts';

/** Brings scratch to where the plan starts, then runs the plan statement by statement and looks what each one does. */
export async function measure(scratch: Scratch, input: MeasureInput): Promise<Measurement> {
  const missing = await runHistory(scratch, input);
  const gaps: Gaps = { missing: missing.length > 0 };
  const snapshots = createSnapshotTaker(scratch);
  const start = input.compares ? await snapshots.outside(highestOid) : undefined;
  const builtins = input.compares ? await findBuiltins(scratch, input) : undefined;
  const keys = recordKeys();
  const swaps = recordSwaps();
  const plan: PlanRecord = { origin: undefined, found: undefined, left: undefined };
  const steps: MeasuredStep[] = [];
  for (const [index, file] of input.plan.entries()) {
    tellStart(input, file, index);
    const started = performance.now();
    const found = await surveyBefore(scratch, input, plan);
    plan.found ??= found;
    const { statements, left } = await measureFile({ scratch, snapshots, keys, swaps, plan, file, input, gaps });
    plan.left = left;
    const failed = statements.some(({ error }) => error !== undefined && error.cause !== 'missing');
    const surveys = plan.found && found && left && { origin: plan.found, found, left };
    steps.push({ ...toStep(file, input, statements), surveys: failed ? undefined : surveys });
    const { op, id } = file;
    input.emit({ kind: failed ? 'step-fail' : 'step-end', op, id, milliseconds: performance.now() - started });
    // What comes next would be measured on a schema that is not the one it is meant for.
    if (failed) break;
  }
  return {
    scratch: scratch.label,
    steps: steps.map((step) => withEnds(step, keys, swaps)),
    shared: (await scratch.keeper?.effects()) ?? [],
    missing,
    start,
    builtins,
  };
}

async function surveyBefore(scratch: Scratch, input: MeasureInput, { left }: PlanRecord): Promise<Survey | undefined> {
  if (input.surveyed === false) return undefined;
  return left ?? (await takeSurvey(scratch.session, scratch.major));
}

function toStep(
  { op, id, name, inspected }: FileUnderTest,
  { pins }: MeasureInput,
  statements: readonly MeasuredStatement[],
): MeasuredStep {
  const { file, directives } = inspected.source;
  const { allow, noTransaction } = directives;
  const lockTimeout = pinFile(pins, directives).get('lock_timeout') ?? '0';
  return { op, id, name, file, transactional: !noTransaction, lockTimeout, allow, statements };
}

/** What of this server the plan uses, and another one may not have. */
function findBuiltins({ session }: Scratch, { history, plan }: MeasureInput): Promise<readonly Builtin[]> {
  const statementsOf = (files: readonly FileUnderTest[]) => files.flatMap(({ inspected }) => inspected.statements);
  const used = new Map(
    statementsOf(plan)
      .flatMap(({ text }) => findUsed(text))
      .map((one) => [keyOf(one), one]),
  );
  const making = statementsOf([...history, ...plan]).filter(({ label }) => label.startsWith('CREATE'));
  return findThere(
    session,
    withoutMade(
      [...used.values()],
      making.map(({ text }) => text),
    ),
    'server',
  );
}

function withEnds(step: MeasuredStep, keys: KeyRecord, record: SwapRecord): MeasuredStep {
  const statements = step.statements.map((one) => {
    const swaps = record.swapped(step.id, one.number);
    return { ...one, unindexed: keys.unindexed(step.id, one.number), swaps: swaps.length > 0 ? swaps : undefined };
  });
  return { ...step, statements };
}

function tellStart({ plan, emit }: MeasureInput, { op, id, name, inspected }: FileUnderTest, index: number): void {
  const { statements, source } = inspected;
  const place = { position: index + 1, total: plan.length, statements: statements.length };
  emit({ kind: 'step-start', op, id, name, ...place, transactional: !source.directives.noTransaction });
}

/** Whether scratch lacks something by now, so that what fails may need just that. */
interface Gaps {
  missing: boolean;
}

/** What is known of the whole plan so far. */
interface PlanRecord {
  /** As its first step found the database. */
  origin: Snapshot | undefined;
  found: Survey | undefined;
  /** As the step before left it. */
  left: Survey | undefined;
}

/** Everything one file needs while it is measured. */
interface FileContext {
  readonly gaps: Gaps;
  readonly plan: PlanRecord;
  readonly scratch: Scratch;
  readonly snapshots: SnapshotTaker;
  readonly keys: KeyRecord;
  readonly swaps: SwapRecord;
  readonly input: MeasureInput;
  readonly file: FileUnderTest;
  readonly pins: Pins;
}

interface MeasureContext extends FileContext {
  /** As the file found the database. */
  readonly base: Snapshot;
  /** As the plan found it. */
  readonly origin: Snapshot;
  /** The highest oid there was. */
  readonly ceiling: number;
}

async function measureFile(fileContext: Omit<FileContext, 'pins'>): Promise<MeasuredFile> {
  const { file, input } = fileContext;
  const { directives } = file.inspected.source;
  const pins = pinFile(input.pins, directives);
  try {
    return await (directives.noTransaction ? measureBare : measureTransaction)({
      ...fileContext,
      pins,
    });
  } catch (error) {
    refuseInterrupted(input);
    throw error instanceof SendError ? wordLost(error) : error;
  }
}

interface MeasuredFile {
  readonly statements: readonly MeasuredStatement[];
  /** What it leaves behind, where all of it ran. */
  readonly left?: Survey;
}

/** Inside its transaction, where there is one. */
async function takeLeft({ scratch, input }: FileContext): Promise<Pick<MeasuredFile, 'left'>> {
  return (input.surveyed ?? true) ? { left: await takeSurvey(scratch.session, scratch.major) } : {};
}

/** A statement that needs what scratch lacks is passed over, and what stands after it is measured without it. */
async function measureTransaction(
  fileContext: FileContext,
  passed: ReadonlyMap<number, MeasuredStatement> = new Map(),
): Promise<MeasuredFile> {
  const { scratch, snapshots, file, pins } = fileContext;
  await scratch.session.send(`${begin}${printPins(pins, 'SET LOCAL')}${printRole(pins, 'SET LOCAL')}`);
  fileContext.keys.begin(file.id);
  fileContext.swaps.begin(file.id);
  const base = await snapshots.inside(highestOid);
  fileContext.plan.origin ??= base;
  const context = { ...fileContext, base, origin: fileContext.plan.origin, ceiling: ceilingOf(base) };
  const measured: MeasuredStatement[] = [];
  let before = base;
  let held: ReadonlyMap<number, Held> = new Map();
  for (const [index, statement] of file.inspected.statements.entries()) {
    const lacking = passed.get(index + 1);
    if (lacking !== undefined) {
      measured.push(lacking);
      continue;
    }
    const one = await measureHeld(context, statement, index + 1, before, held);
    const { error } = one.measured;
    if (error !== undefined) {
      await rollBack(scratch, error);
      // What was begun is to be begun again.
      if (await makeRole(scratch, error)) return measureTransaction(fileContext, passed);
      const told = await tellLacking(fileContext, one.measured);
      if (told.error?.cause !== 'missing') return { statements: [...measured, told] };
      return measureTransaction(fileContext, new Map([...passed, [index + 1, told]]));
    }
    measured.push(one.measured);
    before = one.after;
    held = one.held;
  }
  const left = await takeLeft(fileContext);
  return { statements: await commitFile(context, measured), ...left };
}

/** Deferred constraints speak up at the end. */
async function commitFile(
  context: MeasureContext,
  measured: readonly MeasuredStatement[],
): Promise<readonly MeasuredStatement[]> {
  const { scratch, snapshots, input } = context;
  const failed = await commitKept(scratch, snapshots.endOfStep(cleaningOf(scratch)));
  refuseInterrupted(input);
  if (failed === undefined) return measured;
  await rollBack(scratch, failed);
  return measured.map((one, index) => (index === measured.length - 1 ? { ...one, error: failed } : one));
}

async function commitKept(scratch: Scratch, ending: string): Promise<Failure | undefined> {
  if (scratch.keeper === undefined) return attemptLimited(scratch, `${ending}COMMIT;\n`);
  const failed = (await attemptLimited(scratch, ending)) ?? (await settle(scratch));
  return failed ?? attemptLimited(scratch, 'COMMIT');
}

/** What is not there because the history could not make it, because an extension is not to be had, or because no file makes it. */
async function tellLacking(fileContext: FileContext, measured: MeasuredStatement): Promise<MeasuredStatement> {
  const { error, label, text } = measured;
  if (error === undefined || error.cause !== undefined) return measured;
  const isExtension = label === 'CREATE EXTENSION' && ['0A000', '58P01', '22023'].includes(error.code);
  const follows = fileContext.gaps.missing && undefinedCodes.has(error.code);
  if (
    !isExtension &&
    !follows &&
    !(await needsElsewhere(fileContext.scratch.session, text, error, makingOf(fileContext.input)))
  )
    return measured;
  fileContext.gaps.missing = true;
  const all = await nameAll(fileContext.scratch.session, text, error, () => textsOf(fileContext.input));
  return { ...measured, error: { ...all, cause: 'missing' } };
}

function makingOf(input: MeasureInput): Making {
  return {
    texts: textsOf(input),
    isThere: input.isThere,
  };
}

interface Measured {
  readonly measured: MeasuredStatement;
  readonly after: Snapshot;
  readonly held: ReadonlyMap<number, Held>;
}

/** One statement inside a transaction, which keeps every lock to its end. */
async function measureHeld(
  context: MeasureContext,
  statement: Statement,
  number: number,
  before: Snapshot,
  held: ReadonlyMap<number, Held>,
): Promise<Measured> {
  const { scratch, snapshots, keys, swaps, base, origin, ceiling } = context;
  const { session, major } = scratch;
  const told = scratch.tellsPlans && (await tellPlans(session, major));
  const timed = await runTimed(context, statement, number, false);
  if (timed.error !== undefined) return { measured: { ...timed, ...nothing }, after: before, held };
  if (told) await untellPlans(session);
  const after = await snapshots.inside(ceiling);
  keys.note(number, { base, before, after });
  swaps.note(number, { base, before, after });
  const { text, label } = statement;
  const compared = compare({ base, origin, before, after, number, label, text, held });
  const queries = await findQueries(scratch, statement, told);
  const views = await readViews(session, queries.flatMap(targetsOf), before);
  const writes = queries.flatMap((query) => findWrites(query, views));
  const unchecked = timed.notices.some(({ code }) => code === uncheckedNotice.code);
  const added = addRowEffects(compared, { base, before, after, number, writes, queries, unchecked });
  const { effects } = added;
  const planned = queries.flatMap(scansOf);
  const adviceFacts = await findAdviceFacts(session, { base, before, after, text, label, effects, planned });
  const skipped = await findSkipped(session, statement, behindIt(context, number), timed, after);
  return { measured: { ...timed, ...effects, ...skipped, adviceFacts }, after, held: added.held };
}

/** In its transaction; outside one, each statement has its own. */
function behindIt({ file }: MeasureContext, number: number): readonly Statement[] {
  const { source, statements } = file.inspected;
  return source.directives.noTransaction ? [] : statements.slice(number);
}

/** What it planned and ran. */
async function findQueries(
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

const nothing: Effects = { locks: [], rewrites: [], scans: [], builds: [], changes: [], rows: [], unproven: [] };

async function runTimed(
  context: MeasureContext,
  statement: Statement,
  number: number,
  isOutside: boolean,
): Promise<Omit<MeasuredStatement, keyof Effects>> {
  const { scratch, snapshots, input, file } = context;
  const { text, line, label } = statement;
  refuseInterrupted(input);
  snapshots.beforeStatement(text);
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

/** A row may refer to one that only production has: then it is written without that check, whose locks are known. */
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

/** In the catalogs alone: ALTER TABLE would take locks of its own, and replica mode would keep other triggers from firing too. */
function fireReferences(state: 'D' | 'O'): string {
  return `UPDATE pg_catalog.pg_trigger SET tgenabled = '${state}' WHERE tgisinternal AND tgfoid::pg_catalog.regproc::text ~ 'RI_FKey_check_(ins|upd)';
UPDATE pg_catalog.pg_class SET relhastriggers = true WHERE relhastriggers;\n`;
}

const uncheckedNotice: Notice = {
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

/** In process there is no other program, and what asks for one never returns. */
function refuseProgram({ scratch }: MeasureContext, { label, text }: Statement): Failure | undefined {
  if (scratch.watcher !== undefined || label !== 'COPY' || !runsProgram(text)) return undefined;
  return { code: '0A000', message: 'COPY with a program can only be measured on a scratch server' };
}

/** A file without a transaction: each statement alone, and what can stand in a transaction in one of its own. */
async function measureBare(fileContext: FileContext): Promise<MeasuredFile> {
  const { scratch, snapshots, file, pins } = fileContext;
  await scratch.session.send(printPins(pins, 'SET') + printRole(pins, 'SET'));
  fileContext.keys.begin(file.id);
  fileContext.swaps.begin(file.id);
  let base = await snapshots.outside(highestOid);
  fileContext.plan.origin ??= base;
  const { origin } = fileContext.plan;
  const ceiling = ceilingOf(base);
  const measured: MeasuredStatement[] = [];
  for (const [index, statement] of file.inspected.statements.entries()) {
    const isOutside = !statement.transactional || statement.mayCommit || statement.session;
    const one = await (isOutside ? measureOutside : measureApart)(
      { ...fileContext, base, origin, ceiling },
      statement,
      index + 1,
    );
    const told = await tellLacking(fileContext, one.measured);
    measured.push(told);
    if (told.error?.cause === 'limit') return { statements: measured };
    if (told.error !== undefined && told.error.cause !== 'missing') break;
    base = one.known;
  }
  await scratch.session.send(snapshots.endOfStep(cleaningOf(scratch)));
  return { statements: measured, ...(await takeLeft(fileContext)) };
}

interface MeasuredOne {
  readonly measured: MeasuredStatement;
  /** What was there before the step began, under the oids it has now. */
  readonly known: Snapshot;
}

async function measureApart(context: MeasureContext, statement: Statement, number: number): Promise<MeasuredOne> {
  const { session } = context.scratch;
  await session.send(begin);
  const before = await context.snapshots.inside(context.ceiling);
  const { measured } = await measureHeld(context, statement, number, before, new Map());
  const failed = measured.error ?? (await commitKept(context.scratch, ''));
  if (failed === undefined) return { measured, known: context.base };
  await rollBack(context.scratch, failed);
  if (await makeRole(context.scratch, failed)) return measureApart(context, statement, number);
  return { measured: { ...measured, error: failed }, known: context.base };
}

/** It keeps no transaction open in which to look: its locks are watched from outside where that is possible, and known by the manual elsewhere. */
async function measureOutside(context: MeasureContext, statement: Statement, number: number): Promise<MeasuredOne> {
  const { scratch, snapshots, keys, swaps, base, origin, ceiling } = context;
  const { text, label } = statement;
  const before = await snapshots.outside(ceiling);
  const names = relationsNamedBy(statement);
  const named = await findNamed(scratch.session, names, before);
  const watch = scratch.watcher && watchLocks(scratch.watcher, scratch.session.backendPid);
  const timed = await runTimed(context, statement, number, true).finally(() => watch?.stop());
  const seen = (await watch?.stop()) ?? [];
  if (timed.error !== undefined && (await makeRole(scratch, timed.error)))
    return measureOutside(context, statement, number);
  if (timed.error?.cause === 'limit') return { measured: { ...timed, ...nothing }, known: base };
  const after = await snapshots.outside(ceiling);
  keys.note(number, { base, before, after });
  swaps.note(number, { base, before, after });
  const { effects } = compare({ base, origin, before, after, number, label, text, held: new Map(), seen });
  const known = adopt(base, before, after);
  if (timed.error !== undefined) return { measured: { ...timed, ...effects }, known };
  const isOfAll = names.length === 0;
  const locks = addDocumentedLocks(effects.locks, { statement, number, named, isOfAll, before, effects });
  const adviceFacts = await findAdviceFacts(scratch.session, { base, before, after, text, label, effects });
  const skipped = await findSkipped(scratch.session, statement, [], timed, after);
  return { measured: { ...timed, ...effects, ...skipped, adviceFacts, locks }, known };
}

/** REINDEX CONCURRENTLY builds another index and gives it the old one's name: to everybody else it is the same one. */
function adopt(base: Snapshot, before: Snapshot, after: Snapshot): Snapshot {
  const old = new Map(Array.from(before.relations.values(), (row) => [row.name, row]));
  const adopted = [...after.relations.values()].filter(({ oid, name, index }) => {
    const then = old.get(name);
    if (then === undefined || index === null || oid === then.oid) return false;
    return base.relations.has(then.oid) && then.index?.table === index.table && !after.relations.has(then.oid);
  });
  if (adopted.length === 0) return base;
  return { ...base, relations: new Map([...base.relations, ...adopted.map((row) => [row.oid, row] as const)]) };
}
