import { quoteRelation } from '../../sql/quote.ts';
import type { ConstraintFacts } from '../change.ts';
import type { MeasuredStatement } from '../measured.ts';
import { type ConstraintChange, changesOf } from './changes.ts';

export interface TableConstraintChange extends ConstraintChange {
  readonly relation: string;
}

/** The domain whose constraint it is. */
export function domainOf({ name }: ConstraintChange): string | undefined {
  return 'of' in name && name.of.type === 'domain' ? quoteRelation(name.of.name) : undefined;
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
