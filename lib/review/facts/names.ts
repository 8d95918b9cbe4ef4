import { lastPart } from '../../sql/quote.ts';

/** The table's own name in the last place, without its schema. */
export function shortName(relation: string): string {
  return unquote(lastPart(relation));
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** The schema it is in, with its dot. */
export function schemaOf(relation: string): string {
  return relation.slice(0, relation.length - lastPart(relation).length);
}

/** Whether a statement that says no more than this may mean it. */
export function isCalled(
  relation: string,
  { schema, name }: { readonly schema?: string | undefined; readonly name: string },
): boolean {
  return shortName(relation) === name && (schema === undefined || unquote(schemaOf(relation).slice(0, -1)) === schema);
}
