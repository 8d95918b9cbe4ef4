import { SendError, type Session } from '../../lib/database/session.ts';
import { toComparable } from '../../lib/drift/comparable.ts';
import { type DriftItem, findChanges, toDrift } from '../../lib/drift/drift.ts';
import type { IsIgnored } from '../../lib/drift/ignore.ts';
import type { Comparison } from '../../lib/drift/plan.ts';
import { type Dependencies, readDependencies, readDependenciesWithin } from '../../lib/schema/dependencies.ts';
import { readSchema, readSchemaWithin } from '../../lib/schema/read.ts';
import type { Schema } from '../../lib/schema/schema.ts';
import { ledger } from '../schema/snapshot.ts';

/** What became of something that was changed by hand, once the SQL that is told had run as it stands. */
export interface Outcome {
  readonly verdict: 'put back' | 'no drift' | 'not written' | 'wrong' | 'refused by the server';
  /** The kinds of the changes that were told. */
  readonly kinds: readonly string[];
  /** What was told, and what is left. */
  readonly told: readonly string[];
}

/** Changes the database, and puts it back: in the transaction that the caller has begun, or in one for each text. */
export async function putBack(
  session: Session,
  texts: readonly string[],
  isWithin = true,
  rounds = 1,
  isIgnored: IsIgnored = () => false,
  whenChanged: () => Promise<void> = async () => {},
): Promise<Outcome> {
  const look = () => read(session, isWithin);
  const expected = await look();
  try {
    for (const text of texts) await session.send(text);
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    return { verdict: 'refused by the server', kinds: [], told: [error.fields?.code ?? '', error.message] };
  }
  await whenChanged();
  let outcome = await runRemedies(session, expected, look, isIgnored);
  for (let round = 1; round < rounds && outcome.told.some((line) => line.startsWith('left: ')); round++)
    outcome = { ...(await runRemedies(session, expected, look, isIgnored)), told: outcome.told };
  return outcome;
}

interface Side {
  readonly schema: Schema;
  readonly dependencies: Dependencies;
}

async function read(session: Session, isWithin: boolean): Promise<Side> {
  const roles = new Set(['postgres']);
  const schema = toComparable(await (isWithin ? readSchemaWithin : readSchema)(session, ledger), {
    roles,
    as: 'postgres',
    all: roles,
  });
  return { schema, dependencies: await (isWithin ? readDependenciesWithin : readDependencies)(session) };
}

async function runRemedies(
  session: Session,
  expected: Side,
  look: () => Promise<Side>,
  isIgnored: IsIgnored,
): Promise<Outcome> {
  const items = compare(expected, await look(), isIgnored);
  const kinds = items.map(({ change }) => change.kind);
  if (items.length === 0) return { verdict: 'no drift', kinds, told: [] };
  const told = items.map((item) => `${item.message}: ${[...item.remedy, item.why ?? ''].join(' ')}`);
  try {
    for (const { remedy } of items) for (const statement of remedy) await session.send(statement);
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    return { verdict: 'wrong', kinds, told: [...told, error.message] };
  }
  const left = compare(expected, await look(), isIgnored);
  if (left.length === 0) return { verdict: 'put back', kinds, told };
  const isSaid = items.some(({ why }) => why !== undefined && !why.startsWith('It follows'));
  return {
    verdict: isSaid ? 'not written' : 'wrong',
    kinds,
    told: [...told, ...left.map(({ message }) => `left: ${message}`)],
  };
}

function compare(expected: Side, live: Side, isIgnored: IsIgnored): readonly DriftItem[] {
  const comparison: Omit<Comparison, 'ignored'> = {
    expected: expected.schema,
    live: live.schema,
    dependencies: { expected: expected.dependencies, live: live.dependencies },
  };
  const { changes, ignored } = findChanges(expected.schema, live.schema, isIgnored);
  return toDrift(changes, { ...comparison, ignored }).filter(({ severity }) => severity === 'drift');
}
