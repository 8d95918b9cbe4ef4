import { planRemedies, type Remedy } from '../drift/plan.ts';
import type { Change } from '../schema/change.ts';
import { keyOf } from '../schema/name.ts';
import { toSubject, wordChange } from '../schema/word.ts';
import { failuresOf, roundingsOf } from './fails.ts';
import type { Landing } from './landing.ts';

/** Statements that belong together, and what they do. */
export interface Piece {
  /** `column total of table app.orders is made` */
  readonly words: string;
  readonly statements: readonly string[];
  /** What is not as it is to be; its `before` is what is wanted. A rename has none. */
  readonly change?: Change | undefined;
  /** Whether what is in there goes with it. */
  readonly destroys: boolean;
  /** What is in its way, and is dropped before and made again behind: `view app.v`. */
  readonly aside?: readonly string[] | undefined;
  /** What was in its way, or in that of a piece before it, and is made again behind. */
  readonly again?: readonly string[] | undefined;
  /** Rows that it fails on: `a row of app.t holds NULL in column a`. */
  readonly fails?: readonly string[] | undefined;
  /** Values that it rounds or cuts: `a value of column a of app.t has more than integer holds`. */
  readonly rounds?: readonly string[] | undefined;
  /** Why there is no SQL for it. */
  readonly why?: string | undefined;
}

/** What makes one schema the other, in the order in which it can be run. */
export function planPieces(changes: readonly Change[], from: Landing, to: Landing): readonly Piece[] {
  const remedies = planRemedies(changes, {
    ...{ expected: to.schema, live: from.schema, isToldRenames: true },
    dependencies: { expected: to.dependencies, live: from.dependencies },
  });
  return remedies.map((remedy) => toPiece(remedy, from, to));
}

function toPiece({ change, statements, aside, again, destroys, why }: Remedy, from: Landing, to: Landing): Piece {
  return {
    words: wordMade(change),
    statements,
    change,
    aside,
    again,
    fails: statements.length === 0 ? [] : failuresOf(change, { from: from.schema, to: to.schema }),
    rounds: statements.length === 0 ? [] : roundingsOf(change),
    destroys: destroys && holds.has(change.kind) && statements.length > 0,
    why,
  };
}

/** What they hold is nowhere else. */
const holds: ReadonlySet<Change['kind']> = new Set([
  ...(['table-added', 'column-added', 'sequence-added', 'attribute-added', 'column-generated'] as const),
]);

/** What is done about a change, for people. */
export function wordMade(change: Change): string {
  if ('value' in change) return `${toSubject(change)} is ${change.kind.endsWith('-added') ? 'dropped' : 'made'}`;
  return wordChange({ ...change, before: change.after, after: change.before } as Change);
}

/** The same text for the same change. */
export function keyOfChange(change: Change): string {
  const of = 'of' in change ? keyOf(change.of) : '';
  return JSON.stringify([change.kind, keyOf(change.name), of]);
}
