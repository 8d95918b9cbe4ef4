import { quoteIdent } from '../../sql/quote.ts';
import type { MeasuredStatement } from '../measured.ts';
import { freeName } from './free-name.ts';

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
