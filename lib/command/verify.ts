import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ask, SQL } from '../database/question.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { appliedHeadsOf, inOrder } from '../graph/walk.ts';
import { resolveUpgradeRange } from '../plan/range.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import { findCommits, listFiles, readObjects } from '../project/git.ts';
import { manifestName, type Project } from '../project/load.ts';
import { parseManifest } from '../project/manifest.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Scratch } from '../review/scratch.ts';
import { pinSettings } from '../script/settings.ts';
import { inspect } from '../sql/gate.ts';
import { loadParser } from '../sql/parser.ts';
import { arrayValue } from '../sql/quote.ts';
import { readSql } from '../sql/read.ts';
import { type ChainVerdict, goDown, isChain } from '../verify/chain.ts';
import { type ExistingVerdict, tryExisting } from '../verify/existing.ts';
import { isRefused, type Refused } from '../verify/file.ts';
import type { Stair } from '../verify/landing.ts';
import { type MergeVerdict, ordersOf, tryOrders } from '../verify/merges.ts';
import { giveToRole } from '../verify/own-role.ts';
import { mayChangeServer } from '../verify/server-wide.ts';
import { climbInParts, type Stairway } from '../verify/stairway.ts';
import type { RevisionVerdict } from '../verify/verdict.ts';
import { agree, listNames } from '../words.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { writeExpected } from './expected.ts';
import { findExtensions, openerOf, readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { wordScratch } from './snapshot.ts';
import { saysNothing } from './way-back.ts';

export interface VerifyOptions extends CommandOptions, ScratchChoice {
  /** `a:b`, or `b` from base. Without it, all revisions. */
  readonly range?: string | undefined;
  /** Only what the manifest lacked where the branch that is checked out has left this branch, tag or commit: what the branch adds. */
  readonly since?: string | undefined;
  /** How many throwaway databases work at the same time; 1 by default. */
  readonly jobs?: number | undefined;
  /** Leaves out the row in every table that goes up and down with each revision. */
  readonly schemaOnly?: boolean | undefined;
  /** A file of SQL that makes the schema of an existing database, as `pg_dump --schema-only` writes it: it must be the one of the heads. */
  readonly existing?: string | undefined;
  /** Keeps the hash of the schema that the heads make beside the manifest, for `status --schema`. */
  readonly write?: boolean | undefined;
}

/** What was proven on throwaway databases. */
export interface Verification {
  /** `PostgreSQL 18.3 (in-process)` */
  readonly scratch: string;
  /** The heads of what was run first and not judged. */
  readonly from: readonly string[];
  readonly revisions: readonly RevisionVerdict[];
  /** Above an up.sql that fails: not judged. */
  readonly unverified: readonly string[];
  /** All down.sql in a row; undefined where there are not two, or an up.sql fails. */
  readonly chain?: ChainVerdict | undefined;
  readonly merges: readonly MergeVerdict[];
  readonly existing?: ExistingVerdict | undefined;
  /** The file that the hash of the heads' schema was written to. */
  readonly written?: string | undefined;
}

/** Runs each revision up, down and up again on throwaway databases, and compares the schema at each landing. */
export async function verify(options: VerifyOptions = {}): Promise<Verification> {
  const context = openContext(options);
  const { project } = context;
  await loadParser();
  const { applied, ids } = await choose(project, options);
  const existing = options.existing === undefined ? undefined : readExisting(options.existing, options.cwd);
  const known = { label: '' };
  const stairway = toStairway(context, applied, ids, options, existing, known);
  if (ids.length > 0) context.emit({ kind: 'verifying', scratch: wordScratch(context, options) });
  const revisions = await climbInParts(stairway, options.jobs ?? 1);
  const stands = revisions.at(-1)?.up !== 'failed';
  return {
    scratch: known.label,
    from: appliedHeadsOf(project.graph, applied),
    revisions,
    unverified: ids.slice(revisions.length),
    chain: stands && isChain(stairway.stairs) ? await goDown(stairway) : undefined,
    merges: stands ? await tryMerges(project, ids, stairway) : [],
    existing: stands && existing !== undefined ? await tryExisting(stairway, existing) : undefined,
    written:
      stands && options.write === true
        ? await writeExpected(context, new Set([...applied, ...ids]), options)
        : undefined,
  };
}

async function choose(project: Project, { since, range = 'base:heads' }: VerifyOptions): Promise<Chosen> {
  const { graph } = project;
  if (since !== undefined) {
    const known = await readIdsAt(project, since);
    const applied = new Set(graph.order.filter((id) => known.has(id)));
    return { applied, ids: planUpgrade(graph, applied, ['heads'], { includeLate: true }).steps.map(({ id }) => id) };
  }
  const { applied, targets } = resolveUpgradeRange(graph, range);
  return { applied, ids: planUpgrade(graph, applied, targets).steps.map(({ id }) => id) };
}

interface Chosen {
  /** What is run first and not judged. */
  readonly applied: ReadonlySet<string>;
  readonly ids: readonly string[];
}

/** None where there was no manifest yet. */
async function readIdsAt({ folder, shownFolder }: Project, ref: string): Promise<ReadonlySet<string>> {
  const { commit, mergeBase = commit } = await findCommits(folder, shownFolder, ref);
  const object = (await listFiles(folder, mergeBase)).get(manifestName);
  if (object === undefined) return new Set();
  const text = (await readObjects(folder, [object])).get(object);
  const { revisions } = parseManifest(
    Buffer.from(text ?? '').toString('utf8'),
    `${shownFolder}/${manifestName} of ${ref}`,
  );
  return new Set(revisions.map(({ id }) => id));
}

function toStairway(
  context: Context,
  applied: ReadonlySet<string>,
  ids: readonly string[],
  options: VerifyOptions,
  existing: FileUnderTest | undefined,
  known: { label: string },
): Stairway {
  const { project, emit, signal } = context;
  const { config, graph } = project;
  const pins = pinSettings(config);
  const history = [...readSetup(project), ...inOrder(graph, applied).map((id) => toFileUnderTest(project, 'up', id))];
  const stairs = ids.map((id) => toStair(project, id));
  const files = stairs
    .flatMap(({ up, down }) => [up, down])
    .flatMap((file) => (typeof file === 'string' || isRefused(file) ? [] : [file]));
  const all = [...history, ...files, ...(existing === undefined ? [] : [existing])];
  const open = openerOf(context, all, options);
  return {
    history,
    stairs,
    pins,
    sharesServer: mayChangeServer(all),
    ledger: config.ledger.schema,
    withRows: options.schemaOnly !== true,
    signal,
    emit,
    open: <T>(body: (scratch: Scratch) => Promise<T>) =>
      open(async (scratch) => {
        if (known.label !== scratch.label) await tellMissing(context, scratch, findExtensions(all));
        known.label = scratch.label;
        await giveToRole(scratch, pins);
        return body(scratch);
      }),
  };
}

/** All at once: each of them would fail a revision, and end it there. */
async function tellMissing({ emit }: Context, { session, label }: Scratch, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const rows = await ask(
    session,
    SQL`SELECT n.name FROM pg_catalog.unnest(${arrayValue(names)}::text[]) AS n (name)
  WHERE n.name NOT IN (SELECT e.name FROM pg_catalog.pg_available_extensions e)`,
  );
  if (rows.length === 0) return;
  const missing = rows.map(({ name }) => name ?? '');
  emit({
    kind: 'warning',
    message: `${label} has no ${agree(missing.length, 'extension', 'extensions')} ${listNames(missing)}: name a server that has ${agree(missing.length, 'it', 'them')}, with --scratch or "scratch" in updown.json`,
  });
}

function toStair(project: Project, id: string): Stair {
  const name = project.graph.nodes.get(id)?.message ?? '';
  const up = checked(project, 'up', id);
  const source = project.read(id, 'down');
  if (source.directives.irreversible) return { id, name, up, down: 'irreversible' };
  return { id, name, up, down: saysNothing(project, id, source.text) ? 'missing' : checked(project, 'down', id) };
}

/** A file that is refused before it is sent fails, and says why: no end of a verification that has hundreds of them. */
function checked(project: Project, op: 'up' | 'down', id: string): FileUnderTest | Refused {
  try {
    return toFileUnderTest(project, op, id);
  } catch (error) {
    if (!isUpdownError(error) || error.place === undefined) throw error;
    return { refused: { code: error.code, message: error.message, place: error.place } };
  }
}

async function tryMerges(
  project: Project,
  ids: readonly string[],
  stairway: Stairway,
): Promise<readonly MergeVerdict[]> {
  const verdicts: MergeVerdict[] = [];
  const setup = readSetup(project);
  for (const orders of ordersOf(project.graph, ids))
    verdicts.push(await tryOrders({ ...stairway, setup }, orders, (id) => toFileUnderTest(project, 'up', id)));
  return verdicts;
}

/** What pg_dump writes for psql alone, and says nothing of the schema. */
const psqlOnly = /^\\(un)?restrict .*$/gm;

function readExisting(path: string, cwd = '.'): FileUnderTest {
  let content: Uint8Array;
  try {
    content = readFileSync(resolve(cwd, path));
  } catch (error) {
    throw new UpdownError('usage', `"${path}" can't be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'Name a file of SQL: pg_dump --schema-only --no-owner -f existing.sql "<connection string>" writes one.',
    });
  }
  const source = readSql(content, path);
  const own = { ...source, text: source.text.replace(psqlOnly, '--') };
  return { op: 'up', id: '', name: path, inspected: inspect(own, { direction: 'up' }), setup: true };
}
