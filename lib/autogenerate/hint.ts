import { type Place, UpdownError } from '../errors.ts';
import type { Schema } from '../schema/schema.ts';
import { quoteWord, sanitizeLine } from '../sql/quote.ts';
import { listNames } from '../words.ts';
import { isThere, type Pair, toNow, toOld } from './pair.ts';
import {
  findThings,
  hasArguments,
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
  /** As it was written; or what a comment in the schema stands beside: of several, the first one that the old name fits. */
  readonly now: string | readonly Thing[];
  readonly place?: Place | undefined;
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
  const sides: Sides = { head: listThings(head), wanted: listThings(wanted), hints };
  const pairs: Pair[] = [];
  const depths = new Map(hints.map((hint) => [hint, depthOf(hint, sides)]));
  const depth = (hint: Hint) => depths.get(hint) ?? 0;
  for (const hint of [...hints].sort((a, b) => depth(a) - depth(b))) {
    const pair = resolve(hint, sides, pairs);
    if (pair !== undefined) pairs.push(pair);
  }
  return pairs;
}

/** How deep what is meant stands, however much of its name was written: a schema, what is in one, a part of that. */
function depthOf({ old, now }: Hint, { head }: Sides): number {
  if (typeof now !== 'string') {
    const [beside] = now;
    return beside?.of !== undefined ? 3 : beside?.kind === 'schema' ? 1 : 2;
  }
  const name = readName(old);
  return findThings(head, name)[0]?.path.length ?? name.path.length;
}

interface Sides {
  readonly head: readonly Thing[];
  readonly wanted: readonly Thing[];
  readonly hints: readonly Hint[];
}

function resolve(hint: Hint, sides: Sides, pairs: readonly Pair[]): Pair | undefined {
  return typeof hint.now === 'string'
    ? resolveOption(hint, hint.now, sides, pairs)
    : resolveComment(hint, hint.now, sides, pairs);
}

function resolveOption(hint: Hint, now: string, sides: Sides, pairs: readonly Pair[]): Pair {
  const { head, wanted } = sides;
  const old = readName(hint.old);
  const others = meantBy(sides, pairs, hint);
  // A name that another one gets, or has so far, is free: two may swap theirs.
  const isFreed = (thing: Thing, end: keyof Pair) => others.some((pair) => isThere(thing, [pair[end]]));
  const goes = (thing: Thing) => !isThere(toNow(thing, pairs), wanted) || isFreed(toNow(thing, pairs), 'now');
  const found = findThings(head, old);
  if (found.length === 0) throw unknown(hint, old, head, 'The revisions make nothing of that name');
  const comes = (thing: Thing) => !isMade(thing, head, pairs) || isFreed(toOld(thing, pairs), 'old');
  const fitting = (things: readonly Thing[]) =>
    things.flatMap((thing) => pairsOf(thing, now, sides, pairs)).filter((pair) => comes(pair.now));
  const going = fitting(found.filter(goes));
  // What the schema has of the old name is then another thing, which is new.
  const fits = going.length > 0 ? going : fitting(found);
  const [pair] = fits;
  if (pair === undefined) {
    const [taken] = found.flatMap((thing) => pairsOf(thing, now, sides, pairs));
    if (taken !== undefined && !isThere(taken.now, [taken.old])) throw occupied(hint, taken);
    throw unknown(hint, readName(now), wanted, `The schema has no such name: ${sanitizeLine(now)}`);
  }
  if (fits.length > 1) throw ambiguous(hint, fits);
  return pair;
}

/** Whether the revisions make it, under the name that it had in front of the renames. */
function isMade(thing: Thing, head: readonly Thing[], pairs: readonly Pair[]): boolean {
  const old = toOld(thing, pairs);
  return isThere(old, head) && isThere(toNow(old, pairs), [thing]);
}

