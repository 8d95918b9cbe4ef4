import type { SendError } from '../database/send-error.ts';
import type { Block } from '../script/block.ts';
import type { ScriptStep } from '../script/script.ts';

/** Where an execution stopped. */
export interface Broken {
  readonly step: ScriptStep | undefined;
  readonly block: Block;
  readonly error: SendError;
  /** What stood before the block's own text in the message: commands and characters. */
  readonly prefix: string;
  /** Where the database has no encoding, the server's positions count bytes, not characters (F64). */
  readonly inBytes: boolean;
}

/** A COMMIT that nobody saw in the file: it came before the block's own, which is the last command and did not fail (F20). */
export function hasCommitted({ completed }: SendError): boolean {
  return completed.includes('COMMIT');
}
