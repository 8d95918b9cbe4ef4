import { dirname, resolve } from 'node:path';
import { openSession } from '../database/open.ts';
import { SendError, type Session } from '../database/session.ts';
import { isUpdownError } from '../errors.ts';
import { applicationName } from '../ledger/name.ts';
import { readMachine } from '../libpq/machine.ts';
import { parseTarget } from '../libpq/parse.ts';
import { readStartupSettings } from '../libpq/startup-options.ts';
import { type ConnectionTarget, describeTarget, type Environment, namesOf } from '../libpq/target.ts';
import type { Config } from '../project/config.ts';
import { loadProject, type Project, type ProjectOptions } from '../project/load.ts';
import { refuseBrokenSeals } from '../project/seal.ts';
import type { Emit, PassedOver } from '../run/event.ts';
import type { Signal } from '../signal.ts';
import { readVersion } from '../version.ts';
import { chooseUrl, namesDatabase, type Urls } from './choose-url.ts';
import { refuseInterrupted } from './interrupted.ts';

/** What every command takes. */
export interface CommandOptions extends ProjectOptions {
  /**
   * Where the database is; else DATABASE_URL, else `updown.json`, else libpq's PG* variables. `pglite:<folder>` needs no server; where
   * `updown.json` names one, variables win over it, and a pipeline is refused.
   */
  readonly url?: string | undefined;
  readonly env?: Environment;
  /** For each host, in milliseconds; else the target's own. */
  readonly connectTimeout?: number;
  /** Told of everything while it happens. */
  readonly emit?: Emit;
  /** Aborting cancels the statement that runs and ends the command with `interrupted`. */
  readonly signal?: Signal;
}

export interface Context extends Database {
  readonly project: Project;
  readonly tool: string;
}

/** Where a command is to work, whether or not there is a project. */
export interface Database {
  readonly emit: Emit;
  readonly signal: Signal | undefined;
  /** Opens a session of its own each time; throws `config` where no database is named. */
  readonly connect: (meanwhile?: Meanwhile, limit?: ConnectLimit) => Promise<Session>;
  /** The database in words, without a password. */
  readonly describe: () => string;
  /** What of the environment names it, where that wins over an embedded database of the configuration. */
  readonly passedOver: () => PassedOver | undefined;
  /** What an approval may call it: its place, and its name alone. */
  readonly names: () => readonly [place: string, name: string];
  /** The settings that the connection itself asks for: options=, PGOPTIONS, a service's options. */
  readonly asked: () => ReadonlyMap<string, string>;
  readonly isEmbedded: () => boolean;
  /** Whether it is a developer's own, which may be emptied: an embedded one, and the one that the configuration calls so. */
  readonly isDevelopment: () => boolean;
  /** Whether a database is named anywhere but by the machine's defaults. */
  readonly namesDatabase: () => boolean;
  /** The folder of an embedded database, where one is meant. */
  readonly embeddedFolder: () => string | undefined;
}

/** For each host, in milliseconds; or for all of them together, by `performance.now()`. */
export type ConnectLimit = { readonly timeout: number } | { readonly until: number };

/** Something to do while the server is at work. */
export type Meanwhile = () => Promise<void>;

export function openContext(options: CommandOptions, always?: ConnectLimit): Context {
  const project = loadProject(options);
  refuseBrokenSeals(project);
  return openContextOf(project, options, always);
}

/** Of a project that was read otherwise. */
export function openContextOf(project: Project, options: CommandOptions, always?: ConnectLimit): Context {
  const { config, manifest } = project;
  return {
    ...openDatabase(config, manifest.project, options, always),
    project,
    tool: readVersion(),
  };
}

