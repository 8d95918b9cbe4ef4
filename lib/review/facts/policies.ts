import type { MeasuredStep } from '../measured.ts';
import type { PolicyFacts, RelationFacts, Survey } from '../survey.ts';
import { type Pair, pairsOf } from './outcome.ts';

interface Table {
  readonly pair: Pair<RelationFacts>;
  readonly found: Survey;
  readonly left: Survey;
}

export function tablesOf({ surveys }: MeasuredStep): readonly Table[] {
  if (surveys === undefined) return [];
  const { found, left } = surveys;
  return pairsOf(surveys, 'relations')
    .filter(({ then, now }) => [then, now].every(({ kind }) => kind === 'r' || kind === 'p'))
    .map((pair) => ({ pair, found, left }));
}

export function policiesOf({ oid }: RelationFacts, { policies }: Survey): readonly PolicyFacts[] {
  return policies.filter(({ relation }) => relation === oid);
}
