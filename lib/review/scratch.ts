import { randomBytes } from 'node:crypto';
import { openSession } from '../database/open.ts';
import { filterExtensions } from '../database/pglite-instance.ts';
import { SendError, type Session } from '../database/session.ts';
import type { ServerTarget, Target } from '../database/target.ts';
import { UpdownError } from '../errors.ts';
import { ownPath } from '../plan/ledger.ts';
import type { Signal } from '../signal.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Notice } from './measured.ts';
import { loadPlans, planIn, type Query, readQuery } from './plans.ts';

/** A throwaway database. */
export interface Scratch {
  readonly session: Session;
  /** A second session, to watch the first one from; an embedded PostgreSQL has none. */
  readonly watcher: Session | undefined;
  /** `PostgreSQL 18.3 (in-process)` */
  readonly label: string;
  readonly major: number;
  /** Whether it tells of every query it runs. */
  readonly tellsPlans: boolean;
  /** What the server has said since this was last asked. */
  takeNotices(): readonly Notice[];
  /** What it has told of queries since then, each once. */
  takePlans(): readonly Query[];
}

export interface ScratchOptions {
  /** A server to make a temporary database on; without one, PostgreSQL in this process. */
  readonly target: Target | undefined;
  /** Those the files ask for: in process, they must be loaded from the start. */
  readonly extensions: readonly string[];
  readonly applicationName: string;
  readonly signal: Signal | undefined;
}

/** Opens one, hands it over, and throws it away whatever happens. */
export async function withScratch<T>(options: ScratchOptions, body: (scratch: Scratch) => Promise<T>): Promise<T> {
  const { target } = options;
  if (target?.kind === 'server') return onServer(target, options, body);
  const extensions = await filterExtensions(['auto_explain', ...options.extensions]);
  const own: Target = { kind: 'pglite', apart: true, extensions };
  return withSessions([own], options, async ([session], take) =>
    body({ ...(await equip(session!, 'in-process')), watcher: undefined, ...take }),
  );
}

type Take = Pick<Scratch, 'takeNotices' | 'takePlans'>;

async function withSessions<T>(
  targets: readonly Target[],
  { applicationName, signal }: ScratchOptions,
  body: (sessions: readonly Session[], take: Take) => Promise<T>,
): Promise<T> {
  const sessions: Session[] = [];
  const { onNotice, ...take } = listen();
  const cancel = () => void sessions[0]?.cancel().catch(() => {});
  signal?.addEventListener('abort', cancel);
  try {
    for (const target of targets) sessions.push(await openSession(target, { applicationName, onNotice }));
    return await body(sessions, take);
  } finally {
    signal?.removeEventListener('abort', cancel);
    for (const session of sessions) await session.close();
  }
}

function listen(): Take & { readonly onNotice: (notice: Notice) => void } {
  let notices: Notice[] = [];
  // A loop has the same plan ten thousand times.
  const plans = new Set<string>();
  return {
    onNotice: ({ severity, code, message }) => {
      const plan = planIn({ severity, message });
      if (plan !== undefined) plans.add(plan);
      else notices.push({ severity, code, message });
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

type Equipped = Pick<Scratch, 'session' | 'label' | 'major' | 'tellsPlans'>;

/** `15.18 (Debian 15.18-1)` */
async function equip(session: Session, where: 'in-process' | 'scratch server'): Promise<Equipped> {
  const [version = ''] = (session.parameters.get('server_version') ?? '').split(' ');
  const major = Number.parseInt(version, 10);
  const tellsPlans = await loadPlans(session, where === 'in-process', major);
  return { session, label: `PostgreSQL ${version} (${where})`, major, tellsPlans };
}

const prefix = 'updown_scratch_';

/** The admin's session lives as long as the database, and its lock says that somebody works there. */
function onServer<T>(
  target: ServerTarget,
  options: ScratchOptions,
  body: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  return withSessions([target], { ...options, signal: undefined }, async ([admin]) => {
    const name = `${prefix}${randomBytes(6).toString('hex')}`;
    await admin!.send(`SELECT ${lock}('${prefix}'), ${hash}('${name}'))`);
    await dropLeftovers(admin!);
    await createDatabase(admin!, name);
    try {
      const own = { ...target, database: name };
      return await withSessions([own, own], options, async ([session, watcher], take) =>
        body({ ...(await equip(session!, 'scratch server')), watcher, ...take }),
      );
    } finally {
      await dropDatabase(admin!, name);
    }
  });
}

const hash = 'pg_catalog.hashtext';
const lock = `pg_catalog.pg_advisory_lock(${hash}`;

async function createDatabase(admin: Session, name: string): Promise<void> {
  try {
    await admin.send(`CREATE DATABASE ${quoteIdent(name)} TEMPLATE template0`);
  } catch (error) {
    if (!(error instanceof SendError) || error.fields === undefined) throw error;
    throw new UpdownError('sql', `The scratch server made no database: ${error.fields.message}`, {
      hint: 'The role needs CREATEDB there. Never name production as --scratch; without it, PostgreSQL runs in this process.',
      sqlstate: error.fields.code,
      cause: error,
    });
  }
}

/** What killed runs left: nobody is connected, and nobody holds its lock. Another run may be faster. */
async function dropLeftovers(admin: Session): Promise<void> {
  const [rows = []] = await admin.send(`SET LOCAL ${ownPath};
SELECT d.datname AS name FROM pg_catalog.pg_database d
 WHERE d.datname ~ '^${prefix}[0-9a-f]{12}$' AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = d.datname)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2
                      AND l.classid::bigint = ${hash}('${prefix}')::bigint & 4294967295 AND l.objid::bigint = ${hash}(d.datname::text)::bigint & 4294967295)`);
  for (const { name } of rows) await admin.send(`DROP DATABASE IF EXISTS ${quoteIdent(name ?? '')}`).catch(() => {});
}

/** Statements of ours that were cancelled may still be ending. */
async function dropDatabase(admin: Session, name: string): Promise<void> {
  const force = Number.parseInt(admin.parameters.get('server_version') ?? '', 10) >= 13 ? ' WITH (FORCE)' : '';
  for (let attempt = 1; ; attempt++) {
    try {
      await admin.send(`DROP DATABASE IF EXISTS ${quoteIdent(name)}${force}`);
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
