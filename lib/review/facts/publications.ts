import type { PublicationFacts, RelationFacts } from '../survey.ts';

export function memberOf(
  { tables }: PublicationFacts,
  { oid, above }: RelationFacts,
): PublicationFacts['tables'][number] | undefined {
  return tables.find(({ relation }) => relation === oid) ?? tables.find(({ relation }) => above.includes(relation));
}

export function covers(publication: PublicationFacts, table: RelationFacts): boolean {
  const { all, schemas } = publication;
  return all || schemas.includes(table.schema) || memberOf(publication, table) !== undefined;
}
