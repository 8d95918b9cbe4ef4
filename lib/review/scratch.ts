import { randomBytes } from 'node:crypto';
import { openSession } from '../database/open.ts';
import { filterExtensions } from '../database/pglite-instance.ts';
import { SendError, type Session } from '../database/session.ts';
import type { ServerTarget, Target } from '../database/target.ts';
import { UpdownError } from '../errors.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Notice } from './measured.ts';

/** A throwaway database. */
export interface Scratch {
  readonly session: Session;
  /** A second session, to watch the first one from; an embedded PostgreSQL has none. */
  readonly watcher: Session | undefined;
  /** `PostgreSQL 18.3 (in-process)` */
  readonly label: string;
  readonly major: number;
  /** What the server has said since this was last asked. */
  takeNotices(): readonly Notice[];
}

export interface ScratchOptions {
  /** A server to make a temporary database on; without one, PostgreSQL in this process. */
  readonly target: Target | undefined;
  /** Those the files ask for: in process, they must be loaded from the start. */
  readonly extensions: readonly string[];
  readonly applicationName: string;
  readonly signal: AbortSignal | undefined;
}

/** Opens one, hands it over, and throws it away whatever happens. */
export async function withScratch<T>(options: ScratchOptions, body: (scratch: Scratch) => Promise<T>): Promise<T> {
  const { target } = options;
  if (target?.kind === 'server') return onServer(target, options, body);
  const extensions = await filterExtensions(options.extensions);
  const own: Target = { kind: 'pglite', apart: true, extensions };
  return withSessions([own], options, ([session], takeNotices) =>
    body({ session: session!, watcher: undefined, ...describe(session!, 'in-process'), takeNotices }),
  );
}

type TakeNotices = Scratch['takeNotices'];

async function withSessions<T>(
  targets: readonly Target[],
  { applicationName, signal }: ScratchOptions,
  body: (sessions: readonly Session[], takeNotices: TakeNotices) => Promise<T>,
): Promise<T> {
  const sessions: Session[] = [];
  let notices: Notice[] = [];
  const takeNotices = () => {
    const taken = notices;
    notices = [];
    return taken;
  };
  const onNotice = ({ severity, code, message }: Notice) => void notices.push({ severity, code, message });
  const cancel = () => void sessions[0]?.cancel().catch(() => {});
  signal?.addEventListener('abort', cancel);
  try {
    for (const target of targets) sessions.push(await openSession(target, { applicationName, onNotice }));
    return await body(sessions, takeNotices);
  } finally {
    signal?.removeEventListener('abort', cancel);
    for (const session of sessions) await session.close();
  }
}

/** `15.18 (Debian 15.18-1)` */
function describe({ parameters }: Session, where: string): Pick<Scratch, 'label' | 'major'> {
  const [version = ''] = (parameters.get('server_version') ?? '').split(' ');
  return { label: `PostgreSQL ${version} (${where})`, major: Number.parseInt(version, 10) };
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
      return await withSessions([own, own], options, ([session, watcher], takeNotices) =>
        body({ session: session!, watcher, ...describe(session!, 'scratch server'), takeNotices }),
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
  const [rows = []] = await admin.send(`SELECT d.datname AS name FROM pg_catalog.pg_database d
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
