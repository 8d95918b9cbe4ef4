import { randomBytes } from 'node:crypto';
import { openSession } from '../database/open.ts';
import { filterExtensions } from '../database/pglite-instance.ts';
import { SendError, type Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { ownPath } from '../ledger/setting.ts';
import type { ConnectionTarget, ServerTarget } from '../libpq/target.ts';
import type { Signal } from '../signal.ts';
import { quoteIdent } from '../sql/quote.ts';
import { refuseInterrupted } from './file-under-test.ts';
import { dropLeftovers, dropScratch, dropSlots, readSlots, type ScratchServer, tryLock } from './leftovers.ts';
import type { Notice } from './measured.ts';
import { loadPlans, planIn, type Query, readQuery } from './plans.ts';
import { createRestorer, type Restorer } from './restorer.ts';
import { prefix } from './shared.ts';
import { createSnapshotTaker, type SnapshotTaker } from './snapshots.ts';

/** A throwaway database for a review. */
export interface Scratch {
  readonly session: Session;
  /** A second session that watches the first one. PGlite has only one session. */
  readonly watcher: Session | undefined;
  /** `PostgreSQL 18.3 (in-process)` */
  readonly label: string;
  readonly major: number;
  readonly snapshots: SnapshotTaker;
  /** Whether auto_explain reports every query. */
  readonly tellsPlans: boolean;
  /** The time that a statement of the files may run, in milliseconds. 0 means no limit. */
  readonly limit: number;
  /** Undoes on a server what the files do outside their database. PGlite needs none. */
  readonly restorer: Restorer | undefined;
  /** Returns the notices since the last call. */
  takeNotices(): readonly Notice[];
  /** Returns the plans since the last call, each once. */
  takePlans(): readonly Query[];
}

export interface ScratchOptions {
  /** The server to create a temporary database on. Without one, PGlite is used. */
  readonly target: ConnectionTarget | undefined;
  /** The extensions that the files create. PGlite has to load them from the start. */
  readonly extensions: readonly string[];
  readonly applicationName: string;
  readonly signal: Signal | undefined;
  /** The template database to copy, instead of an empty one. */
  readonly template?: string | undefined;
  readonly limit?: number;
  /** Whether the files may create objects of the whole server. Only one review at a time does. */
  readonly sharing?: boolean;
  /** Whether they may create replication slots. */
  readonly slots?: boolean;
  /** The statements of every file that is run there. */
  readonly texts?: readonly string[];
  readonly warn?: (message: string) => void;
}

/** Creates a scratch database, passes it to `body`, and drops it whatever happens. */
export async function withScratch<T>(options: ScratchOptions, body: (scratch: Scratch) => Promise<T>): Promise<T> {
  const { target, template, limit = 0 } = options;
  if (target?.kind === 'server') return onServer(target, options, body);
  if (template !== undefined) throw needsServer(template);
  const extensions = await filterExtensions(['auto_explain', ...options.extensions]);
  const own: ConnectionTarget = { kind: 'pglite', apart: true, extensions };
  return withSessions([own], options, async ([session], take) =>
    body({ ...(await equip(session, 'in-process')), watcher: undefined, restorer: undefined, limit, ...take }),
  );
}

function needsServer(template: string): UpdownError {
  return new UpdownError(
    'config',
    `The template "${template}" is a database of a server, and PostgreSQL in this process has none`,
    {
      hint: 'Name the server, as "url" next to it or with --scratch; or name a file of SQL instead of a template, as "setup".',
    },
  );
}

type Take = Pick<Scratch, 'takeNotices' | 'takePlans'>;

/** A session for each of the targets. An interrupt stops what they do, unless they are to clean up after it. */
async function withSessions<T, const Targets extends readonly ConnectionTarget[]>(
  targets: Targets,
  { applicationName, signal, outlasts = false }: ScratchOptions & { readonly outlasts?: boolean },
  body: (sessions: { readonly [K in keyof Targets]: Session }, take: Take) => Promise<T>,
): Promise<T> {
  const sessions: Session[] = [];
  const { onNotice, ...take } = listen();
  const cancel = () => void sessions[0]?.cancel().catch(() => {});
  if (!outlasts) signal?.addEventListener('abort', cancel);
  try {
    for (const target of targets)
      sessions.push(
        await unlessInterrupted(openSession(target, { applicationName, onNotice, keepsPlans: true }), signal),
      );
    return await body(sessions as unknown as { readonly [K in keyof Targets]: Session }, take);
  } catch (error) {
    // What fails then fails because its session was stopped.
    if (!outlasts) refuseInterrupted({ signal });
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    for (const session of sessions) await session.close();
  }
}

/** An embedded server takes seconds to start, and a server may be slow to answer: who interrupts does not wait for that. */
async function unlessInterrupted(opening: Promise<Session>, signal: Signal | undefined): Promise<Session> {
  if (signal === undefined) return opening;
  let interrupt = () => {};
  const interrupted = new Promise<undefined>((resolve) => {
    interrupt = () => resolve(undefined);
  });
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  try {
    const session = await Promise.race([opening, interrupted]);
    if (session !== undefined) return session;
    opening.then((late) => late.close()).catch(() => {});
    refuseInterrupted({ signal });
    return await opening;
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** The limit for one statement, since a loop may run a new text each time. */
const mostPlans = 5_000;

function listen(): Take & { readonly onNotice: (notice: Notice) => void } {
  let notices: Notice[] = [];
  // A loop may report the same plan ten thousand times.
  const plans = new Set<string>();
  return {
    onNotice: ({ severity, code, message }) => {
      const plan = planIn({ severity, message });
      if (plan === undefined) notices.push({ severity, code, message });
      else if (plans.size < mostPlans) plans.add(plan);
    },
    takeNotices: () => {
      const taken = notices;
      notices = [];
      return taken;
    },
    takePlans: () => {
      const taken = Array.from(plans, readQuery);
      plans.clear();
      return taken;
    },
  };
}

type Equipped = Pick<Scratch, 'session' | 'label' | 'major' | 'snapshots' | 'tellsPlans'>;

/** `15.18 (Debian 15.18-1)` */
async function equip(session: Session, where: 'in-process' | 'scratch server'): Promise<Equipped> {
  const [version = ''] = (session.parameters.get('server_version') ?? '').split(' ');
  const major = Number.parseInt(version, 10);
  const tellsPlans = await loadPlans(session, where === 'in-process', major);
  const snapshots = createSnapshotTaker({ session, major });
  return { session, label: `PostgreSQL ${version} (${where})`, major, snapshots, tellsPlans };
}

/** The session of the admin lives as long as the database. Its advisory lock tells others that the database is in use. */
function onServer<T>(
  target: ServerTarget,
  options: ScratchOptions,
  body: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const { warn = () => {} } = options;
  return withSessions([target], { ...options, outlasts: true }, async ([admin]) => {
    const site: ScratchServer = { admin, open: (database) => open({ ...target, database }, options), warn };
    const name = `${prefix}${randomBytes(6).toString('hex')}`;
    await tryLock(admin, name);
    if (options.sharing) await takeTurn(site, options);
    await dropLeftovers(site);
    const slots = options.slots ? await readSlots(admin) : undefined;
    refuseInterrupted(options);
    await createDatabase(admin, name, options.template);
    let restorer: Restorer | undefined;
    try {
      const own = { ...target, database: name };
      const isSuperuser = await prepareDatabase(admin, name);
      return await withSessions([own, own], options, async ([session, watcher], take) => {
        const equipped = await equip(session, 'scratch server');
        const about = { major: equipped.major, own: name, isSuperuser, seesPasswords: isSuperuser };
        const found = { texts: options.texts ?? [], slots: slots ?? [] };
        restorer = createRestorer({ session, watcher, admin, ...about, ...found });
        return body({ ...equipped, watcher, restorer, limit: options.limit ?? 0, ...take });
      });
    } finally {
      if (slots !== undefined) await dropSlots(admin, slots);
      await dropScratch(site, name, restorer?.made() ?? []);
    }
  });
}

function open(target: ConnectionTarget, { applicationName }: ScratchOptions): Promise<Session> {
  return openSession(target, { applicationName, onNotice: () => {} });
}

/** Waits until no other review creates roles and the like, since two that create the same role would conflict. */
async function takeTurn({ admin, warn }: ScratchServer, { signal }: ScratchOptions): Promise<void> {
  for (let told = false; ; told = true) {
    if ((await tryLock(admin, 'shared')) || signal?.aborted) return;
    if (!told) warn('another review makes roles and the like on the scratch server: waiting for its end');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function createDatabase(admin: Session, name: string, template = 'template0'): Promise<void> {
  try {
    await admin.send(`CREATE DATABASE ${quoteIdent(name)} TEMPLATE ${quoteIdent(template)}`);
  } catch (error) {
    if (!(error instanceof SendError) || error.fields === undefined) throw error;
    throw new UpdownError('sql', `The scratch server made no database: ${error.fields.message}`, {
      hint:
        template === 'template0'
          ? 'The role needs CREATEDB there. Never name production as --scratch; without it, PostgreSQL runs in this process.'
          : `The role needs CREATEDB there, and must own "${template}" or find it marked as a template; nobody may be connected to that.`,
      sqlstate: error.fields.code,
      cause: error,
    });
  }
}

/** The settings of a temporary database. */
export const scratchSettings: Readonly<Record<string, string>> = {
  lc_messages: "'C'",
  allow_in_place_tablespaces: 'on',
};

/** Sets what only a superuser may: messages in English, and tablespaces in the data directory. */
async function prepareDatabase(admin: Session, name: string): Promise<boolean> {
  const [rows = []] = await admin.send(
    `SET LOCAL ${ownPath};
SELECT pg_catalog.current_setting('is_superuser') AS super, EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'allow_in_place_tablespaces')::text AS places`,
  );
  const isSuperuser = rows[0]?.super === 'on';
  if (!isSuperuser) return false;
  for (const [setting, value] of Object.entries(scratchSettings)) {
    if (setting === 'allow_in_place_tablespaces' && rows[0]?.places !== 'true') continue;
    await admin.send(`ALTER DATABASE ${quoteIdent(name)} SET ${setting} = ${value}`);
  }
  return true;
}
