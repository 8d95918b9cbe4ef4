import type { ProductionRelation } from '../database/relations.ts';
import type { Graph } from '../graph/graph.ts';
import type { Revision } from '../graph/revision.ts';
import type { MeasuredStatement, MeasuredStep, Missing, SharedEffect } from './measured.ts';
import type { Drift, Severity } from './rules/rule.ts';

/** The result of `review`, with all that any report prints. `steps` and `findings` are in the order of the plan. */
export interface Review {
  /** The project's name, as its manifest has it. */
  readonly project: string;
  /** The database that the plan is for, where one was named: `shop on db1:5432`. */
  readonly database: string | undefined;
  /** `PostgreSQL 18.3 (in-process)`: verdicts hold for that version. */
  readonly scratch: string;
  readonly steps: readonly ReviewedStep[];
  /** The heads before and after the plan. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** The digest of the plan, as `upgrade --expect` takes it. */
  readonly digest: string;
  readonly graph: Graph<Revision>;
  /** The steps that were not measured because an earlier one failed. */
  readonly unmeasured: readonly string[];
  /** The database that was named, where it could be reached. */
  readonly production: Production | undefined;
  /** The file that prepared scratch. */
  readonly setup: string | undefined;
  /** What the files did to the server of scratch, beyond their database. */
  readonly shared: readonly SharedEffect[];
  /** The statements of the history that failed on scratch. What needs them was not measured. */
  readonly missing: readonly Missing[];
  /** Notes on the whole report. */
  readonly warnings: readonly string[];
}

export interface ReviewedStep extends Omit<MeasuredStep, 'statements' | 'surveys'> {
  readonly statements: readonly ReviewedStatement[];
  /** Findings about the file itself. */
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
  /** SQL with comments. */
  readonly advice: string;
  /** The size of the relation in production, with its indexes, and its estimated number of rows. */
  readonly bytes?: number | undefined;
  readonly rows?: number | undefined;
  /** The relations that are worked on while that relation is locked, the largest first. */
  readonly work?:
    | readonly { readonly relation: string; readonly bytes?: number | undefined; readonly rows?: number | undefined }[]
    | undefined;
  /** The reason that the file gives for allowing it. */
  readonly allowed?: string | undefined;
}

/** What was read, without writing, from the database that the plan is for. */
export interface Production {
  readonly database: string;
  /** `15.18` */
  readonly version: string;
  /** The relations that the plan touches and that exist, by name. */
  readonly relations: ReadonlyMap<string, ProductionRelation>;
  /** Built-in objects that the plan uses and that this server has not: `function uuidv7`. */
  readonly lacks?: ReadonlySet<string> | undefined;
  /** The differences of its catalogs from scratch, where they were compared. */
  readonly drift?: Drift | undefined;
}

/** Whether a statement of the history or of the plan was not measured because scratch lacks what it needs. */
export function isIncomplete({ missing, steps }: Pick<Review, 'missing' | 'steps'>): boolean {
  return (
    missing.length > 0 || steps.some(({ statements }) => statements.some(({ error }) => error?.cause === 'missing'))
  );
}

/** Whether there is a finding at or above this severity that the files do not allow, for `--fail-on`. */
export function hasFindings({ steps }: Review, severity: Severity): boolean {
  return findingsOf(steps).some(
    (finding) => finding.allowed === undefined && (severity === 'warning' || finding.severity === 'error'),
  );
}

/** All findings of files and statements, also those that are allowed, in the order of the plan. */
export function findingsOf(steps: readonly ReviewedStep[]): readonly Finding[] {
  return steps.flatMap(({ findings, statements }) => [
    ...findings,
    ...statements.flatMap((statement) => statement.findings),
  ]);
}
