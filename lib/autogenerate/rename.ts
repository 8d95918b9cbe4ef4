import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import { quoteIdent, quoteLiteral, quoteRelation } from '../sql/quote.ts';
import { findAlong } from './along.ts';
import type { NewNames } from './count.ts';
import { type Move, orderMoves } from './moves.ts';
import { type Pair, toNow, toOld } from './pair.ts';
import type { Piece } from './piece.ts';
import { listThings, nameThing, type Thing, type ThingKind, wordThing } from './thing.ts';

/** Another name for something that stays, on the way up and on the way down. */
export interface Rename {
  /** Undefined for what is only needed for others. */
  readonly pair?: Pair | undefined;
  readonly up: Piece;
  readonly down: Piece;
}

/** What was told of names, as statements. */
export interface Renames {
  readonly pairs: readonly Pair[];
  readonly renames: readonly Rename[];
  readonly names: NewNames;
}

/** With what is named after something that gets another name: its sequences, keys and indexes. */
export function toRenames(pairs: readonly Pair[], head: Schema, wanted: Schema): Renames {
  const told = [...pairs].sort((a, b) => rankOf(a) - rankOf(b));
  const all = [...told, ...findAlong(told, head, wanted)];
  const made = new Set(
    all
      .flatMap(({ now: { path } }) => (path.length > 1 ? path.slice(0, 1) : []))
      .filter((name) => !isThereBehind(name, head, all)),
  );
  const moves = orderMoves(all, head, namesIn(head, wanted));
  // A schema's name may be free only once the schema has another one; schemas are first.
  const schemas = moves.filter(({ from }) => from.kind === 'schema');
  const others = moves.filter(({ from }) => from.kind !== 'schema');
  const renames = [
    ...joinMoves(schemas).map(toRename),
    ...[...made].map(makeSchema),
    ...joinMoves(others).map(toRename),
  ];
  return { pairs: all, renames, names: toNames(all) };
}

/** Wholes before their parts, and routines behind the types that they take. */
function rankOf({ old }: Pair): number {
  return old.path.length + (old.arguments === undefined ? 0 : 0.5);
}

function namesIn(...schemas: readonly Schema[]): ReadonlySet<string> {
  return new Set(schemas.flatMap(listThings).map(({ path }) => path.at(-1) ?? ''));
}

/** Whether there is a schema of that name once schemas have their new ones. */
function isThereBehind(name: string, { schemas }: Schema, pairs: readonly Pair[]): boolean {
  const renamed = pairs.filter(({ old }) => old.kind === 'schema');
  if (renamed.some(({ now }) => now.path[0] === name)) return true;
  return schemas.some((one) => one.name === name) && !renamed.some(({ old }) => old.path[0] === name);
}

/** Where something goes that is older. */
function makeSchema(name: string): Rename {
  const own = quoteIdent(name);
  return {
    up: piece(`schema ${own} is made`, [`CREATE SCHEMA ${own};`]),
    down: piece(`schema ${own} is dropped`, [`DROP SCHEMA ${own};`]),
  };
}

function piece(words: string, statements: readonly string[]): Piece {
  return { words, statements, destroys: false };
}

/** Those of one thing that follow each other, as one rename. */
function joinMoves(moves: readonly Move[]): readonly (readonly Move[])[] {
  const joined: Move[][] = [];
  for (const move of moves) {
    const last = joined.at(-1);
    const before = last?.at(-1);
    if (before !== undefined && before.pair === move.pair && isSame(before.to, move.from)) last?.push(move);
    else joined.push([move]);
  }
  return joined;
}

function toRename(moves: readonly Move[]): Rename {
  const [{ pair, was }, { to }] = [moves[0], moves.at(-1)] as [Move, Move];
  return {
    pair,
    up: piece(
      `${wordThing(was)} becomes ${nameThing(to)}`,
      moves.map((move) => printMove(move.from, move.to)),
    ),
    down: piece(
      `${wordThing(to)} becomes ${nameThing(was)}`,
      moves.toReversed().map((move) => printMove(move.to, move.from)),
    ),
  };
}

function printMove(from: Thing, to: Thing): string {
  const [name = '', target = ''] = [from.path.at(-1), to.path.at(-1)];
  const write = writers[from.kind];
  if (write !== undefined) return write(from, name, target);
  const [schema = '', other = ''] = [from.path[0], to.path[0]];
  const noun = nouns[from.kind] ?? from.kind.toUpperCase();
  const routine = from.arguments === undefined ? '' : `(${from.arguments})`;
  const what = schema === other ? `RENAME TO ${quoteIdent(target)}` : `SET SCHEMA ${quoteIdent(other)}`;
  return `ALTER ${noun} ${quoteRelation({ schema, name })}${routine} ${what};`;
}

const nouns: { readonly [K in ThingKind]?: string } = { function: 'ROUTINE' };

type Write = (thing: Thing, name: string, target: string) => string;

const ofOwner =
  (word: string): Write =>
  (thing, name, target) =>
    `ALTER ${ownerNoun(thing)} ${ownerOf(thing)} RENAME ${word} ${quoteIdent(name)} TO ${quoteIdent(target)};`;

const onTable: Write = (thing, name, target) =>
  `ALTER ${thing.kind.toUpperCase()} ${quoteIdent(name)} ON ${ownerOf(thing)} RENAME TO ${quoteIdent(target)};`;

const inNoSchema: Write = ({ kind }, name, target) =>
  `ALTER ${kind.toUpperCase()} ${quoteIdent(name)} RENAME TO ${quoteIdent(target)};`;

const writers: { readonly [K in ThingKind]?: Write } = {
  schema: inNoSchema,
  column: ofOwner('COLUMN'),
  attribute: ofOwner('ATTRIBUTE'),
  constraint: ofOwner('CONSTRAINT'),
  value: (thing, name, target) =>
    `ALTER TYPE ${ownerOf(thing)} RENAME VALUE ${quoteLiteral(name)} TO ${quoteLiteral(target)};`,
  trigger: onTable,
  policy: onTable,
  rule: onTable,
  'foreign data wrapper': inNoSchema,
  server: inNoSchema,
  publication: inNoSchema,
  subscription: inNoSchema,
  'event trigger': inNoSchema,
};

/** ALTER FOREIGN TABLE renames no constraint, and ALTER TABLE those of any table. */
function ownerNoun({ kind, of = 'table' }: Thing): string {
  return kind === 'constraint' && of !== 'domain' ? 'TABLE' : of.toUpperCase();
}

function ownerOf({ path: [schema = '', name = ''] }: Thing): string {
  return quoteRelation({ schema, name });
}

function toNames(pairs: readonly Pair[]): NewNames {
  const relation = (text: string, move: typeof toNow, kind: ThingKind) => {
    const [schema = '', name = ''] = partsOf(text);
    return nameThing(move({ kind, path: [schema, name] }, pairs));
  };
  return {
    table: (text) => relation(text, toNow, 'table'),
    oldTable: (text) => relation(text, toOld, 'table'),
    sequence: (text) => relation(text, toNow, 'sequence'),
    column: (text, column) =>
      toNow({ kind: 'column', path: [...partsOf(text), column], of: 'table' }, pairs).path.at(-1) ?? column,
  };
}

/** Of a name that we have quoted ourselves. */
function partsOf(text: string): readonly string[] {
  return Array.from(
    text.matchAll(/"((?:[^"]|"")+)"|([^."]+)/g),
    ([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare,
  );
}
