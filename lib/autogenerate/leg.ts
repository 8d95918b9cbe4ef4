import type { Change } from '../schema/change.ts';
import type { FileFailure, Site } from '../verify/file.ts';
import { concurrently } from './concurrently.ts';
import { differencesOf, type Landing } from './landing.ts';
import { type Knowledge, learn, StartAgain } from './learn.ts';
import { byCheck } from './not-null-check.ts';
import { keyOfChange, type Piece, planPieces } from './piece.ts';
import type { Ground } from './second-plan.ts';
import { type Draft, directivesOf, printDraft } from './text.ts';
import { runDraft } from './trial.ts';
import { type Impact, noImpact, readFiles, readImpact } from './watch.ts';

/** What takes a database from one schema to another, in one revision. */
export interface Leg {
  readonly op: 'up' | 'down';
  readonly from: Landing;
  readonly to: Landing;
  readonly transactional: boolean;
  /** Whether it is another leg where something of it is refused. */
  readonly isTied: boolean;
  /** Renames before all others, and after them. */
  readonly first: readonly Piece[];
  readonly last: readonly Piece[];
}

/** What was run of it, and what it did. */
export interface Run {
  readonly settings: readonly string[];
  readonly pieces: readonly Piece[];
  readonly impact: Impact;
  /** What differs all the same, each with SQL for it, as far as there is some, and why it is not run. */
  readonly left: readonly Piece[];
}

export const noRun: Run = { settings: [], pieces: [], impact: noImpact, left: [] };

/** As often as it takes: what the server refuses is left out, and told. */
export async function runLeg(ground: Ground, leg: Leg): Promise<Run> {
  const { site, isIgnored, known } = ground;
  const isAsked = (change: Change) => !known.refused[leg.op].has(keyOfChange(change));
  for (;;) {
    const changes = differencesOf(leg.to, leg.from, isIgnored).filter(isAsked);
    const planned = planPieces(changes, leg.from, leg.to).filter(({ statements }) => statements.length > 0);
    const pieces = [...leg.first, ...shape(leg, planned), ...leg.last];
    if (pieces.length === 0) return noRun;
    const settings = known.bodiesUnchecked && leg.transactional ? ['SET LOCAL check_function_bodies = off;'] : [];
    const draft = printDraft({ directives: directivesOf(leg.transactional), header: [], settings, pieces, notes: [] });
    const { failure, impact } = await tryDraft(site, leg.op, draft);
    if (failure === undefined)
      return { settings, pieces: pieces.map((piece) => withFailure(piece, known.failed[leg.op])), impact, left: [] };
    learn(known, failure, { pieces, draft, op: leg.op });
    if (leg.isTied) throw new StartAgain(failure.message);
  }
}

/** What was seen to fail is told, whatever kind of change it is. */
function withFailure(piece: Piece, failed: Knowledge['failed']['up']): Piece {
  const { change, words, fails = [] } = piece;
  const message = change && failed.get(keyOfChange(change));
  if (message === undefined || fails.length > 0) return piece;
  return { ...piece, fails: [`a row is in the way of this, as one was on scratch: ${words} (${message})`] };
}

/** As it locks least. */
function shape({ transactional, to }: Leg, pieces: readonly Piece[]): readonly Piece[] {
  return transactional ? byCheck(pieces) : pieces.map((piece) => concurrently(piece, to.schema));
}

interface Tried {
  readonly failure: FileFailure | undefined;
  readonly impact: Impact;
}

async function tryDraft(site: Site, op: 'up' | 'down', draft: Draft): Promise<Tried> {
  const files = await readFiles(site.scratch.session);
  let impact = noImpact;
  const failure = await runDraft(site, op, draft, async () => {
    impact = await readImpact(site.scratch.session, files);
  });
  return { failure, impact };
}
