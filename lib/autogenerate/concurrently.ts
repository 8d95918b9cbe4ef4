import { usingIndex } from '../drift/remedy/parts.ts';
import { freeName } from '../schema/free-name.ts';
import type { Constraint, Index, Table } from '../schema/relation.ts';
import { indexStatements } from '../schema/render/table.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import type { Piece } from './piece.ts';

/** Indexes and keys outside a transaction: nobody waits to write while they are built or dropped. */
export function concurrently(piece: Piece, { tables }: Schema): Piece {
  const { change } = piece;
  const find = () => tables.find(({ name }) => change && 'of' in change && isSame(name, change.of.name));
  if (change?.kind === 'constraint-dropped')
    return { ...piece, statements: makeKey(piece.statements, change.value, find()) };
  if (change?.kind === 'index-definition')
    return { ...piece, statements: replace(piece.statements, String(change.name), find(), tables) };
  return { ...piece, statements: piece.statements.map(withWord) };
}

function withWord(statement: string): string {
  return statement
    .replace(/^(CREATE (?:UNIQUE )?INDEX) /, '$1 CONCURRENTLY ')
    .replace(/^DROP INDEX /, 'DROP INDEX CONCURRENTLY ');
}

/** The index first, which the key takes over. */
function makeKey([add = '', ...rest]: readonly string[], key: Constraint, table: Table | undefined): readonly string[] {
  const index = table?.indexes.find(({ constraint }) => constraint === key.name);
  if (table === undefined || index === undefined) return [add, ...rest];
  const [create = ''] = indexStatements({ ...index, constraint: null }, table);
  return [
    withWord(create),
    `ALTER TABLE ${quoteRelation(table.name)} ADD CONSTRAINT ${quoteIdent(key.name)} ${usingIndex(key, index.name)};`,
    ...rest,
  ];
}

/** Until the other one is there, this one is used. */
function replace(
  statements: readonly string[],
  name: string,
  table: Table | undefined,
  tables: readonly Table[],
): readonly string[] {
  const index = table?.indexes.find((one) => one.name === name);
  if (table === undefined || index === undefined) return statements.map(withWord);
  const relation = (own: string) => quoteRelation({ ...table.name, name: own });
  const beside = tables.filter((one) => one.name.schema === table.name.schema);
  const fresh = freeName(name, '_new', new Set(beside.flatMap((one) => [one, ...one.indexes].map(nameOf))));
  const [create = '', ...others] = indexStatements(index, table);
  const head = /^CREATE (?:UNIQUE )?INDEX /.exec(create)?.[0] ?? '';
  const build = `${head}${quoteIdent(fresh)}${create.slice(head.length + quoteIdent(name).length)}`;
  return [
    withWord(build),
    withWord(`DROP INDEX ${relation(name)};`),
    `ALTER INDEX ${relation(fresh)} RENAME TO ${quoteIdent(name)};`,
    ...others,
  ];
}

function nameOf({ name }: Table | Index): string {
  return typeof name === 'string' ? name : name.name;
}
