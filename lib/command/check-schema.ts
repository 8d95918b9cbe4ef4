import { concurrently } from '../autogenerate/concurrently.ts';
import { resolveHints } from '../autogenerate/hint.ts';
import { planLadder } from '../autogenerate/ladder.ts';
import { differencesOf, type Landing, readLanding } from '../autogenerate/landing.ts';
import { findAllAlike, type LookAlike } from '../autogenerate/look-alike.ts';
import { byCheck, checkedBy } from '../autogenerate/not-null-check.ts';
import type { Pair } from '../autogenerate/pair.ts';
import { keyOfChange, type Piece, planPieces } from '../autogenerate/piece.ts';
import { readRenamed } from '../autogenerate/prove.ts';
import { type Renames, toRenames } from '../autogenerate/rename.ts';
import { nameThing, wordThing } from '../autogenerate/thing.ts';
import { type DriftItem, findChanges, toDrift, wordConversion } from '../drift/drift.ts';
import { type IsIgnored, ignoring } from '../drift/ignore.ts';
import { isUpdownError } from '../errors.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Change } from '../schema/change.ts';
import { toSubject, wordSides } from '../schema/word.ts';
import { loadParser } from '../sql/parser.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { type CheckFinding, findingOf } from './finding.ts';
import { createHeadSites, type HeadSites } from './head-sites.ts';
import { refuseLookAlikes } from './look-alikes.ts';
import { readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { readUser, wordScratch } from './snapshot.ts';
import { migratorsOf, readWanted, type Wanted } from './wanted-schema.ts';

/** Where the configuration says what the schema is to be: whether all revisions make that, both on throwaway databases. */
export async function checkSchema(options: CommandOptions & ScratchChoice): Promise<readonly CheckFinding[]> {
  const context = openContext(options);
  try {
    if (context.project.config.schema === undefined) return [];
    await loadParser();
    const sites = createHeadSites(context, readHistory(context), options);
    try {
      const wanted = await readWanted(context, options, { onTexts: sites.begin });
      return wanted === undefined ? [] : await compare(context, wanted, { ...options, open: sites.open(wanted) });
    } finally {
      await sites.end();
    }
  } catch (error) {
    if (!isUpdownError(error) || error.code === 'interrupted') throw error;
    return [findingOf(error)];
  }
}

function readHistory({ project }: Context): readonly FileUnderTest[] {
  return [...readSetup(project), ...project.graph.order.map((id) => toFileUnderTest(project, 'up', id))];
}

interface Choice extends ScratchChoice {
  readonly open: ReturnType<HeadSites['open']>;
}

async function compare(context: Context, wanted: Wanted, choice: Choice): Promise<readonly CheckFinding[]> {
  const { there, told, alike } = await readThere(context, wanted, choice);
  const isIgnored = ignoring(context.project.config.ignore);
  const { landing, name } = wanted;
  const dependencies = { expected: landing.dependencies, live: there.dependencies };
  const { changes, ignored } = findChanges(landing.schema, there.schema, isIgnored);
  const items = toDrift(changes, {
    ...{ expected: landing.schema, live: there.schema, ignored, isToldRenames: true, dependencies },
  });
  const { ordered, statementsOf } = matchPieces(planAll(there, landing, isIgnored), items);
  const question = alike.length === 0 ? undefined : refuseLookAlikes({ ...choice, message: 'in step' }, alike);
  const { hint = '' } = question ?? {
    hint: `To keep what the revisions create, correct ${name}: updown snapshot heads --sql prints their schema. To keep what ${name} says, write a revision: updown revision --autogenerate -m "in step"`,
  };
  const renamed = told.pairs.map((pair) => wordRename(pair, told, { name, hint }));
  const found = ordered.map(
    (item): CheckFinding => ({
      code: 'out-of-step',
      message: wordDifference(item.change, name),
      sql: statementsOf(item),
      ...(item.severity === 'note'
        ? { severity: 'note', hint: 'This difference alone is harmless.', isLasting: true }
        : { severity: 'error', effect: effectOf(item), hint }),
    }),
  );
  // Behind the others, in front of the hint that they share.
  const asked = question === undefined ? [] : [findingOf(question, { code: 'out-of-step', hint })];
  return [...renamed, ...found, ...asked];
}

interface There {
  readonly there: Landing;
  /** What the wanted schema's comments say. */
  readonly told: Renames;
  /** What may have another name there, too. */
  readonly alike: readonly LookAlike[];
}

/** What the revisions make, under the names of the wanted schema: nothing else of a table differs where it has another name. */
async function readThere(context: Context, wanted: Wanted, { open, ...choice }: Choice): Promise<There> {
  const { project, emit } = context;
  emit({ kind: 'verifying', scratch: wordScratch(context, choice) });
  return open(async (site) => {
    const roles = migratorsOf(context, await readUser(site.scratch.session));
    const head = await readLanding(site, roles);
    const told = resolveHints(wanted.hints, head.schema, wanted.landing.schema);
    const alike = findAllAlike({ head: head.schema, wanted: wanted.landing.schema, pairs: told }, []);
    const renamesOf = (pairs: readonly Pair[]) => toRenames(pairs, head.schema, wanted.landing.schema);
    const ways = { ledger: project.config.ledger.schema, roles };
    const there = await readRenamed(site, head, renamesOf([...told, ...alike]), ways);
    return { there, told: renamesOf(told), alike };
  });
}

/** What an autogenerate would write, revision by revision. */
function planAll(there: Landing, wanted: Landing, isIgnored: IsIgnored): readonly Piece[] {
  let from = there;
  const planned = planLadder(there, wanted, isIgnored).flatMap(({ kind, landing }) => {
    const pieces = planPieces(differencesOf(landing, from, isIgnored), from, landing);
    from = landing;
    return kind === 'indexes' ? pieces.map((piece) => concurrently(piece, landing.schema)) : byCheck(pieces);
  });
  return [...planned, ...planPieces(differencesOf(wanted, from, isIgnored), from, wanted)];
}

interface Matched {
  /** In the order of what they begin with: statement after statement, all of them can be run as they are told. */
  readonly ordered: readonly DriftItem[];
  readonly statementsOf: (item: DriftItem) => readonly string[];
}

/** To each difference its statements; those of a later revision stand with what the first one has made. */
function matchPieces(pieces: readonly Piece[], items: readonly DriftItem[]): Matched {
  const told = new Set(items.map(({ change }) => keyOfChange(change)));
  const first = new Map(items.toReversed().map((item) => [toSubject(item.change), item]));
  const itemOf = (piece: Piece): string | undefined => {
    const { change } = piece;
    if (change === undefined) return undefined;
    const key = checkedBy(piece) ?? keyOfChange(change);
    if (told.has(key)) return key;
    const item = first.get(toSubject(change));
    if (item !== undefined) return keyOfChange(item.change);
    // What was set aside belongs to what makes it again: nothing is done to it before.
    const other = pieces.find(({ again = [] }) => again.includes(toSubject(change)));
    return other === undefined || other === piece ? undefined : itemOf(other);
  };
  const owners = pieces.map(itemOf);
  const of = (item: DriftItem) => pieces.filter((_, index) => owners[index] === keyOfChange(item.change));
  const places = new Map<DriftItem, number>();
  let place = 0;
  for (const item of items) {
    const begin = of(item).find(({ statements }) => statements.length > 0);
    // One without statements stays behind the one before it.
    if (begin !== undefined) place = pieces.indexOf(begin);
    places.set(item, place);
  }
  return {
    ordered: items.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0)),
    statementsOf: (item) => of(item).flatMap(({ statements }) => statements),
  };
}

function wordRename(
  pair: Pair,
  { renames }: Renames,
  { name, hint }: { readonly name: string; readonly hint: string },
): CheckFinding {
  const { old, now } = pair;
  return {
    code: 'out-of-step',
    severity: 'error',
    message: `${wordThing(old)} is ${nameThing(now)} in ${name}, and no revision renames it`,
    sql: renames.filter((one) => one.pair === pair).flatMap(({ up }) => up.statements),
    hint,
  };
}

function wordDifference(change: Change, name: string): string {
  if (!('value' in change)) return wordSides(change, name, 'the revisions');
  const subject = toSubject(change);
  return change.kind.endsWith('-dropped')
    ? `${subject} is in ${name}, and no revision makes it`
    : `${subject} is made by the revisions, and is not in ${name}`;
}

function effectOf(item: DriftItem): string | undefined {
  const { why, destroys } = item;
  if (why !== undefined) return why;
  if (destroys) return 'This drops what is in it, too.';
  return wordConversion(item);
}
