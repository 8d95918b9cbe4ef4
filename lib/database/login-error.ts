import type { ServerMessage } from './server-message.ts';
import type { Tap } from './tap.ts';

/** The login did not come to its end. */
export class LoginError extends Error {
  override readonly name: string = 'LoginError';
  readonly reason: 'refused' | 'garbled' | 'broken' | 'closed';
  /** The server's own words, where it refused. */
  readonly fields: ServerMessage | undefined;
  readonly code: string | undefined;

  constructor(tap: Tap, streamError: NodeJS.ErrnoException | null) {
    super(tap.error?.message ?? streamError?.message ?? 'the connection was closed');
    this.fields = tap.error;
    this.code = tap.error?.code ?? streamError?.code;
    if (tap.error) this.reason = 'refused';
    else if (tap.garbled) this.reason = 'garbled';
    else this.reason = streamError ? 'broken' : 'closed';
  }
}
