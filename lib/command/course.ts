import type { LedgerState } from '../database/ledger-state.ts';
import type { Graph } from '../graph/graph.ts';
import type { Plan } from '../plan/plan.ts';
import type { Offline } from '../plan/range.ts';
import type { Command } from '../run/event.ts';
import type { Standing } from './standing.ts';

/** What tells an upgrade from a downgrade or a stamp: how to decide. All else is the same. */
export interface Course {
  readonly name: Command;
  /** What the targets mean where the database stands. */
  readonly aim: (graph: Graph, standing: Standing, targets: readonly string[]) => Aim;
  readonly plan: (graph: Graph, standing: Standing, aim: Aim, state: LedgerState | undefined) => Plan;
  readonly range: (graph: Graph, targets: readonly string[], from: string | undefined) => Promise<Offline>;
  /** Whether what is applied must be what the files hold. */
  readonly strict: boolean;
  /** Whether it takes what turned up below applied revisions. */
  readonly includesLate?: boolean | undefined;
  /** Whether it is how a ledger that is wrong is put right. */
  readonly settles: boolean;
  /** Whether what only the database knows is none of its business, where there is nothing to do. */
  readonly allowAhead?: boolean | undefined;
}

/** Found once for a whole command: where another run was waited for, `+1` would mean one revision more by then. */
export interface Aim {
  readonly names: readonly string[];
  /** The target to write to get there, where it was said by steps from where the database stood. */
  readonly fixed?: string | undefined;
}
