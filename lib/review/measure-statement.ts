import { begin } from '../script/block.ts';
import type { Statement } from '../sql/source.ts';
import { attemptLimited, makeRole, rollBack, settle } from './attempt.ts';
import { compare } from './compare.ts';
import type { Held } from './comparison.ts';
import { addDocumentedLocks } from './documented-locks.ts';
import type { Effects } from './effects.ts';
import { findAdviceFacts } from './find-advice-facts.ts';
import type { MeasureContext } from './measure-context.ts';
import type { Failure, MeasuredStatement } from './measured.ts';
import { scansOf, tellPlans, untellPlans } from './plans.ts';
import { findNamed, relationsNamedBy } from './relations-named.ts';
import { addRowEffects } from './row-effects.ts';
import { findQueries, runTimed, uncheckedNotice } from './run-statement.ts';
import type { Scratch } from './scratch.ts';
import { findSkipped } from './skipped.ts';
import type { Snapshot } from './snapshot.ts';
import { readViews } from './updatable-views.ts';
import { watchLocks } from './watch-locks.ts';
import { findWrites, targetsOf } from './writes.ts';

export async function commitKept(scratch: Scratch, ending: string): Promise<Failure | undefined> {
  if (scratch.restorer === undefined) return attemptLimited(scratch, `${ending}COMMIT;\n`);
  const failed = (await attemptLimited(scratch, ending)) ?? (await settle(scratch));
  return failed ?? attemptLimited(scratch, 'COMMIT');
}

interface Measured {
  readonly measured: MeasuredStatement;
  readonly after: Snapshot;
  readonly held: ReadonlyMap<number, Held>;
}

/** Measures a statement inside a transaction, which holds every lock until its end. */
export async function measureHeld(
  context: MeasureContext,
  statement: Statement,
  number: number,
  before: Snapshot,
  held: ReadonlyMap<number, Held>,
): Promise<Measured> {
  const { scratch, keys, swaps, base, origin } = context;
  const { session, major } = scratch;
  const told = scratch.tellsPlans && (await tellPlans(session, major));
  const timed = await runTimed(context, statement, number, false);
  if (timed.error !== undefined) return { measured: { ...timed, ...nothing }, after: before, held };
  if (told) await untellPlans(session);
  const after = await scratch.snapshots.inside(before);
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

/** The statements that follow in the same transaction. Without one, no statement follows. */
function behindIt({ file }: MeasureContext, number: number): readonly Statement[] {
  const { source, statements } = file.inspected;
  return source.directives.noTransaction ? [] : statements.slice(number);
}

const nothing: Effects = { locks: [], rewrites: [], scans: [], builds: [], changes: [], rows: [], unproven: [] };

interface MeasuredOne {
  readonly measured: MeasuredStatement;
  /** The database before the step, under the oids that its objects have now. */
  readonly known: Snapshot;
}

export async function measureApart(
  context: MeasureContext,
  statement: Statement,
  number: number,
): Promise<MeasuredOne> {
  const { session } = context.scratch;
  await session.send(begin);
  const before = await context.scratch.snapshots.inside();
  const { measured } = await measureHeld(context, statement, number, before, new Map());
  const failed = measured.error ?? (await commitKept(context.scratch, ''));
  if (failed === undefined) return { measured, known: context.base };
  await rollBack(context.scratch, failed);
  if (await makeRole(context.scratch, failed)) return measureApart(context, statement, number);
  return { measured: { ...measured, error: failed }, known: context.base };
}

/** Measures a statement outside a transaction. Its locks are watched from a second session where there is one, and documented ones are added. */
export async function measureOutside(
  context: MeasureContext,
  statement: Statement,
  number: number,
): Promise<MeasuredOne> {
  const { scratch, keys, swaps, base, origin } = context;
  const { text, label } = statement;
  const before = await scratch.snapshots.outside();
  const names = relationsNamedBy(statement);
  const named = await findNamed(scratch.session, names, before);
  const watch = scratch.watcher && watchLocks(scratch.watcher, scratch.session.backendPid);
  const timed = await runTimed(context, statement, number, true).finally(() => watch?.stop());
  const seen = (await watch?.stop()) ?? [];
  if (timed.error !== undefined && (await makeRole(scratch, timed.error)))
    return measureOutside(context, statement, number);
  if (timed.error?.cause === 'limit') return { measured: { ...timed, ...nothing }, known: base };
  const after = await scratch.snapshots.outside(before);
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

/** REINDEX CONCURRENTLY builds a second index and gives it the name of the old one, so that it counts as the same index. */
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
