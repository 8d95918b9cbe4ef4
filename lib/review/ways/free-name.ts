import { cutBytes } from '../../schema/free-name.ts';
import { quoteIdent } from '../../sql/quote.ts';
import { schemaOf, shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Snapshot } from '../snapshot.ts';

/** How the names end that safe ways give to what they make. */
const endings = ['new', 'fill', 'proof', 'within', 'without', 'check', 'not_null'] as const;

type Ending = `${(typeof endings)[number]}${number | ''}`;

const ours = new RegExp(`_(${endings.join('|')})\\d*"?$`);

/** The names (quoted, without their schemas) that there are and that `freeName` might give otherwise. */
export function findTakenNames({ relations, columns, constraints, objects }: Snapshot): readonly string[] {
  const names = [
    ...Array.from(relations.values(), ({ called }) => called),
    ...Array.from(columns.values(), ({ name }) => name),
    ...Array.from(constraints.values(), ({ name }) => name),
    ...Array.from(objects.values(), ({ called }) => called),
  ];
  return [...new Set(names.map(quoteIdent).filter((name) => ours.test(name)))];
}

/** `orders_total_new`, quoted; with a number where something is called so. The schema of what it is called after is left out. */
export function freeName(
  { adviceFacts }: MeasuredStatement,
  after: string,
  ...words: readonly [...(readonly string[]), Ending]
): string {
  const taken = adviceFacts?.taken ?? [];
  const names = (number: number): string => {
    const last = `${words.at(-1)}${number === 1 ? '' : number}`;
    const name = nameAfter(after, ...words.slice(0, -1), last);
    return taken.includes(name) || taken.includes(nameLast(name)) ? names(number + 1) : name;
  };
  return names(1);
}

/** For an index or a sequence, with its schema, while one that it takes the place of is there. */
export function nameBeside(statement: MeasuredStatement, relation: string): string {
  return `${schemaOf(relation)}${freeName(statement, relation, 'new')}`;
}

/** As PostgreSQL makes them, quoted: `orders_total_seq`. */
export function nameAfter(relation: string, ...words: readonly string[]): string {
  const end = `_${words.at(-1)}`;
  const start = [shortName(relation), ...words.slice(0, -1)].join('_');
  return quoteIdent(`${cutBytes(start, 63 - end.length)}${end}`);
}

/** Of a trigger that is to see what all others have done: they fire in the order of their names. */
export function nameLast(name: string): string {
  return quoteIdent(cutBytes(`zzzz_${shortName(name)}`, 63));
}