/** `project` is what sessions are called by. */
export function openDatabase(
  config: Pick<Config, 'url' | 'development'>,
  project: string,
  options: CommandOptions,
  always?: ConnectLimit,
): Database {
  const emit = options.emit ?? (() => {});
  const env = options.env ?? process.env;
  const target = () => findTarget(options, config, env);
  return {
    emit,
    signal: options.signal,
    describe: () => describeTarget(target()),
    passedOver: () => chooseUrl(urlsOf(options, config, env)).over,
    names: () => namesOf(target()),
    namesDatabase: () => namesDatabase(urlsOf(options, config, env)),
    asked: () => {
      const found = target();
      return readStartupSettings((found.kind === 'server' && found.options) || '');
    },
    isEmbedded: () => target().kind === 'pglite',
    isDevelopment: () => isDevelopment(target(), config, env),
    embeddedFolder: () => {
      const found = target();
      return found.kind === 'pglite' ? found.folder : undefined;
    },
    connect: (meanwhile, limit = always) => {
      const wanted = limit !== undefined && 'timeout' in limit ? limit.timeout : options.connectTimeout;
      return openSession(target(), {
        onWaiting: meanwhile && (() => void meanwhile()),
        connectTimeoutMilliseconds: wanted,
        connectUntil: limit !== undefined && 'until' in limit ? limit.until : undefined,
        applicationName: applicationName(project),
        onNotice: ({ severity, message, code }) => emit({ kind: 'notice', severity, message, code }),
      });
    },
  };
}

/** Opens a session, until then as often as it takes where no server is there yet, hands it over, and closes it whatever happens. What fails is a question: a step's own failures come as values. */
export async function withSession<T>(
  database: Database,
  body: (session: Session) => Promise<T>,
  meanwhile?: Meanwhile,
  until?: number,
): Promise<T> {
  const session = await awaitServer(database, until, meanwhile);
  try {
    return await body(session);
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const { wordSend } = await import('../run/failure.ts');
    throw wordSend(error);
  } finally {
    await session.close();
  }
}

/** In milliseconds: one that is there answers the first try within, and what is left when the last one begins. */
export const firstTry = 500;
export const lastTry = 150;

/** Without a time, one try. */
async function awaitServer(
  database: Database,
  until: number | undefined,
  meanwhile: Meanwhile | undefined,
): Promise<Session> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.connect(meanwhile, limitOf(attempt, until));
    } catch (error) {
      if (!isUpdownError(error) || !error.mayCome) throw error;
      refuseInterrupted(database.signal, error.message);
      const remaining = (until ?? 0) - performance.now();
      const spare = remaining - lastTry;
      if (until === undefined || spare <= 0) throw error;
      database.emit({ kind: 'waiting', reason: error.message, attempt, leftMilliseconds: remaining });
      const { pause } = await import('./pause.ts');
      await pause(attempt, spare, database.signal);
      refuseInterrupted(database.signal, error.message);
    }
  }
}

function limitOf(attempt: number, until: number | undefined): ConnectLimit | undefined {
  if (until === undefined) return undefined;
  return { until: attempt === 1 ? Math.max(until, performance.now() + firstTry) : until };
}

function urlsOf(options: CommandOptions, config: Pick<Config, 'url'>, env: Environment): Urls {
  return { option: options.url, configured: config.url, env };
}

/** Another url for the same database, such as one with another password, is as good. */
function isDevelopment(
  target: ConnectionTarget,
  { url, development }: Pick<Config, 'url' | 'development'>,
  env: Environment,
): boolean {
  if (target.kind === 'pglite') return true;
  if (!development || url === undefined) return false;
  return describeTarget(parseTarget(url, env, readMachine(), 'updown.json')) === describeTarget(target);
}

function findTarget(options: CommandOptions, config: Pick<Config, 'url'>, env: Environment): ConnectionTarget {
  const { url, source } = chooseUrl(urlsOf(options, config, env));
  const target = parseTarget(url, env, readMachine(), source);
  if (target.kind !== 'pglite' || target.folder === undefined) return target;
  // A folder in the configuration is relative to it, one given by hand to where we are.
  const base =
    source === 'updown.json'
      ? dirname(resolve(options.cwd ?? '.', options.config ?? 'updown.json'))
      : resolve(options.cwd ?? '.');
  return { ...target, folder: resolve(base, target.folder) };
}
