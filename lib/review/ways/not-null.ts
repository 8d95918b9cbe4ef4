import { quoteIdent } from '../../sql/quote.ts';
import type { MeasuredStatement } from '../measured.ts';
import { addNotValid, alterColumn, dropConstraint, validate } from './actions.ts';
import { freeName } from './free-name.ts';
import { later, run, under, type Way } from './way.ts';

/** What lets SET NOT NULL, and a primary key, believe without reading. */
export function proveNotNull(statement: MeasuredStatement, relation: string, columns: readonly string[]): Way {
  const test = columns.map((column) => `${quoteIdent(column)} IS NOT NULL`).join(' AND ');
  return proveLater(relation, nameProof(statement, relation, columns), `CHECK (${test})`);
}

/** When it has said what it was there to say. */
export function dropProof(statement: MeasuredStatement, relation: string, columns: readonly string[]): string {
  return dropConstraint(relation, nameProof(statement, relation, columns));
}

/** `only`: of the table itself, and none of its children. */
export function setNotNull(statement: MeasuredStatement, relation: string, column: string, only = false): Way {
  const own = quoteIdent(column);
  const table = only ? `ONLY ${relation}` : relation;
  const proof = only
    ? proveLater(table, nameProof(statement, relation, [column]), `CHECK (${own} IS NOT NULL) NO INHERIT`)
    : proveNotNull(statement, relation, [column]);
  return [
    ...proof,
    under('then it reads nothing:', alterColumn(table, own, 'SET NOT NULL'), dropProof(statement, relation, [column])),
  ];
}

/** A constraint that new rows obey at once, and that the old ones are held against beside normal work. */
export function proveLater(table: string, name: string, definition: string): Way {
  return [run(addNotValid(table, name, definition)), later(validate(table, name))];
}

// PostgreSQL 18 gives NOT NULL constraints of its own the name "…_not_null".
export function nameProof(statement: MeasuredStatement, relation: string, columns: readonly string[]): string {
  return freeName(statement, relation, columns[0] ?? '', 'proof');
}
