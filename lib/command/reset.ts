import type { LedgerState } from '../database/ledger-state.ts';
import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { type Doomed, findDoomed, type MadeByFiles } from '../drift/doomed.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import type { Project } from '../project/load.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { readDependencies } from '../schema/dependencies.ts';
import { readSchema } from '../schema/read.ts';
import { loadParser } from '../sql/parser.ts';
import { apply, type Site } from '../verify/file.ts';
import { withoutMissing } from '../verify/missing.ts';
import { listNames } from '../words.ts';
import { type Context, openContext, withSession } from './context.ts';
import { dropMade } from './drop-made.ts';
import { refuseInterrupted } from './interrupted.ts';
import type { MigrateOptions } from './migrate.ts';
import { migratorsOf } from './migrators.ts';
import { readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { openSites } from './open-sites.ts';
import { pause } from './pause.ts';
import { isUnmade } from './read.ts';
import { readState } from './read-state.ts';
import type { RunResult } from './run.ts';
import { readUser, wordScratch } from './snapshot.ts';
import { stamp } from './stamp.ts';
import { standIn } from './standing.ts';
import { prepareUpgrade, upgrade } from './upgrade.ts';

export interface ResetOptions
  extends Omit<MigrateOptions, 'expect' | 'resumeAt' | 'allowExisting' | 'confirm' | 'confirmDestroying'>,
    ScratchChoice {
  /** Where to go up to afterwards; default `head`. */
  readonly target?: string | undefined;
  /** The name of the database, which says that it may be emptied though nothing marks it for development. */
  readonly yesDestroy?: string | undefined;
  /** Asked before anything is dropped, but of an embedded database; false ends the command with `needs-yes`. */
  readonly confirm?: ((plan: ResetPlan) => boolean | Promise<boolean>) | undefined;
}

export interface ResetPlan {
  readonly database: string;
  /** What is dropped: `table public.orders`. */
  readonly drops: readonly string[];
  /** Of that, what the revisions as they are do not make. */
  readonly handMade: readonly string[];
  /** Schemas that are left as they are. */
  readonly kept: readonly string[];
}

export interface ResetResult extends RunResult {
  readonly dropped: readonly string[];
  /** Of that, what the revisions as they are do not make. */
  readonly handMade: readonly string[];
  readonly kept: readonly string[];
}

/**
 * Drops what the revisions have made, forgets that they are applied, and applies them again. Each of the three is whole or not there at all,
 * and each finds what the one before has left, so that a reset that ended half way is mended by another one.
 */
export async function reset(options: ResetOptions = {}): Promise<ResetResult> {
  const context = openContext(options);
  const { target = 'head' } = options;
  // What is wrong with the files would be found when all is gone.
  await prepareUpgrade({ ...options, target, allowExisting: true });
  const emptied = isUnmade(context) ? nothing : await empty(context, options);
  const done = await upgrade({ ...plain(options), target, allowExisting: emptied.hadLedger || undefined });
  return { ...done, dropped: emptied.dropped, handMade: emptied.handMade, kept: emptied.kept };
}

interface Emptied extends Pick<ResetResult, 'dropped' | 'handMade' | 'kept'> {
  readonly hadLedger: boolean;
}

const nothing: Emptied = { dropped: [], handMade: [], kept: [], hadLedger: false };

/** What upgrade and stamp take of it. */
function plain({ confirm: _confirm, yesDestroy: _name, target: _target, ...options }: ResetOptions): MigrateOptions {
  return options;
}

async function empty(context: Context, options: ResetOptions): Promise<Emptied> {
  const { project } = context;
  const wait = options.wait ?? 60_000;
  const until = performance.now() + wait;
  const { history, others } = await withSession(
    context,
    (session) => readWhose(session, project),
    undefined,
    options.awaitsServer ? until : undefined,
  );
  refuseUnmarked(context, history, options.yesDestroy);
  standIn(project, history);
  refuseShared(others, project);
  // Without a ledger no revision has made anything here.
  if (history.ledger === undefined) return nothing;
  const made = await makeOfFiles(context, options);
  const doomed = await withSession(context, (session) => readDoomed(session, context, history, made));
  refuseNeeded(doomed);
  const { handMade, kept } = doomed;
  const plan = { database: context.describe(), drops: doomed.drops.map(({ subject }) => subject), handMade, kept };
  if (!context.isEmbedded() && (await options.confirm?.(plan)) === false)
    throw new UpdownError('needs-yes', 'Nothing was changed', { hint: 'Answer y, or add --yes.' });
  await dropPatiently(context, doomed, performance.now() + wait);
  await stamp({ ...plain(options), targets: ['base'], purge: true });
  return { dropped: plan.drops, handMade, kept, hadLedger: true };
}

/** As long as others are at work, and time is left. */
async function dropPatiently(context: Context, doomed: Doomed, deadline: number): Promise<void> {
  const { ledger, lockTimeout } = context.project.config;
  for (let attempt = 1; ; attempt++) {
    try {
      return await withSession(context, (session) => dropMade(session, ledger.schema, doomed, lockTimeout));
    } catch (error) {
      const left = deadline - performance.now();
      if (!isUpdownError(error) || error.code !== 'busy') throw error;
      refuseInterrupted(context.signal, error.message);
      if (left <= 0) throw error;
      context.emit({ kind: 'waiting', reason: error.message, attempt, leftMilliseconds: left });
      await pause(attempt, left, context.signal);
      refuseInterrupted(context.signal, error.message);
    }
  }
}

interface Whose {
  readonly history: LedgerState;
  /** Schemas that hold the ledger of another project. */
  readonly others: readonly string[];
}

async function readWhose(session: Session, project: Project): Promise<Whose> {
  const { schema } = project.config.ledger;
  const history = await readState(session, project, { depth: 'entries' });
  const rows = await ask(
    session,
    SQL`SELECT DISTINCT n.nspname AS name FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE p.proname IN ('enter', 'admit', 'refuse') AND p.prosrc LIKE '%UD003%' AND n.nspname <> ${schema}::text`,
  );
  return { history, others: rows.map(({ name }) => name ?? '') };
}

function refuseUnmarked(context: Context, { server }: LedgerState, name: string | undefined): void {
  if (context.isDevelopment() && (name === undefined || name === server.database)) return;
  if (context.project.config.destructive === 'approved') throw wordUnapproved(context);
  if (name === server.database) return;
  const says = `Nothing was dropped. A developer's own database is marked in updown.json: "development": true beside its "url". To empty this one all the same: updown reset --yes-destroy ${server.database}`;
  throw name === undefined
    ? new UpdownError('not-development', `${context.describe()} is not marked for development`, { hint: says })
    : new UpdownError(
        'not-development',
        `"--yes-destroy" names "${name}", and ${context.describe()} is "${server.database}"`,
        {
          hint: 'Nothing was dropped. Is it the right database? Its url comes from --url, DATABASE_URL or updown.json.',
        },
      );
}

/** An approval is of a plan, and a reset drops what no plan names. */
function wordUnapproved(context: Context): UpdownError {
  return new UpdownError(
    'not-development',
    `${context.describe()} is not marked for development, and what is destroyed elsewhere needs an approval ("destructive" in updown.json)`,
    {
      hint: 'Nothing was dropped. A reset can not be approved: go down instead, by a plan that somebody approves: updown downgrade base --yes --expect approved',
    },
  );
}

/** Whose tables are whose, nobody could say. */
function refuseShared(others: readonly string[], { config }: Project): void {
  if (others.length === 0) return;
  throw new UpdownError(
    'wrong-project',
    `Another project keeps its ledger in this database, in ${listNames(others)}: objects outside "${config.ledger.schema}" may belong to it`,
    {
      hint: 'Nothing was dropped. Drop by hand what is yours, then: updown stamp base --purge and updown upgrade --allow-existing',
    },
  );
}

/** What the files make on a throwaway database, as far as they run there: one that fails makes nothing here either. */
async function makeOfFiles(context: Context, options: ScratchChoice): Promise<MadeByFiles> {
  const { project, emit } = context;
  await loadParser();
  const setup = readSetup(project);
  const files = project.graph.order.map((id) => toFileUnderTest(project, 'up', id));
  emit({ kind: 'verifying', scratch: wordScratch(context, options) });
  return openSites(
    context,
    [...setup, ...files],
    options,
  )(async (site) => {
    await applyWhatRuns(context, site, setup);
    const before = await site.reader.read();
    await applyWhatRuns(context, site, files);
    return { before, after: await site.reader.read(), user: await readUser(site.scratch.session) };
  });
}

async function applyWhatRuns({ emit }: Context, site: Site, files: readonly FileUnderTest[]): Promise<void> {
  for (const file of files) {
    const failed = await apply(site, withoutMissing(file, site.missing));
    if (failed === undefined) continue;
    const name = file.inspected.source.file;
    emit({
      kind: 'warning',
      message: `"${name}" fails on scratch, so that what it makes is not known: ${failed.message}`,
    });
  }
}

async function readDoomed(
  session: Session,
  { project }: Context,
  history: LedgerState,
  made: MadeByFiles,
): Promise<Doomed> {
  const live = await readSchema(session, project.config.ledger.schema);
  const dependencies = await readDependencies(session);
  const migrators = new Set([...migratorsOf(history), history.server.user]);
  return findDoomed({ live, dependencies, made, migrators });
}

function refuseNeeded({ needed, undroppable }: Doomed): void {
  const notes = [...needed, ...undroppable];
  if (notes.length === 0) return;
  throw new UpdownError(
    'needed',
    needed.length > 0
      ? "Something that is no revision's needs what would be dropped"
      : "Something that the revisions have created can't be dropped with a separate command",
    {
      hint: 'Nothing was dropped. Drop by hand what the notes name first, and run the command again.',
      notes: notes.slice(0, 10),
    },
  );
}
