import { type Place, UpdownError } from '../errors.ts';
import type { Schema } from '../schema/schema.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { listNames } from '../words.ts';
import {
  findThings,
  isSamePath,
  listThings,
  nameThing,
  readName,
  type Thing,
  type Written,
  wordThing,
} from './thing.ts';

/** Somebody says that something has another name. */
export interface Hint {
  readonly old: string;
  /** As it was written; or what a comment in the schema stands beside. */
  readonly now: string | Thing;
  readonly place?: Place | undefined;
}

/** One thing under two names. */
export interface Pair {
  readonly old: Thing;
  readonly now: Thing;
}

/** `app.orders=app.purchases`. Throws `usage`. */
export function readHint(text: string): Hint {
  const parts = splitAtEquals(text);
  const [old = '', now = ''] = parts.map((part) => part.trim());
  if (parts.length === 2 && old !== '' && now !== '') return { old, now };
  throw new UpdownError('usage', `"${sanitizeLine(text)}" does not say what is renamed`, {
    hint: 'Write the old name, "=" and the new one: --rename app.orders=app.purchases',
  });
}

function splitAtEquals(text: string): readonly string[] {
  const parts = [''];
  let isQuoted = false;
  for (const letter of text) {
    if (letter === '"') isQuoted = !isQuoted;
    if (letter === '=' && !isQuoted) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

/** Of each hint the two that are meant; wholes before their parts. A comment that was obeyed long ago says nothing more. */
export function resolveHints(hints: readonly Hint[], head: Schema, wanted: Schema): readonly Pair[] {
  const sides: Sides = { head: listThings(head), wanted: listThings(wanted) };
  const pairs: Pair[] = [];
  const depth = ({ old }: Hint) => readName(old).path.length;
  for (const hint of [...hints].sort((a, b) => depth(a) - depth(b))) {
    const pair = resolve(hint, sides, pairs);
    if (pair !== undefined) pairs.push(pair);
  }
  return pairs;
}

interface Sides {
  readonly head: readonly Thing[];
  readonly wanted: readonly Thing[];
}

function resolve(hint: Hint, sides: Sides, pairs: readonly Pair[]): Pair | undefined {
  return typeof hint.now === 'string'
    ? resolveOption(hint, hint.now, sides, pairs)
    : resolveComment(hint, hint.now, sides, pairs);
}

function resolveOption(hint: Hint, now: string, { head, wanted }: Sides, pairs: readonly Pair[]): Pair {
  const old = readName(hint.old);
  const found = findThings(head, old).filter((thing) => !isThere(toNow(thing, pairs), wanted));
  if (found.length === 0)
    throw unknown(hint, old, head, 'There is nothing of that name that the revisions make and the schema lacks');
  const fits = found.flatMap((thing): Pair[] => {
    const name = toWritten(readName(now), thing, pairs);
    return findThings(wanted, name)
      .filter((one) => one.kind === thing.kind && !isThere(toOld(one, pairs), head))
      .map((one) => ({ old: thing, now: one }));
  });
  const [pair] = fits;
  if (pair === undefined)
    throw unknown(
      hint,
      readName(now),
      wanted,
      `The schema has no such name, or the revisions make that already: ${sanitizeLine(now)}`,
    );
  if (fits.length > 1) throw ambiguous(hint, fits);
  return pair;
}

/** A name alone is one beside the old one. */
function toWritten(name: Written, { kind, path, of }: Thing, pairs: readonly Pair[]): Written {
  if (name.path.length > 1 || path.length === 1) return { ...name, kind };
  const above = toNow({ kind: of ?? 'schema', path: path.slice(0, -1) }, pairs).path;
  return { ...name, kind, path: [...above, ...name.path] };
}

function resolveComment(hint: Hint, beside: Thing, { head, wanted }: Sides, pairs: readonly Pair[]): Pair | undefined {
  const [now] = findThings(wanted, { kind: beside.kind, path: beside.path, text: nameThing(beside) });
  if (now === undefined) return undefined;
  const written = readName(hint.old);
  const above = toOld({ kind: now.of ?? 'schema', path: now.path.slice(0, -1) }, pairs).path;
  const full = now.kind === 'value' ? [...above, unquote(hint.old)] : toFull(written.path, above, now);
  const [old] = findThings(head, { ...written, path: full, kind: now.kind });
  if (old !== undefined) return isThere(toOld(now, pairs), head) ? undefined : { old, now };
  if (isThere(toOld(now, pairs), head)) return undefined;
  throw unknown(hint, written, head, 'The revisions make nothing of that name');
}

function toFull(path: readonly string[], above: readonly string[], now: Thing): readonly string[] {
  return path.length === 1 && now.path.length > 1 ? [...above, ...path] : path;
}

/** A label may be any text: it is meant as it stands, quoted or not. */
function unquote(text: string): string {
  return /^(['"])(.*)\1$/s.exec(text)?.[2] ?? text;
}

function isThere(thing: Thing, things: readonly Thing[]): boolean {
  return things.some(
    (one) => one.kind === thing.kind && isSamePath(one.path, thing.path) && one.arguments === thing.arguments,
  );
}

/** What it is called once these have their new names. */
export function toNow(thing: Thing, pairs: readonly Pair[]): Thing {
  return move(
    thing,
    pairs.map(({ old, now }) => [old, now] as const),
  );
}

export function toOld(thing: Thing, pairs: readonly Pair[]): Thing {
  return move(
    thing,
    pairs.map(({ old, now }) => [now, old] as const),
  );
}

function move(thing: Thing, pairs: readonly (readonly [from: Thing, to: Thing])[]): Thing {
  const own = pairs.find(
    ([from]) => from.kind === thing.kind && isSamePath(from.path, thing.path) && from.arguments === thing.arguments,
  );
  if (own !== undefined) return own[1];
  const above = pairs.filter(([from]) => isAbove(from, thing)).sort(([a], [b]) => b.path.length - a.path.length)[0];
  if (above === undefined) return thing;
  const [from, to] = above;
  return { ...thing, path: [...to.path, ...thing.path.slice(from.path.length)] };
}

function isAbove(from: Thing, thing: Thing): boolean {
  const isOwner = from.kind === 'schema' || from.kind === thing.of;
  return (
    isOwner && from.path.length < thing.path.length && isSamePath(from.path, thing.path.slice(0, from.path.length))
  );
}

function unknown({ place }: Hint, { text }: Written, things: readonly Thing[], message: string): UpdownError {
  const near = things
    .filter(({ path }) => path.at(-1) === readName(text).path.at(-1))
    .slice(0, 5)
    .map(wordThing);
  return new UpdownError('usage', `"${sanitizeLine(text)}" can't be renamed. ${message}`, {
    hint: `Write both names in full, the old one as the revisions have it: --rename app.orders=app.purchases. What they make: updown snapshot head`,
    place,
    notes: near,
  });
}

function ambiguous({ place, old }: Hint, pairs: readonly Pair[]): UpdownError {
  return new UpdownError(
    'usage',
    `"${sanitizeLine(old)}" may be several things: ${listNames(pairs.map((pair) => wordThing(pair.old)))}`,
    {
      hint: `Say of which kind it is: --rename "${pairs[0] === undefined ? '' : `${wordThing(pairs[0].old)}=${nameThing(pairs[0].now)}`}"`,
      place,
    },
  );
}
