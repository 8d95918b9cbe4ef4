import { concurrently } from '../autogenerate/concurrently.ts';
import { type Pair, resolveHints } from '../autogenerate/hint.ts';
import { planLadder } from '../autogenerate/ladder.ts';
import { differencesOf, type Landing, readLanding } from '../autogenerate/landing.ts';
import { byCheck, checkedBy } from '../autogenerate/not-null-check.ts';
import { keyOfChange, type Piece, planPieces } from '../autogenerate/piece.ts';
import { readRenamed } from '../autogenerate/prove.ts';
import { type Renames, toRenames } from '../autogenerate/rename.ts';
import { nameThing, wordThing } from '../autogenerate/thing.ts';
import { converts, type DriftItem, findChanges, toDrift } from '../drift/drift.ts';
import { type IsIgnored, ignoring } from '../drift/ignore.ts';
import { isUpdownError } from '../errors.ts';
import type { Change } from '../schema/change.ts';
import { toSubject, wordChange } from '../schema/word.ts';
import { applyAll } from '../verify/stairway.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { type CheckFinding, findingOf } from './finding.ts';
import { readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { openSites } from './open-sites.ts';
import { readUser, wordScratch } from './snapshot.ts';
import { migratorsOf, readWanted, type Wanted } from './wanted-schema.ts';

/** Where the configuration says what the schema is to be: whether all revisions make that, both on throwaway databases. */
export async function checkSchema(options: CommandOptions & ScratchChoice): Promise<readonly CheckFinding[]> {
  const context = openContext(options);
  try {
    const wanted = await readWanted(context, options);
    return wanted === undefined ? [] : await compare(context, wanted, options);
  } catch (error) {
    if (!isUpdownError(error) || error.code === 'interrupted') throw error;
    return [findingOf(error)];
  }
}

async function compare(context: Context, wanted: Wanted, choice: ScratchChoice): Promise<readonly CheckFinding[]> {
  const { there, renames } = await readThere(context, wanted, choice);
  const isIgnored = ignoring(context.project.config.ignore);
  const { landing, name } = wanted;
  const dependencies = { expected: landing.dependencies, live: there.dependencies };
  const { changes, ignored } = findChanges(landing.schema, there.schema, isIgnored);
  const items = toDrift(changes, {
    ...{ expected: landing.schema, live: there.schema, ignored, isToldRenames: true, dependencies },
  });
  const statementsOf = matchPieces(planAll(there, landing, isIgnored), items);
  const found = items.map(
    (item): CheckFinding => ({
      code: 'out-of-step',
      severity: item.severity === 'note' ? 'note' : 'error',
      message: wordDifference(item.change, name),
      notes: statementsOf(item).flatMap((statement) => statement.split('\n')),
      hint: hintOf(item, name),
    }),
  );
  return [
    ...renames.pairs.map((pair, index) => wordRename(pair, renames.renames.at(index - renames.pairs.length)?.up, name)),
    ...found,
  ];
}

/** What the revisions make, under the names that the wanted schema's comments say. */
async function readThere(
  context: Context,
  wanted: Wanted,
  choice: ScratchChoice,
): Promise<{ readonly there: Landing; readonly renames: Renames }> {
  const { project, emit } = context;
  const history = [...readSetup(project), ...project.graph.order.map((id) => toFileUnderTest(project, 'up', id))];
  emit({ kind: 'verifying', scratch: wordScratch(context, choice) });
  const open = openSites(context, [...history, ...wanted.extensions], choice);
  return open(async (site) => {
    await applyAll(site, history);
    const roles = migratorsOf(context, await readUser(site.scratch.session));
    const head = await readLanding(site, roles);
    const pairs = resolveHints(wanted.hints, head.schema, wanted.landing.schema);
    const renames = toRenames(pairs, head.schema, wanted.landing.schema);
    return { there: await readRenamed(site, head, renames, { ledger: project.config.ledger.schema, roles }), renames };
  });
}

/** What an autogenerate would write, revision by revision. */
function planAll(there: Landing, wanted: Landing, isIgnored: IsIgnored): readonly Piece[] {
  let from = there;
  const planned = planLadder(there, wanted).flatMap(({ kind, landing }) => {
    const pieces = planPieces(differencesOf(landing, from, isIgnored), from, landing);
    from = landing;
    return kind === 'indexes' ? pieces.map((piece) => concurrently(piece, landing.schema)) : byCheck(pieces);
  });
  return [...planned, ...planPieces(differencesOf(wanted, from, isIgnored), from, wanted)];
}

/** To each difference its statements; those of a later revision stand with what the first one has made. */
function matchPieces(pieces: readonly Piece[], items: readonly DriftItem[]): (item: DriftItem) => readonly string[] {
  const told = new Set(items.map(({ change }) => keyOfChange(change)));
  const first = new Map(items.toReversed().map((item) => [toSubject(item.change), item]));
  return (item) =>
    pieces
      .filter((piece) => {
        const { change } = piece;
        if (change === undefined) return false;
        const key = checkedBy(piece) ?? keyOfChange(change);
        if (told.has(key)) return key === keyOfChange(item.change);
        return first.get(toSubject(change)) === item;
      })
      .flatMap(({ statements }) => statements);
}

function wordRename({ old, now }: Pair, piece: Piece | undefined, name: string): CheckFinding {
  return {
    code: 'out-of-step',
    severity: 'error',
    message: `${wordThing(old)} is ${nameThing(now)} in ${name}, and no revision renames it`,
    notes: piece?.statements ?? [],
    hint: `In a revision, this SQL gives it that name. ${autogenerate}`,
  };
}

/** A command that runs as it stands. */
const autogenerate = 'To write it: updown revision --autogenerate -m "in step"';

function wordDifference(change: Change, name: string): string {
  if (!('value' in change)) return `${wordChange(change)}, from ${name} to what the revisions make`;
  const subject = toSubject(change);
  return change.kind.endsWith('-dropped')
    ? `${subject} is in ${name}, and no revision makes it`
    : `${subject} is made by the revisions, and is not in ${name}`;
}

function hintOf(item: DriftItem, name: string): string {
  const { severity, why, destroys } = item;
  if (severity === 'note') return 'It may differ where nothing is wrong.';
  const otherwise = `Or write what the revisions make into ${name}.`;
  if (why !== undefined) return `${why} ${otherwise}`;
  if (destroys) return `In a revision, this SQL takes it away, with all that is in it. ${otherwise} ${autogenerate}`;
  if (converts(item))
    return `In a revision, this SQL makes what ${name} says, and what does not fit into that type is rounded or cut. ${otherwise} ${autogenerate}`;
  return `In a revision, this SQL makes what ${name} says. ${otherwise} ${autogenerate}`;
}
