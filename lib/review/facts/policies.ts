import type { PolicyFacts, RelationFacts, Survey } from '../survey.ts';

export function policiesOf({ oid }: RelationFacts, { policies }: Survey): readonly PolicyFacts[] {
  return policies.filter(({ relation }) => relation === oid);
}
