import { quoteIdent, quoteLiteral } from '../sql/quote.ts';

/**
 * SQL of our own means the server's own functions, operators, types and casts, whatever the path of the session is: whoever may create in a
 * schema of that could put others in their place. Behind SET or SET LOCAL.
 */
export const ownPath: string = 'search_path = pg_catalog, pg_temp';
/** In front of a question of our own: a limit that the role or the database sets is for its statements (F34); ours has a deadline. */
export const ownReading: string = `SET LOCAL ${ownPath};\nSET LOCAL statement_timeout = 0;`;

/** By these a server ends a step from outside. Not every version has them, and a script does not know where it will run: off where they are known. */
export const limits: readonly string[] = [
  'transaction_timeout',
  'idle_session_timeout',
  'client_connection_check_interval',
  'tcp_user_timeout',
];

/** Whatever a file left in the session ends with its step (F33): temporary tables, prepared statements, cursors, settings. */
export const cleaning: readonly string[] = [
  'CLOSE ALL',
  'DEALLOCATE ALL',
  'UNLISTEN *',
  'DISCARD TEMP',
  'DISCARD SEQUENCES',
  'RESET ALL',
];

/** Whether a ledger that is there tells of nothing, yet or any more, as a condition: then it says no more of a database than none would. */
export function printSilence(schema: string): string {
  return `NOT EXISTS (SELECT FROM ${quoteIdent(schema)}.journal WHERE event NOT IN ('header', 'fail'))`;
}

/** For whom, from what and how steps run. It is set just before a block, so that the block's own bytes are the same in a run and a script. */
export interface RunSettings {
  readonly channel: 'run' | 'script';
  readonly project: string;
  readonly plan: string;
  readonly tool: string;
  /** What a step runs with, by the server's names; a search path as a list of schemas. Left out where no step is entered. */
  readonly settings?: StepSettings;
  /** The statement to go on at, where a person has looked and says so. */
  readonly resumeAt?: number | undefined;
  /** Where the next step belongs, for a script whose reader neither skips nor stops: its `enter` refuses any other place. */
  readonly requires?: RequiredState | undefined;
}

export type StepSettings = Readonly<Record<string, string | readonly string[]>>;

/**
 * The first step needs a state, by `Start`'s hashes; every other one that this plan's step before it was the last
 * thing done here.
 */
export type RequiredState =
  | { readonly ids: string; readonly contents?: string | undefined }
  | { readonly after: string };

/** The setting that carries them. */
export const settingName: string = 'updown.run';

/** What a script for psql sets for its first message alone: it is there still where a transaction was open before. */
export const settingWithin = 'updown.within';

/** The psql variable in which a script is told what a run is told by --resume-at. */
export const resumeVariable = 'updown_resume_at';

export function printRunSettings(settings: RunSettings): string {
  return `${settingName} = ${quoteLiteral(printRunValue(settings))}`;
}

function printRunValue({ requires, ...run }: RunSettings): string {
  return JSON.stringify({ ...run, ...requires });
}