function pairsOf(thing: Thing, now: string, { wanted }: Sides, pairs: readonly Pair[]): readonly Pair[] {
  return findThings(wanted, toWritten(readName(now), thing, pairs))
    .filter(({ kind }) => kind === thing.kind)
    .map((one) => ({ old: thing, now: one }));
}

/** What the other hints may mean, whether that can be or not. */
function meantBy(sides: Sides, pairs: readonly Pair[], hint: Hint): readonly Pair[] {
  return sides.hints
    .filter((one) => one !== hint)
    .flatMap((one): readonly Pair[] => {
      const { now } = one;
      if (typeof now === 'string')
        return findThings(sides.head, readName(one.old)).flatMap((thing) => pairsOf(thing, now, sides, pairs));
      const { old, now: own } = findBoth(one, now, sides, pairs);
      return old === undefined || own === undefined ? [] : [{ old, now: own }];
    });
}

/** A name alone is one beside the old one. */
function toWritten(name: Written, { kind, path, of }: Thing, pairs: readonly Pair[]): Written {
  if (name.path.length > 1 || path.length === 1) return { ...name, kind };
  const above = toNow({ kind: of ?? 'schema', path: path.slice(0, -1) }, pairs).path;
  return { ...name, kind, path: [...above, ...name.path] };
}

function resolveComment(hint: Hint, beside: readonly Thing[], sides: Sides, pairs: readonly Pair[]): Pair | undefined {
  const { head } = sides;
  if (beside.length === 0) throw besideNothing(hint);
  const { old, now } = findBoth(hint, beside, sides, pairs);
  if (now === undefined) throw besideNothing(hint, beside[0]);
  const isMadeAlready = isMade(now, head, pairs);
  if (old === undefined) {
    if (isMadeAlready) return undefined;
    throw unknown(hint, readName(hint.old), head, 'The revisions make nothing of that name');
  }
  if (!isMadeAlready && isTakenAnew(toNow(old, pairs), hint, sides, pairs)) throw lasting(hint, { old, now });
  if (!isMadeAlready || makesRoom(now, sides, meantBy(sides, pairs, hint), pairs)) return { old, now };
  if (!isObeyed(toNow(old, pairs), sides, pairs, [hint])) throw unclear(hint, { old, now });
  return undefined;
}

/** Whether the schema has something else of the old name, of which no comment says what it was. */
function isTakenAnew(old: Thing, hint: Hint, sides: Sides, pairs: readonly Pair[]): boolean {
  if (!isThere(old, sides.wanted)) return false;
  return !sides.hints.some((one) => {
    const beside = one === hint || typeof one.now === 'string' ? undefined : findBoth(one, one.now, sides, pairs).now;
    return beside !== undefined && isThere(beside, [old]);
  });
}

/** Whether the old name is another thing's by now: one that is new, or that had itself another name which went. */
function isObeyed(old: Thing, sides: Sides, pairs: readonly Pair[], seen: readonly Hint[]): boolean {
  if (!isThere(old, sides.wanted)) return true;
  for (const hint of sides.hints) {
    if (typeof hint.now === 'string' || seen.includes(hint)) continue;
    const next = findBoth(hint, hint.now, sides, pairs);
    if (next.now === undefined || !isThere(next.now, [old])) continue;
    return next.old === undefined || isObeyed(toNow(next.old, pairs), sides, pairs, [...seen, hint]);
  }
  return false;
}

interface Both {
  readonly old?: Thing | undefined;
  readonly now?: Thing | undefined;
}

/** What the comment names, as far as it is there. */
function findBoth({ old: text }: Hint, beside: readonly Thing[], sides: Sides, pairs: readonly Pair[]): Both {
  const found = beside.map((one) => findBeside(text, one, sides, pairs));
  return found.find(({ old }) => old !== undefined) ?? found[0] ?? {};
}

