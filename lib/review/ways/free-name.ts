import { quoteIdent } from '../../sql/quote.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';

/** As PostgreSQL makes them, quoted: `orders_total_check`. */
export function nameAfter(relation: string, ...words: readonly string[]): string {
  const end = `_${words.at(-1)}`;
  const start = [shortName(relation), ...words.slice(0, -1)].join('_');
  return quoteIdent(`${cutBytes(start, 63 - end.length)}${end}`);
}

/** The same, where nothing is called so yet; else with a number. */
export function freeName({ adviceFacts }: MeasuredStatement, relation: string, ...words: readonly string[]): string {
  const names = (number: number): string => {
    const last = `${words.at(-1)}${number === 1 ? '' : number}`;
    const name = nameAfter(relation, ...words.slice(0, -1), last);
    return adviceFacts?.taken.includes(name) ? names(number + 1) : name;
  };
  return names(1);
}

/** Of a trigger that is to see what all others have done: they fire in the order of their names. */
export function nameLast(name: string): string {
  return quoteIdent(cutBytes(`zzzz_${shortName(name)}`, 63));
}

function cutBytes(text: string, most: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > most) cut = cut.slice(0, -1);
  return cut;
}
