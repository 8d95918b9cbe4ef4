import type { NewNames } from './count.ts';
import type { Piece } from './piece.ts';

/** Another name for something that stays, on the way up and on the way down. */
export interface Rename {
  readonly up: Piece;
  readonly down: Piece;
}

/** What was told of names, as statements. */
export interface Renames {
  readonly renames: readonly Rename[];
  readonly names: NewNames;
}
