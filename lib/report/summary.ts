import { byWeight } from '../review/judge.ts';
import type { Finding, Review, ReviewedStatement, ReviewedStep } from '../review/review.ts';
import { plural } from '../words.ts';
import { printAmount, printBytes } from './size.ts';

/** A finding with the place it is about; without a statement, the whole file is meant. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly step: ReviewedStep;
  readonly statement: ReviewedStatement | undefined;
  readonly line: number;
}

/** In the order of the plan. */
export function placeFindings({ steps }: Review): readonly PlacedFinding[] {
  return steps.flatMap((step) => [
    ...step.findings.map((finding) => ({ finding, step, statement: undefined, line: 1 })),
    ...step.statements.flatMap((statement) =>
      statement.findings.map((finding) => ({ finding, step, statement, line: statement.line })),
    ),
  ]);
}

/** Worst first; those that are allowed last. */
export function rankFindings(review: Review): readonly PlacedFinding[] {
  return placeFindings(review).toSorted((a, b) => byWeight(a.finding, b.finding));
}

export interface Tally {
  readonly errors: number;
  readonly warnings: number;
  readonly allowed: number;
  readonly statements: number;
  readonly steps: number;
}

export function tally(review: Review): Tally {
  const all = placeFindings(review).map(({ finding }) => finding);
  const open = all.filter(({ allowed }) => allowed === undefined);
  const errors = open.filter(({ severity }) => severity === 'error').length;
  const statements = review.steps.reduce((sum, step) => sum + step.statements.length, 0);
  return {
    errors,
    warnings: open.length - errors,
    allowed: all.length - open.length,
    statements,
    steps: review.steps.length,
  };
}

/** `2 errors, 1 warning, 1 allowed` */
export function wordFindings({ errors, warnings, allowed }: Pick<Tally, 'errors' | 'warnings' | 'allowed'>): string {
  return [plural(errors, 'error'), plural(warnings, 'warning'), ...(allowed > 0 ? [`${allowed} allowed`] : [])].join(
    ', ',
  );
}

/** `review`, `review of a downgrade` */
export function wordSubject({ steps }: Review): string {
  return isDowngrade(steps) ? 'review of a downgrade' : 'review';
}

export function isDowngrade(steps: Review['steps']): boolean {
  return steps.some(({ op }) => op === 'down');
}

/** `4 statements of 2 steps, on PostgreSQL 18.3 (in-process)` */
export function wordScope({ statements, steps }: Tally, { scratch }: Review): string {
  return `${plural(statements, 'statement')} of ${plural(steps, 'step')}, on ${scratch}`;
}

const mostSizes = 3;

/** ` [41 GB, about 1.2 million rows]`, where a database was asked. Of what is worked on, the largest. */
export function wordSize({ relation, bytes, rows, work = [] }: Finding): string {
  const size = bytes === undefined ? undefined : wordAmount(bytes, rows);
  const sized = work.flatMap((one) => (one.bytes === undefined ? [] : [{ ...one, bytes: one.bytes }]));
  if (sized.length === 0) return size === undefined ? '' : ` [${size}]`;
  const rest = sized.slice(mostSizes);
  const restBytes = rest.reduce((sum, one) => sum + one.bytes, 0);
  const words = [
    ...sized.slice(0, mostSizes).map((one) => `${one.relation}: ${wordAmount(one.bytes, one.rows)}`),
    ...(rest.length > 0 ? [`${rest.length} more: ${printBytes(restBytes)}`] : []),
    ...(size === undefined ? [] : [`closed ${relation}: ${size}`]),
  ];
  return ` [${words.join('; ')}]`;
}

/** Pages without rows are those of a table that nobody has analyzed since it was filled. */
function wordAmount(bytes: number, rows = 0): string {
  const isUncounted = rows === 0 && bytes > 16_384;
  return `${printBytes(bytes)}, ${isUncounted ? 'rows not counted yet' : `about ${printAmount(rows, 'row')}`}`;
}
