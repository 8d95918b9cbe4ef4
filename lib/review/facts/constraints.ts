import { quoteIdent } from '../../sql/quote.ts';
import type { Change, ConstraintFacts } from '../change.ts';
import type { MeasuredStatement } from '../measured.ts';
import { changesOf } from './changes.ts';

export function domainOf({ object, relation, constraint }: Change): string | undefined {
  const start = `constraint ${quoteIdent(constraint!.name)} on domain `;
  return relation === undefined && object.startsWith(start) ? object.slice(start.length) : undefined;
}

export function made(statement: MeasuredStatement, kind: ConstraintFacts['kind']): readonly Change[] {
  return changesOf(statement, 'created', 'constraint').filter(
    ({ constraint, relation }) => constraint?.kind === kind && relation !== undefined,
  );
}
