import { quoteIdent } from '../sql/quote.ts';
import type { Snapshot } from './snapshot.ts';
import { isOurs } from './ways/free-name.ts';

/** What is called as a safe way calls what it makes. */
export function findTaken({ relations, columns, constraints, objects }: Snapshot): readonly string[] {
  const names = [
    ...Array.from(relations.values(), ({ called }) => quoteIdent(called)),
    ...Array.from(columns.values(), ({ name }) => quoteIdent(name)),
    ...Array.from(constraints.values(), ({ name }) => quoteIdent(name)),
    ...Array.from(objects.values(), ({ called }) => quoteIdent(called)),
  ];
  return [...new Set(names.filter(isOurs))];
}
