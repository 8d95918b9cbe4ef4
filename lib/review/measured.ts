import type { Op } from '../plan/plan.ts';
import type { AdviceFacts } from './advice-facts.ts';
import type { Builtin } from './builtins.ts';
import type { Effects } from './effects.ts';
import type { Snapshot } from './snapshot.ts';
import type { Survey } from './survey.ts';

/** A plan, run statement by statement on a throwaway database, with what each of them did. */
export interface Measurement {
  /** `PostgreSQL 18.3 (in-process)`: verdicts hold for that version. */
  readonly scratch: string;
  readonly steps: readonly MeasuredStep[];
  /** What the files did to the server of scratch, beyond their database. */
  readonly shared: readonly SharedEffect[];
  /** What of the history, and of what it stands on, could not be made on scratch: nothing, or all of it. */
  readonly missing: readonly Missing[];
  /** Scratch before the plan, where it is to be compared. */
  readonly start?: Snapshot | undefined;
  /** What of its server the plan uses. */
  readonly builtins?: readonly Builtin[] | undefined;
}

/**
 * A thing of the whole server: `role app`. It was made and dropped again, was there and was put back, or the statement
 * was left out. `changed` is what differs after a statement that commits by itself: nobody can tell whether the files did it, and it stays.
 */
export interface SharedEffect {
  readonly kind: 'made' | 'put back' | 'left out' | 'changed';
  readonly object: string;
}

/** A statement of the history that failed on scratch. */
export interface Missing {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly label: string;
  readonly code: string;
  readonly message: string;
  /** It needs what another one of these would have made. */
  readonly follows: boolean;
}

export interface MeasuredStep {
  readonly op: Op;
  readonly id: string;
  readonly name: string;
  /** `<folder>/up.sql`, relative to the working folder. */
  readonly file: string;
  readonly transactional: boolean;
  /** In force while it runs; `0` waits for ever. */
  readonly lockTimeout: string;
  /** What its file asks to be let pass. */
  readonly allow: readonly { readonly rule: string; readonly reason: string }[];
  readonly statements: readonly MeasuredStatement[];
  /** Left out where a statement failed. */
  readonly surveys?: Surveys | undefined;
}

export interface Surveys {
  /** As the plan found the database: what is not in it, nothing that runs can know. */
  readonly origin: Survey;
  /** As this step found it, and as it left it. */
  readonly found: Survey;
  readonly left: Survey;
}

export interface MeasuredStatement extends Effects {
  /** 1-based, in its file. */
  readonly number: number;
  /** 1-based line of the file it begins on. */
  readonly line: number;
  /** In words: `ALTER TABLE`. */
  readonly label: string;
  readonly text: string;
  readonly notices: readonly Notice[];
  readonly milliseconds: number;
  /** Foreign keys it made, also of new tables, that have no index behind them when the plan is done. */
  readonly unindexed: readonly UnindexedKey[];
  /** What has the name of the index that it would make, where the server skipped it for that: `table public.orders`. */
  readonly skippedFor?: string;
  /** Tables that it gave the name of another one, as they are when their step is done. */
  readonly swaps?: readonly Swap[] | undefined;
  /** Left out where it failed. */
  readonly adviceFacts?: AdviceFacts;
  /** Of the other statements in its transaction; only while it is judged. */
  readonly around?: Around;
  /** It failed: what stands after it was not measured. */
  readonly error?: Failure | undefined;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  /**
   * `limit`: it was still running when its time was over. `missing`: it needs what scratch lacks, and what stands after it was measured
   * without it. `server`: it changes what belongs to others on the scratch server.
   */
  readonly cause?: 'limit' | 'missing' | 'server';
}

export interface Around {
  /** Objects that statements before it dropped, and that those behind it make. */
  readonly dropped: ReadonlySet<string>;
  readonly created: ReadonlySet<string>;
  /** Number of one that brings back what it takes away, or takes away what it brings back. */
  readonly partner: number | undefined;
}

/** A table that has the place of another one, by its name. */
export interface Swap {
  /** The name that stays. */
  readonly relation: string;
  /** How the other one is called now; left out where it is gone. */
  readonly old?: string | undefined;
  /** The step has made it. */
  readonly fresh: boolean;
  /** What the other one had, in words: `index public.orders_code`, `grants`. */
  readonly lacks: readonly string[];
}

/** A change of the referenced row reads the whole referring table to find what refers to it. */
export interface UnindexedKey {
  readonly constraint: string;
  readonly relation: string;
  readonly columns: readonly string[];
  readonly references: string;
  /** Its table was made by the same revision: nobody waits for an index on it. */
  readonly fresh: boolean;
}

export interface Notice {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}
