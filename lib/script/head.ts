import type { Made } from './existing.ts';

/** What a script says of itself at its head, for the ledger to judge. */
export interface ScriptHead {
  readonly op: 'up' | 'down' | 'stamp';
  readonly project: string;
  /** The heads it starts from, in words. */
  readonly from: string;
  /** What is applied below it, as `Start` has it. */
  readonly ids: string;
  readonly contents?: string | undefined;
  /** How it looks whether a transaction is open; left out where it is asked in one on purpose. */
  readonly client?: 'psql' | 'plain';
  /** All of it is one transaction. */
  readonly whole?: true | undefined;
  /** It can't skip what is done. */
  readonly once?: true;
  /** Of a file of several: how many steps have to be done before it. */
  readonly behind?: number | undefined;
  /** It is for an empty database: what may have made the tables of one that has some. */
  readonly existing?: Made | undefined;
  /** In order: id, the digest of up.sql where that counts, and for a stamp what is recorded. */
  readonly steps: readonly (readonly string[])[];
}
