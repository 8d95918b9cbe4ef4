import type { ProductionRelation } from '../database/relations.ts';
import type { Graph } from '../graph/graph.ts';
import type { Revision } from '../graph/revision.ts';
import type { MeasuredStatement, MeasuredStep, Missing, SharedEffect } from './measured.ts';
import type { Drift, Severity } from './rules/rule.ts';

/** What `review` resolves to: all that any report tells of. `steps` and `findings` stand in the order of the plan. */
export interface Review {
  /** `PostgreSQL 18.3 (in-process)`: verdicts hold for that version. */
  readonly scratch: string;
  readonly steps: readonly ReviewedStep[];
  /** Heads before and after. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Of the plan, as `upgrade --expect` takes it. */
  readonly digest: string;
  readonly graph: Graph<Revision>;
  /** Steps of the plan that were not measured, because one before them failed. */
  readonly unmeasured: readonly string[];
  /** Where a database was named and could be reached. */
  readonly production: Production | undefined;
  /** Of the file that prepared scratch. */
  readonly setup: string | undefined;
  /** What the files did to the server of scratch, beyond their database. */
  readonly shared: readonly SharedEffect[];
  /** What of the history could not be made on scratch: what needs it was not measured. */
  readonly missing: readonly Missing[];
  /** What the whole report is to be read with. */
  readonly warnings: readonly string[];
}

export interface ReviewedStep extends Omit<MeasuredStep, 'statements' | 'surveys'> {
  readonly statements: readonly ReviewedStatement[];
  /** About the file itself. */
  readonly findings: readonly Finding[];
}

export interface ReviewedStatement extends MeasuredStatement {
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly relation?: string | undefined;
  readonly message: string;
  /** SQL, with comments between. */
  readonly advice: string;
  /** The relation in production, with its indexes; rows as estimated. */
  readonly bytes?: number | undefined;
  readonly rows?: number | undefined;
  /** What is worked on while that relation is closed, the largest first. */
  readonly work?:
    | readonly { readonly relation: string; readonly bytes?: number | undefined; readonly rows?: number | undefined }[]
    | undefined;
  /** The reason the file gives for letting it pass. */
  readonly allowed?: string | undefined;
}

/** The database that a plan is for, as far as it may be looked at without writing. */
export interface Production {
  readonly database: string;
  /** `15.18` */
  readonly version: string;
  /** By name, those that the plan touches and that are there. */
  readonly relations: ReadonlyMap<string, ProductionRelation>;
  /** What of the server on which the plan was measured it has not: `function uuidv7`. */
  readonly lacks?: ReadonlySet<string> | undefined;
  /** How its catalogs differ from scratch, where they were compared. */
  readonly drift?: Drift | undefined;
}

/** Whether something of the history or of the plan was not measured, because scratch lacks what it needs. */
export function isIncomplete({ missing, steps }: Pick<Review, 'missing' | 'steps'>): boolean {
  return (
    missing.length > 0 || steps.some(({ statements }) => statements.some(({ error }) => error?.cause === 'missing'))
  );
}

/** Whether there is something at or above this severity that the files do not allow: what `--fail-on` asks. */
export function hasFindings({ steps }: Review, severity: Severity): boolean {
  return findingsOf(steps).some(
    (finding) => finding.allowed === undefined && (severity === 'warning' || finding.severity === 'error'),
  );
}

/** Of files and of statements, those that are allowed too, in the order of the plan. */
export function findingsOf(steps: readonly ReviewedStep[]): readonly Finding[] {
  return steps.flatMap(({ findings, statements }) => [
    ...findings,
    ...statements.flatMap((statement) => statement.findings),
  ]);
}
