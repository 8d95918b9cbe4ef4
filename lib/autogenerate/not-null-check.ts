import type { Whole } from '../schema/change.ts';
import { freeName } from '../schema/free-name.ts';
import type { Kind, NameOf } from '../schema/kind.ts';
import type { Name } from '../schema/name.ts';
import type { Column, Constraint, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { keyOfChange, type Piece } from './piece.ts';

/** With a check in the place of each NOT NULL that is new: once it is validated, the column can be made NOT NULL without reading the table. */
export function checkNotNull(table: Table, old: Table, refused: ReadonlyMap<string, string>): Table {
  const of = { kind: 'table', name: table.name } as const;
  const isLater = ({ name, notNull }: Column) => {
    const before = old.columns.find((one) => one.name === name);
    return (
      before !== undefined &&
      before.notNull === null &&
      notNull?.validated === true &&
      !notNull.noInherit &&
      notNull.comment === null &&
      !refused.has(keyOfNotNull(name, of))
    );
  };
  const keyed = new Set(table.constraints.flatMap(({ type, columns }) => (type === 'primary key' ? columns : [])));
  const later = table.columns.filter(
    (column) => isLater(column) && column.identity === null && !keyed.has(column.name),
  );
  if (later.length === 0) return table;
  const names = new Set(later.map(({ name }) => name));
  const checks = later.map(({ name }) => toCheck(name, table));
  return {
    ...table,
    columns: table.columns.map((column) => (names.has(column.name) ? { ...column, notNull: null } : column)),
    constraints: [...table.constraints, ...checks].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function toCheck(column: string, { name: { name }, constraints }: Table): Constraint {
  const own = freeName(`${name}_${column}`, '_proof', new Set(constraints.map((one) => one.name)));
  return {
    ...{ name: own, type: 'check', definition: definitionOf(column), columns: [column], comment: null },
    ...{ validated: false, enforced: true, deferrable: 'no', noInherit: false, firing: true, inheritance: 'local' },
    ...{ parent: null, index: null, references: null },
  };
}

function definitionOf(column: string): string {
  return `CHECK ((${quoteIdent(column)} IS NOT NULL))`;
}

/** In one piece: the check is validated, the column is made NOT NULL, and the check goes. */
export function byCheck(pieces: readonly Piece[]): readonly Piece[] {
  const used = new Set<Piece>();
  const joined = pieces.map((piece): Piece => {
    const { change } = piece;
    if (change?.kind !== 'column-not-null' || change.before === null) return piece;
    const check = pieces.find((one) => isCheckOf(one, change.name, change.of.name));
    if (check?.change?.kind !== 'constraint-added') return piece;
    used.add(check);
    const validate = `ALTER TABLE ${quoteRelation(check.change.of.name as Name)} VALIDATE CONSTRAINT ${quoteIdent(check.change.name)};`;
    return { ...piece, statements: [validate, ...piece.statements, ...check.statements] };
  });
  return joined.filter((_, index) => !used.has(pieces[index] as Piece));
}

function isCheckOf({ change }: Piece, column: string, table: NameOf<Kind>): boolean {
  return change?.kind === 'constraint-added' && isSame(change.of.name, table) && isCheck(change.value, column);
}

function isCheck({ definition, validated }: Constraint, column: string): boolean {
  return !validated && definition === definitionOf(column);
}

/** The NOT NULL that the piece drops the check of. */
export function checkedBy({ change }: Piece): string | undefined {
  if (change?.kind !== 'constraint-dropped') return undefined;
  const { value, of } = change;
  const column = value.columns.find((name) => isCheck(value, name));
  return column === undefined ? undefined : keyOfNotNull(column, of);
}

function keyOfNotNull(name: string, of: Whole): string {
  return keyOfChange({ kind: 'column-not-null', name, of, before: null, after: null });
}
