import type { ServerMessage } from './server-message.ts';

export { SendError } from './send-error.ts';
export type { ServerMessage } from './server-message.ts';

/** Every value as the server wrote it: text, whatever its type. */
export interface Row {
  readonly [column: string]: string | null;
}

/** One connection, used once: it never reconnects, and after anything but a plain SQL error it is dead (F5). */
export interface Session {
  readonly kind: 'server' | 'pglite';
  /** The url it has led to, of several hosts the one that answered; without a password. */
  readonly address: string;
  /** As told at start-up; behind a pooler it differs from `pg_backend_pid()` (F25). */
  readonly backendPid: number;
  /** What the server reports by itself: server_version, standard_conforming_strings, in_hot_standby … */
  readonly parameters: ReadonlyMap<string, string>;
  /** Whether a transaction was open when the last message was answered. */
  isInTransaction(): boolean;
  /** The tags of the commands that the last message completed, in order: `INSERT 0 1`. */
  completed(): readonly string[];
  /** One message in the simple protocol, of one text or of several, one behind the other. Resolves to the rows of every statement that returned a row set, in order. */
  send(text: string | readonly string[], options?: SendOptions): Promise<readonly (readonly Row[])[]>;
  /** One command with values for its `$1`, `$2` …, which the server takes apart from its text; null is NULL. Resolves to its rows. */
  bind(text: string, values: readonly unknown[], options?: BindOptions): Promise<readonly Row[]>;
  /** Asks the server, on a connection of its own, to cancel what runs (F15). Resolves when asked, not when done. */
  cancel(): Promise<void>;
  /** May be called twice. What still runs is left to the server, its outcome unknown to us. */
  close(): Promise<void>;
  /** Says goodbye without waiting for the server's, as psql does: it may be a moment until the backend is gone. Only where nothing runs. */
  leave(): void;
}

export interface BindOptions {
  /** As of `send`. */
  readonly deadlineMilliseconds?: number | undefined;
}

export interface SendOptions {
  /** After this the statement is cancelled; if the server does not answer that either, the session is dead. */
  readonly deadlineMilliseconds?: number | undefined;
  /** Rows are thrown away as they come, and none are resolved to: a file's own SELECT may answer with millions. */
  readonly dropsRows?: boolean;
}

/**
 * For questions of our own to catalog and ledger, which are answered in milliseconds: a server that is connected, and silent, must not hold
 * a command for ever. A step's own statements may take as long as they take.
 */
export const ownQuestion: SendOptions = { deadlineMilliseconds: 30_000 };

export interface SessionOptions {
  readonly applicationName: string;
  /** Of one message no more than a bounded number, then how many were left out. */
  readonly onNotice: (notice: ServerMessage) => void;
  /** Plans that auto_explain tells are not counted among them. */
  readonly keepsPlans?: boolean;
  /** Called when the server has been asked for a connection: there is time for something else until it answers. */
  readonly onWaiting?: (() => void) | undefined;
  /** For each host anew; wins over the target's own; 0 waits for ever. */
  readonly connectTimeoutMilliseconds?: number | undefined;
  /** By `performance.now()`: until then at the longest, for all hosts together. */
  readonly connectUntil?: number | undefined;
}

export type Connect = () => Promise<Session>;
