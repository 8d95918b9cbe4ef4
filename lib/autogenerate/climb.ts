import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Change } from '../schema/change.ts';
import { readDependencies } from '../schema/dependencies.ts';
import { isSame } from '../schema/same.ts';
import { applyFile } from '../verify/file.ts';
import { type Holdings, readHoldings } from './count.ts';
import { planLadder, type Rung, withoutUnfilled } from './ladder.ts';
import { differencesOf, type Landing, readLanding, toLanding } from './landing.ts';
import { type Knowledge, StartAgain, unattributed } from './learn.ts';
import { type Leg, noRun, type Run, runLeg } from './leg.ts';
import type { Facts } from './pg-delta.ts';
import { keyOfChange, type Piece, planPieces } from './piece.ts';
import type { Rename } from './rename.ts';
import { type Ground as SecondGround, type SecondPlan, type SecondPlanner, trySecondPlan } from './second-plan.ts';

/** One revision that is to be written, as it was run. */
export interface Part {
  readonly kind: Rung['kind'] | 'first';
  readonly transactional: boolean;
  readonly up: Run;
  readonly down: Run;
}

export interface Ground extends SecondGround {
  /** Where it was asked for, and is there. */
  readonly second?: SecondPlanner | undefined;
}

export interface Climbed {
  readonly parts: readonly Part[];
  /** In front of the first up.sql, behind the last one, and behind all down.sql. */
  readonly held: {
    readonly before: Holdings | undefined;
    readonly between: Holdings | undefined;
    readonly behind: Holdings | undefined;
  };
  readonly landing: Landing;
}

export interface Start {
  readonly head: Landing;
  /** The head behind the renames. */
  readonly renamed: Landing;
  readonly renames: readonly Rename[];
  readonly wanted: Landing;
  /** The text of the first revision; else it is planned. */
  readonly verbatim?: FileUnderTest | undefined;
}

/** Goes up to the wanted schema, step by step, and down again; each step is planned from what the one before it has left. */
export async function climb(ground: Ground, start: Start): Promise<Climbed> {
  const { site } = ground;
  const before = await readHoldings(site, start.head.schema);
  const ups = start.verbatim === undefined ? await goUp(ground, start) : [await runFirst(ground, start.verbatim)];
  const landing = ups.at(-1)?.landing ?? start.head;
  const between = await readHoldings(site, landing.schema);
  const parts: Part[] = [];
  for (const [index, { kind, transactional, up, landing: above }] of [...ups.entries()].reverse()) {
    const isFirst = index === 0;
    const below = isFirst ? start.renamed : (ups[index - 1]?.landing ?? start.head);
    const isHead = isFirst && parts.every((part) => part.down.left.length === 0);
    const down = await goDown(ground, {
      ...{ kind, above, below, transactional, isHead },
      ...{ renames: isFirst ? start.renames : [], head: start.head },
    });
    parts.unshift({ kind, transactional, up, down });
  }
  return { parts, held: { before, between, behind: await readHoldings(site, start.head.schema) }, landing };
}

interface Up {
  readonly kind: Part['kind'];
  readonly transactional: boolean;
  readonly up: Run;
  readonly landing: Landing;
}

async function runFirst(ground: Ground, file: FileUnderTest): Promise<Up> {
  const failed = await applyFile(ground.site, file);
  if (failed !== undefined) throw unattributed(failed);
  const landing = await readLanding(ground.site, ground.roles);
  return { kind: 'first', transactional: true, up: noRun, landing };
}

async function goUp(ground: Ground, start: Start): Promise<readonly Up[]> {
  const { renamed, renames, wanted } = start;
  const ups: Up[] = [];
  for (const { kind, landing: target, setsAside } of listRungs(ground, start)) {
    const isFirst = ups.length === 0;
    const from = ups.at(-1)?.landing ?? renamed;
    const transactional = kind !== 'indexes';
    const own = isFirst ? renames.map(({ up }) => up) : [];
    const isTied = !transactional || kind === 'validation' || setsAside;
    const leg: Leg = { op: 'up', from, to: target, transactional, isTied, first: own, last: [] };
    const run = await runLeg(ground, leg);
    if (run.pieces.length > 0)
      ups.push({ kind, transactional, up: run, landing: await readLanding(ground.site, ground.roles) });
  }
  const last = ups.at(-1) ?? { kind: 'main', transactional: true, up: noRun, landing: renamed };
  const left = findLeft(ground, 'up', last.landing, wanted);
  refuseIdle(ground.known, ups, left);
  const found = await askSecond(ground, {
    ...{ op: 'up', from: last.landing, to: wanted, left, facts: ground.second?.wanted },
    isTransactional: last.transactional && (ups.length > 0 || renames.length === 0),
  });
  return [
    ...ups.slice(0, -1),
    { ...last, ...found, up: extend({ ...last.up, left }, found, ground, { op: 'up', to: wanted }) },
  ];
}

