import type { IsIgnored } from '../drift/ignore.ts';
import type { Site } from '../verify/file.ts';
import { findLosses, type Holdings, readHoldings, sameNames } from './count.ts';
import { differencesOf, type Landing, readLandingWithin } from './landing.ts';
import { type Knowledge, learnRows } from './learn.ts';
import { type Facts, planByDelta, readFacts } from './pg-delta.ts';
import { keyOfChange, type Piece } from './piece.ts';
import { readPlaces } from './places.ts';
import { printDraft } from './text.ts';
import { runDraft } from './trial.ts';
import { type Impact, readFiles, readImpact } from './watch.ts';

/** What another planner is told of the two schemas that a revision stands between. */
export interface SecondPlanner {
  readonly ledger: string;
  readonly head: Facts;
  readonly wanted: Facts;
}

export interface Ground {
  readonly site: Site;
  readonly roles: ReadonlySet<string>;
  readonly isIgnored: IsIgnored;
  readonly known: Knowledge;
}

interface Goal {
  readonly op: 'up' | 'down';
  readonly from: Landing;
  readonly to: Landing;
  /** What differs between the two, and has no SQL of ours. */
  readonly left: readonly Piece[];
  readonly ledger: string;
  readonly facts: Facts;
}

/** Statements that were run, and what they did. */
export interface SecondPlan {
  readonly pieces: readonly Piece[];
  readonly impact: Impact;
  readonly landing: Landing;
}

/**
 * Runs what the other planner has for what is left, and keeps it where less differs behind it, nothing else, and all that was there is there:
 * each table, column, row, value and counter. Else the database is as it was, and undefined comes back.
 */
export async function trySecondPlan(ground: Ground, goal: Goal): Promise<SecondPlan | undefined> {
  const { session } = ground.site.scratch;
  return tryStatements(ground, goal, await planByDelta(await readFacts(session), goal.facts, ground.roles));
}

export async function tryStatements(
  { site, roles, isIgnored, known }: Ground,
  { op, from, to, left, ledger }: Omit<Goal, 'facts'>,
  statements: readonly string[],
): Promise<SecondPlan | undefined> {
  if (statements.length === 0) return undefined;
  const { session } = site.scratch;
  const [first] = left;
  if (first === undefined) return undefined;
  const draft = printDraft({
    ...{ directives: [], header: [], settings: [], notes: [] },
    pieces: [{ ...first, statements }],
  });
  const held = await readHoldings(site, from.schema);
  const [files, places] = [await readFiles(session), await readPlaces(session)];
  let found: SecondPlan | undefined;
  const look = async () => {
    const landing = await readLandingWithin(site, ledger, roles);
    const rest = differencesOf(to, landing, isIgnored).map(keyOfChange);
    const before = left.flatMap(({ change }) => (change === undefined ? [] : [keyOfChange(change)]));
    const isBetter = rest.length < before.length && rest.every((key) => before.includes(key));
    const now = await readPlaces(session);
    const isKept = [...places].every((place) => now.has(place));
    if (!isBetter || !isKept || isLost(held, await readHoldings(site, landing.schema), from, landing))
      throw new NotTaken();
    const done = left.filter(({ change }) => change === undefined || !rest.includes(keyOfChange(change)));
    const pieces = done.map((piece, index) => ({
      ...{ ...piece, change: undefined, destroys: false, why: undefined },
      statements: index === 0 ? statements : [],
    }));
    found = { pieces, impact: await readImpact(session, files), landing };
  };
  try {
    const failed = await runDraft(site, op, draft, look);
    if (failed !== undefined) learnRows(known, failed, []);
    return failed === undefined ? found : undefined;
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error;
    await session.send('ROLLBACK');
    return undefined;
  }
}

class NotTaken extends Error {}

/** Where rows could not be counted, nobody knows. */
function isLost(before: Holdings | undefined, now: Holdings | undefined, from: Landing, to: Landing): boolean {
  if (before === undefined || now === undefined) return true;
  return findLosses(before, now, { there: from.schema, now: to.schema, names: sameNames }).length > 0;
}
