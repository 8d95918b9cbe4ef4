import type { Piece } from './piece.ts';

/** Indexes outside a transaction: nobody waits to write while they are built or dropped. */
export function concurrently(piece: Piece): Piece {
  return {
    ...piece,
    statements: piece.statements.map((statement) =>
      statement
        .replace(/^(CREATE (?:UNIQUE )?INDEX) /, '$1 CONCURRENTLY ')
        .replace(/^DROP INDEX /, 'DROP INDEX CONCURRENTLY '),
    ),
  };
}
