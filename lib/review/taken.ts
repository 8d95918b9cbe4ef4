import { quoteIdent } from '../sql/quote.ts';
import type { Snapshot } from './snapshot.ts';

/** As `freeName` of the rules ends them. */
const ours = /_(new|fill|proof|within|without|check|not_null)\d*"?$/;

export function findTaken({ relations, columns, constraints, objects }: Snapshot): readonly string[] {
  const names = [
    ...Array.from(relations.values(), ({ called }) => quoteIdent(called)),
    ...Array.from(columns.values(), ({ name }) => quoteIdent(name)),
    ...Array.from(constraints.values(), ({ name }) => quoteIdent(name)),
    ...Array.from(objects.values(), ({ called }) => quoteIdent(called)),
  ];
  return [...new Set(names.filter((name) => ours.test(name)))];
}
