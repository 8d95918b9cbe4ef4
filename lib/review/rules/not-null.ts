import { quoteIdent } from '../../sql/quote.ts';
import type { MeasuredStatement } from '../measured.ts';
import { shortName } from './rule.ts';

/** What lets SET NOT NULL, and a primary key, believe without reading. */
export function proveNotNull(
  statement: MeasuredStatement,
  relation: string,
  columns: readonly string[],
): readonly string[] {
  const test = columns.map((column) => `${quoteIdent(column)} IS NOT NULL`).join(' AND ');
  return proveLater(relation, nameProof(statement, relation, columns), `CHECK (${test})`);
}

/** When it has said what it was there to say. */
export function dropProof(statement: MeasuredStatement, relation: string, columns: readonly string[]): string {
  return `ALTER TABLE ${relation} DROP CONSTRAINT ${nameProof(statement, relation, columns)};`;
}

/** `only`: of the table itself, and none of its children. */
export function setNotNull(
  statement: MeasuredStatement,
  relation: string,
  column: string,
  only = false,
): readonly string[] {
  return [
    ...(only
      ? proveLater(
          `ONLY ${relation}`,
          nameProof(statement, relation, [column]),
          `CHECK (${quoteIdent(column)} IS NOT NULL) NO INHERIT`,
        )
      : proveNotNull(statement, relation, [column])),
    '-- then it reads nothing:',
    `ALTER TABLE ${only ? 'ONLY ' : ''}${relation} ALTER COLUMN ${quoteIdent(column)} SET NOT NULL;`,
    dropProof(statement, relation, [column]),
  ];
}

/** A constraint that new rows obey at once, and that the old ones are held against beside normal work. */
export function proveLater(relation: string, name: string, definition: string): readonly string[] {
  return [
    `ALTER TABLE ${relation} ADD CONSTRAINT ${name} ${definition} NOT VALID;`,
    '-- in a revision of its own, so that the lock is not held:',
    `ALTER TABLE ${relation} VALIDATE CONSTRAINT ${name};`,
  ];
}

// PostgreSQL 18 gives NOT NULL constraints of its own the name "…_not_null".
export function nameProof(statement: MeasuredStatement, relation: string, columns: readonly string[]): string {
  return freeName(statement, relation, columns[0] ?? '', 'proof');
}

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
