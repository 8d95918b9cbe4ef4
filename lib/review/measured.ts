import type { Op } from '../plan/plan.ts';
import type { AdviceFacts } from './advice-facts.ts';
import type { Builtin } from './builtins.ts';
import type { Effects } from './effects.ts';
import type { Snapshot } from './snapshot.ts';
import type { Survey } from './survey.ts';

/** What each statement of a plan did when it was run on a throwaway database. */
export interface Measurement {
  /** `PostgreSQL 18.3 (in-process)`. The findings hold for that version. */
  readonly scratch: string;
  readonly steps: readonly MeasuredStep[];
  /** What the files did to the scratch server outside their database. */
  readonly shared: readonly SharedEffect[];
  /** The statements of the history that failed on scratch. */
  readonly missing: readonly Missing[];
  /** Scratch before the plan, where it is compared with another database. */
  readonly start?: Snapshot | undefined;
  /** The built-in objects of the server that the plan uses. */
  readonly builtins?: readonly Builtin[] | undefined;
}

/**
 * An object of the whole server: `role app`. It was created and dropped again, it existed and was restored, or the statement was left out.
 * `changed` is what differs after a statement that commits by itself. It stays so, since others may have done it meanwhile.
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
  /** It needs what another failed statement would have created. */
  readonly follows: boolean;
}

export interface MeasuredStep {
  readonly op: Op;
  readonly id: string;
  readonly name: string;
  /** `<folder>/up.sql`, relative to the working folder. */
  readonly file: string;
  readonly transactional: boolean;
  /** The lock_timeout in force while it runs. `0` means that it waits without a limit. */
  readonly lockTimeout: string;
  /** The findings that its file allows. */
  readonly allow: readonly { readonly rule: string; readonly reason: string }[];
  readonly statements: readonly MeasuredStatement[];
  /** Undefined where a statement failed. */
  readonly surveys?: Surveys | undefined;
}

export interface Surveys {
  /** The database before the plan. No running program knows what is not in it. */
  readonly origin: Survey;
  /** The database before and after this step. */
  readonly found: Survey;
  readonly left: Survey;
}

export interface MeasuredStatement extends Effects {
  /** The 1-based number in its file. */
  readonly number: number;
  /** The 1-based line of the file that it starts on. */
  readonly line: number;
  /** The command: `ALTER TABLE`. */
  readonly label: string;
  readonly text: string;
  readonly notices: readonly Notice[];
  readonly milliseconds: number;
  /** Foreign keys that it created, also on new tables, and that no index supports at the end of the plan. */
  readonly unindexed: readonly UnindexedKey[];
  /** What has the name of the index, where the server skipped CREATE INDEX IF NOT EXISTS: `table public.orders`. */
  readonly skippedFor?: string;
  /** Tables that it gave the name of another table, as they are at the end of the step. */
  readonly swaps?: readonly Swap[] | undefined;
  /** Undefined where the statement failed. */
  readonly adviceFacts?: AdviceFacts;
  /** What the other statements of its transaction do. It is set only while rules are applied. */
  readonly around?: Around;
  /** The failure of the statement. The statements after it were not measured. */
  readonly error?: Failure | undefined;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  /**
   * `limit`: it ran longer than a statement may. `missing`: it needs what scratch lacks, and the statements after it were measured
   * without it. `server`: it changes what belongs to others on the scratch server.
   */
  readonly cause?: 'limit' | 'missing' | 'server';
}

export interface Around {
  /** Objects that earlier statements dropped, and those that later ones create. */
  readonly dropped: ReadonlySet<string>;
  readonly created: ReadonlySet<string>;
  /** The number of a statement that restores what this one removes, or removes what this one restores. */
  readonly partner: number | undefined;
}

/** A table that has taken the name of another one. */
export interface Swap {
  /** The name that stays. */
  readonly relation: string;
  /** The current name of the other table, or undefined where it was dropped. */
  readonly old?: string | undefined;
  /** The step created the table. */
  readonly fresh: boolean;
  /** What the other table had and this one has not: `index public.orders_code`, `grants`. */
  readonly lacks: readonly string[];
}

/** A foreign key without an index. A change of a referenced row scans the whole referencing table. */
export interface UnindexedKey {
  readonly constraint: string;
  readonly relation: string;
  readonly columns: readonly string[];
  readonly references: string;
  /** The same revision created its table, so that building an index blocks nobody. */
  readonly fresh: boolean;
}

export interface Notice {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}
