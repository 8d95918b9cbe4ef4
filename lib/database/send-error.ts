import type { ServerMessage } from './server-message.ts';

export interface SendFailure {
  /** The server's own words, where it spoke. */
  readonly fields?: ServerMessage | undefined;
  /** Tags of the commands that completed within this message: the next one failed. */
  readonly completed?: readonly string[] | undefined;
  /** The connection is gone: what became of the message is unknown, ask the ledger (F3). */
  readonly lost?: boolean;
  /** Why the server hung up, where it said so: `57P01 terminating connection due to administrator command`. */
  readonly fatal?: string | undefined;
  readonly timedOut?: boolean;
  /** What came back was not the protocol. */
  readonly garbled?: boolean;
}

/** A message that failed. Holds neither the text sent nor how we connected, so that printing it gives nothing away (F65). */
export class SendError extends Error {
  override readonly name: string = 'SendError';
  readonly fields?: ServerMessage;
  readonly completed: readonly string[];
  readonly lost: boolean;
  readonly fatal?: string;
  readonly timedOut: boolean;
  readonly garbled: boolean;

  constructor(message: string, failure: SendFailure) {
    super(message);
    if (failure.fields) this.fields = failure.fields;
    if (failure.fatal !== undefined) this.fatal = failure.fatal;
    this.completed = failure.completed ?? [];
    this.lost = failure.lost ?? false;
    this.timedOut = failure.timedOut ?? false;
    this.garbled = failure.garbled ?? false;
  }
}
