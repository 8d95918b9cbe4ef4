import { quoteIdent } from '../../sql/quote.ts';
import type { ConstraintFacts } from '../change.ts';
import type { MeasuredStatement } from '../measured.ts';
import { type ConstraintChange, changesOf } from './changes.ts';

export interface TableConstraintChange extends ConstraintChange {
  readonly relation: string;
}

/** The domain whose constraint it is. */
export function domainOf({ object, relation, constraint }: ConstraintChange): string | undefined {
  const start = `constraint ${quoteIdent(constraint.name)} on domain `;
  return relation === undefined && object.startsWith(start) ? object.slice(start.length) : undefined;
}

/** Of tables that were there before. */
export function constraintsAdded(
  statement: MeasuredStatement,
  kind: ConstraintFacts['kind'],
): readonly TableConstraintChange[] {
  return changesOf(statement, 'created', 'constraint').filter(
    (change): change is TableConstraintChange => change.constraint.kind === kind && change.relation !== undefined,
  );
}