/** What is still to be changed in the same way was run for nothing: what it depends on has to be changed first. Throws `StartAgain`. */
function refuseIdle(known: Knowledge, ups: readonly Up[], left: readonly Piece[]): void {
  const run = ups.flatMap(({ up }) => up.pieces);
  const idle = left.flatMap(({ change }) =>
    change !== undefined && run.some((piece) => isSame(piece.change, change)) ? [keyOfChange(change)] : [],
  );
  const fresh = idle.filter((key) => !known.refused.up.has(key));
  if (fresh.length === 0) return;
  for (const key of fresh)
    known.refused.up.set(key, 'its SQL changes nothing as long as what it depends on stays as it is');
  throw new StartAgain('what was run for nothing is left out');
}

/** A rename alone is a step, too. */
function listRungs({ isIgnored, known }: Ground, { renamed, renames, wanted }: Start): readonly Rung[] {
  const rungs = planLadder(renamed, wanted, isIgnored, known);
  return rungs.length === 0 && renames.length > 0 ? [{ kind: 'main', landing: renamed, setsAside: false }] : rungs;
}

interface Question {
  readonly op: 'up' | 'down';
  readonly from: Landing;
  readonly to: Landing;
  readonly left: readonly Piece[];
  readonly facts: Facts | undefined;
  readonly isTransactional: boolean;
}

/** For what is left, the other planner is asked: on another database, as it has to know the head, too. */
async function askSecond(
  ground: Ground,
  { facts, isTransactional, ...goal }: Question,
): Promise<SecondPlan | undefined> {
  const { second, known } = ground;
  // What the author is to fill, nobody can plan.
  if (!isTransactional || goal.left.every(({ change }) => whyUnfilled(change) !== undefined)) return undefined;
  if (second !== undefined && facts !== undefined)
    return trySecondPlan(ground, { ...goal, facts, ledger: second.ledger });
  if (known.second !== 'unasked') return undefined;
  known.second = 'asked';
  throw new StartAgain('what is left is planned by another planner');
}

function extend(
  run: Run,
  found: SecondPlan | undefined,
  ground: Ground,
  { op, to }: { readonly op: 'up' | 'down'; readonly to: Landing },
): Run {
  if (found === undefined) return run;
  const { locks, rewrites } = found.impact;
  return {
    ...run,
    pieces: [...run.pieces, ...found.pieces],
    impact: {
      locks: [
        ...run.impact.locks,
        ...locks.filter(({ table }) => !run.impact.locks.some((one) => one.table === table)),
      ],
      rewrites: [...new Set([...run.impact.rewrites, ...rewrites])],
    },
    left: findLeft(ground, op, found.landing, to),
  };
}

interface Descent {
  readonly kind: Part['kind'];
  readonly above: Landing;
  readonly below: Landing;
  readonly transactional: boolean;
  readonly renames: readonly Rename[];
  readonly head: Landing;
  /** Whether the head is below it, and all above it came back as it was. */
  readonly isHead: boolean;
}

async function goDown(ground: Ground, descent: Descent): Promise<Run> {
  const { kind, above, below, transactional, renames, head, isHead } = descent;
  const to = { ...below, schema: withoutUnfilled(above.schema, below.schema) };
  const last = renames.toReversed().map(({ down }) => down);
  const isTied = !transactional || kind === 'validation';
  const run = await runLeg(ground, { op: 'down', from: above, to, transactional, isTied, first: [], last });
  const isRenamed = renames.length > 0;
  const there = await readUnlike(ground, isRenamed ? head : below);
  if (there === undefined) return run;
  // Behind the renames of the way back all names are those of the head.
  if (isRenamed) return { ...run, left: findLeft(ground, 'down', there, head) };
  const left = findLeft(ground, 'down', there, below);
  const found = await askSecond(ground, {
    ...{ op: 'down', from: there, to: below, left, isTransactional: transactional },
    facts: isHead ? ground.second?.head : undefined,
  });
  return extend({ ...run, left }, found, ground, { op: 'down', to: below });
}

/** Undefined where it is as it is to be: then nothing is planned from it, and what depends on what is not asked. */
async function readUnlike({ site, roles, isIgnored }: Ground, wanted: Landing): Promise<Landing | undefined> {
  const there = toLanding(await site.reader.read(), new Map(), roles);
  if (differencesOf(wanted, there, isIgnored).length === 0) return undefined;
  return { ...there, dependencies: await readDependencies(site.scratch.session) };
}

/** What is not as it is to be, and why. */
function findLeft(
  { isIgnored, known }: Pick<Ground, 'isIgnored' | 'known'>,
  op: 'up' | 'down',
  there: Landing,
  wanted: Landing,
): readonly Piece[] {
  const changes = differencesOf(wanted, there, isIgnored);
  return planPieces(changes, there, wanted).map((piece) => ({
    ...piece,
    why: whyUnfilled(piece.change) ?? (piece.change && known.refused[op].get(keyOfChange(piece.change))) ?? piece.why,
  }));
}

/** It is only left where the column was made here, and is the author's to fill. */
function whyUnfilled(change: Change | undefined): string | undefined {
  if (change?.kind !== 'column-not-null' || change.before === null) return undefined;
  return 'rows that are there have no value for it: give them one in front of this';
}