function findBeside(text: string, beside: Thing, { head, wanted }: Sides, pairs: readonly Pair[]): Both {
  const [now] = findThings(wanted, { ...beside, text: nameThing(beside) });
  if (now === undefined) return {};
  const written = readName(text);
  const above = toOld({ kind: now.of ?? 'schema', path: now.path.slice(0, -1) }, pairs).path;
  const full = now.kind === 'value' ? [...above, unquote(text)] : toFull(written.path, above, now);
  const olds = findThings(head, { ...written, path: full, kind: now.kind });
  // Of several functions of that name it is the one with the same arguments.
  const old = olds.find((one) => hasArguments(one, now.arguments)) ?? olds[0];
  return { old, now };
}

/** Whether what has that name so far gets another one, which is free or is left to it in the same way. */
function makesRoom(thing: Thing, sides: Sides, others: readonly Pair[], pairs: readonly Pair[]): boolean {
  const there = insideOld(thing, pairs);
  const next = others.find(({ old }) => isThere(there, [old]));
  if (next === undefined) return false;
  const rest = others.filter((one) => one !== next);
  return !isThere(insideOld(next.now, pairs), sides.head) || makesRoom(next.now, sides, rest, pairs);
}

/** By its own name, in what it stands in as that was called. */
function insideOld(thing: Thing, pairs: readonly Pair[]): Thing {
  const above = { kind: thing.of ?? 'schema', path: thing.path.slice(0, -1) } as const;
  return thing.path.length === 1 ? thing : { ...thing, path: [...toOld(above, pairs).path, ...thing.path.slice(-1)] };
}

/** It would be passed over, and what had that name would be dropped. */
function besideNothing({ place, old }: Hint, beside?: Thing): UpdownError {
  const what =
    beside === undefined ? 'nothing that can get another name' : `${wordThing(beside)}, which the schema lacks`;
  return new UpdownError('usage', `A comment that something was "${sanitizeLine(old)}" stands beside ${what}`, {
    hint: 'Put it at the end of the line on which the new name stands, or in the line before. What has no name in the schema, such as an index without one, is renamed by an option: --rename app.orders_old_idx=app.orders_new_idx',
    place,
  });
}

/** A comment stays, and would swap the two again and again. */
function unclear({ place }: Hint, { old, now }: Pair): UpdownError {
  const [one, other] = [nameThing(old), nameThing(now)];
  return new UpdownError('usage', `${wordThing(now)} can't have been ${one}: both are there, before and after`, {
    hint: `Remove that comment. To swap the two names, once: updown revision --autogenerate -m "swap names" --rename ${wordPair(one, other)} --rename ${wordPair(other, one)}`,
    place,
  });
}

/** What has the name is dropped only behind all renames. */
function occupied({ place }: Hint, { old, now }: Pair): UpdownError {
  const [one, other] = [nameThing(old), nameThing(now)];
  return new UpdownError('usage', `${wordThing(old)} can't become ${other}: the revisions make that already`, {
    hint: `If that gets another name, say which: --rename ${wordPair(other, '<name>')}. If it is dropped, write two revisions: one from a schema without it that still has ${one}, and then this one.`,
    place,
  });
}

/** Once it is obeyed, nothing tells it from a swap. */
function lasting({ place }: Hint, { old, now }: Pair): UpdownError {
  const [one, other] = [nameThing(old), nameThing(now)];
  return new UpdownError(
    'usage',
    `A comment can't say that ${wordThing(now)} was ${one}: the schema has another ${one}, and both will be there from then on`,
    {
      hint: `Remove that comment, and say it once: updown revision --autogenerate -m "new names" --rename ${wordPair(one, other)}`,
      place,
    },
  );
}

function toFull(path: readonly string[], above: readonly string[], now: Thing): readonly string[] {
  return path.length === 1 && now.path.length > 1 ? [...above, ...path] : path;
}

/** A label may be any text: it is meant as it stands, quoted or not. */
function unquote(text: string): string {
  return /^(['"])(.*)\1$/s.exec(text)?.[2] ?? text;
}

function wordPair(old: string, now: string): string {
  const text = `${old}=${now}`;
  return /^[\w.=]+$/.test(text) ? text : quoteWord(text);
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
