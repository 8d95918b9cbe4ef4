import type { LedgerState } from '../database/ledger-state.ts';
import type { Plan } from '../plan/plan.ts';
import type { Command } from '../run/event.ts';
import type { Script } from '../script/script.ts';
import type { Standing } from './standing.ts';

export interface RunOptions {
  readonly command: Command;
  /** Decides what to do from where the database stands. Called again after every wait. */
  readonly plan: (standing: Standing, state: LedgerState) => Plan;
  /** Refuses what was decided, or lets it pass: a digest that differs, a question answered with no. */
  readonly approve?: (script: Script, state: LedgerState) => void | Promise<void>;
  /** The same for what is left after a wait, against the script that was approved. */
  readonly approveRest?: (rest: Script, approved: Script) => void;
  /** Told where there was nothing to do from the start. */
  readonly onNothing?: (script: Script) => void;
  /** How long to wait for others without getting anywhere, in milliseconds. */
  readonly wait: number;
  /** Whether that also ends a statement's wait for a lock, before its own lock timeout does. */
  readonly endsWaits?: boolean;
  /** Wait as long for a server that is not there yet. */
  readonly awaitsServer?: boolean | undefined;
  /** Run in a database that has tables, but no ledger yet. */
  readonly allowExisting?: boolean | undefined;
  /** The statement of an unfinished step to go on at, where nothing shows it. */
  readonly resumeAt?: number | undefined;
  /** Where there is nothing to do, pass over what only the database knows. */
  readonly allowAhead?: boolean | undefined;
}
