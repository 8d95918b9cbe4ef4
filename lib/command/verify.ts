import { ignoring } from '../drift/ignore.ts';
import { isUpdownError } from '../errors.ts';
import { appliedHeadsOf, inOrder } from '../graph/walk.ts';
import { resolveUpgradeRange } from '../plan/range.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import type { Project } from '../project/load.ts';
import { readSchemaSql } from '../project/schema-files.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { inspect } from '../sql/gate.ts';
import { loadParser } from '../sql/parser.ts';
import { type ChainVerdict, goDown, isChain } from '../verify/chain.ts';
import { type ExistingVerdict, tryExisting } from '../verify/existing.ts';
import { isRefused, type Refused } from '../verify/file.ts';
import type { Stair } from '../verify/landing.ts';
import { type MergeVerdict, ordersOf, tryOrders } from '../verify/merges.ts';
import { missingIn } from '../verify/missing.ts';
import { climbInParts, type Stairway } from '../verify/stairway.ts';
import { isJudged, type RevisionVerdict } from '../verify/verdict.ts';
import { readAdded } from './added.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { readDumpContent } from './dump-file.ts';
import { writeExpected } from './expected.ts';
import { readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { openSites } from './open-sites.ts';
import { saysNothing } from './reversibility.ts';
import { wordScratch } from './snapshot.ts';

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
  /** Keeps that schema as well, by which `status --schema` and `check` say what differs. */
  readonly writeSnapshot?: boolean | undefined;
}

/** What was proven on throwaway databases. */
export interface Verification {
  /** `PostgreSQL 18.3 (in-process)` */
  readonly scratch: string;
  /** The heads of what was run first and not judged. */
  readonly from: readonly string[];
  readonly revisions: readonly RevisionVerdict[];
  /** What stands above an up.sql that fails, and fails for want of something, or makes what that may have made: not judged. */
  readonly unverified: readonly RevisionVerdict[];
  /** Extensions that the files make and scratch does not have. Then what needs all files is left out: the chain, an existing schema, a hash. */
  readonly lacks: readonly string[];
  /** All down.sql in a row; undefined where there are not two, or an up.sql fails. */
  readonly chain?: ChainVerdict | undefined;
  readonly merges: readonly MergeVerdict[];
  readonly existing?: ExistingVerdict | undefined;
  /** The file that the hash of the heads' schema was written to. */
  readonly written?: string | undefined;
  /** The one that this schema was written to. */
  readonly writtenSnapshot?: string | undefined;
}

/** Runs each revision up, down and up again on throwaway databases, and compares the schema at each landing. */
export async function verify(options: VerifyOptions = {}): Promise<Verification> {
  const context = openContext(options);
  const { project } = context;
  await loadParser();
  const { applied, ids } = await choose(project, options);
  const existing = options.existing === undefined ? undefined : readExisting(options.existing, options.cwd);
  const known: Known = { label: '', missing: new Set() };
  const stairway = toStairway(context, applied, ids, options, existing, known);
  if (ids.length > 0) context.emit({ kind: 'verifying', scratch: wordScratch(context, options) });
  const revisions = await climbInParts(stairway, options.jobs ?? 1);
  const lacks = missingIn([...stairway.history, ...stairway.stairs.flatMap(filesOf)], known.missing);
  const writes = options.write === true || options.writeSnapshot === true;
  const isWhole = lacks.length === 0 && revisions.every(({ up }) => up === 'ok');
  const [written, writtenSnapshot] =
    isWhole && writes
      ? await writeExpected(context, new Set([...applied, ...ids]), {
          ...options,
          withSnapshot: options.writeSnapshot === true,
        })
      : [];
  return {
    scratch: known.label,
    from: appliedHeadsOf(project.graph, applied),
    revisions: revisions.filter(({ above }) => above === undefined),
    unverified: revisions.filter(({ above }) => above !== undefined),
    lacks,
    chain: isWhole && isChain(stairway.stairs) ? await goDown(stairway) : undefined,
    merges: await tryMerges(project, ids, stairway, toBarred(revisions, known)),
    existing:
      isWhole && existing !== undefined
        ? await tryExisting(stairway, existing, ignoring(project.config.ignore))
        : undefined,
    written,
    writtenSnapshot,
  };
}

/** What is learnt of scratch when the first database is made there. */
interface Known {
  label: string;
  missing: ReadonlySet<string>;
}

function filesOf({ up, down }: Stair): readonly (FileUnderTest | Refused)[] {
  return typeof down === 'string' ? [up] : [up, down];
}

async function choose(project: Project, { since, range = 'base:heads' }: VerifyOptions): Promise<Chosen> {
  const { graph } = project;
  if (since !== undefined) {
    const { applied, plan } = await readAdded(project, since);
    return { applied, ids: plan.steps.map(({ id }) => id) };
  }
  const { applied, targets } = resolveUpgradeRange(graph, range, { command: 'verify' });
  return { applied, ids: planUpgrade(graph, applied, targets).steps.map(({ id }) => id) };
}

interface Chosen {
  /** What is run first and not judged. */
  readonly applied: ReadonlySet<string>;
  readonly ids: readonly string[];
}

function toStairway(
  context: Context,
  applied: ReadonlySet<string>,
  ids: readonly string[],
  options: VerifyOptions,
  existing: FileUnderTest | undefined,
  known: Known,
): Stairway {
  const { project, emit } = context;
  const history = [
    ...readSetup(project),
    ...inOrder(project.graph, applied).map((id) => toFileUnderTest(project, 'up', id)),
  ];
  const stairs = ids.map((id) => toStair(project, id));
  const files = stairs.flatMap(filesOf).flatMap((file) => (isRefused(file) ? [] : [file]));
  const open = openSites(context, [...history, ...files, ...(existing === undefined ? [] : [existing])], options);
  return {
    history,
    stairs,
    withRows: options.schemaOnly !== true,
    emit,
    open: (body) =>
      open((site) => {
        known.label = site.scratch.label;
        known.missing = site.missing;
        return body(site);
      }),
  };
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
    const { code, message, place } = error;
    return { refused: { code, message, place }, text: project.read(id, op).text };
  }
}

/** Whether nobody could say what becomes of these files: one fails, or extensions are missing that they make or stand on. */
type Barred = (files: readonly FileUnderTest[]) => boolean;

function toBarred(revisions: readonly RevisionVerdict[], { missing }: Known): Barred {
  const isShort = (verdict: RevisionVerdict) => verdict.up === 'failed' || !isJudged(verdict);
  const short = new Set(revisions.filter(isShort).map(({ id }) => id));
  return (files) => files.some(({ id }) => short.has(id)) || missingIn(files, missing).length > 0;
}

async function tryMerges(
  project: Project,
  ids: readonly string[],
  stairway: Stairway,
  isBarred: Barred,
): Promise<readonly MergeVerdict[]> {
  const verdicts: MergeVerdict[] = [];
  const setup = readSetup(project);
  const toFile = (id: string) => toFileUnderTest(project, 'up', id);
  for (const orders of ordersOf(project.graph, ids)) {
    if (isBarred([...setup, ...orders.first.map(toFile)])) continue;
    verdicts.push(await tryOrders({ ...stairway, setup }, orders, toFile));
  }
  return verdicts;
}

function readExisting(path: string, cwd?: string): FileUnderTest {
  const hint = 'Name a file of SQL: pg_dump --schema-only --no-owner -f existing.sql "<connection string>" writes one.';
  const source = readSchemaSql(readDumpContent(path, cwd, hint), path);
  return { op: 'up', id: '', name: path, inspected: inspect(source, { direction: 'up' }), setup: true };
}
