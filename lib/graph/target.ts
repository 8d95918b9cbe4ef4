import { UpdownError } from '../errors.ts';
import type { Graph } from './graph.ts';
import { type Found, lookUp, settle, unknown } from './lookup.ts';
import { nodeOf } from './node-of.ts';
import { lineageOf } from './walk.ts';
import { isName, isWord } from './word.ts';

/**
 * One grammar for all targets: `[branch@]name`, `[branch@][name]+N`, `[branch@][name]-N`. A name is `head`, `heads`,
 * `base`, or a revision's id, folder, label or unique beginning. Ids may hold `-`, so `abc-1` has two readings until
 * a graph is asked.
 */
export interface Target {
  readonly text: string;
  readonly branch: string | undefined;
  /** All that follows the branch. */
  readonly name: string;
  /** The other reading: so many steps up or down from a name, or, where that is empty, from where the database stands. */
  readonly offset: Offset | undefined;
}

export interface Offset {
  readonly name: string;
  readonly steps: number;
  /** As typed, with its sign. */
  readonly text: string;
}

export function parseTarget(text: string): Target {
  if (text.includes(':')) {
    throw new UpdownError('bad-range', `"${text}" is a range, and this takes one target`, {
      hint: 'A range `from:to` belongs to `--sql` and to `history`.',
    });
  }
  const at = text.indexOf('@');
  const branch = at < 0 ? undefined : text.slice(0, at);
  const name = text.slice(at + 1);
  const [, start, step] = /^(.*)([+-]\d+)$/.exec(name) ?? [];
  const offset =
    start === undefined || step === undefined ? undefined : { name: start, steps: Number(step), text: step };
  return { text, branch, name, offset };
}

/** A target against a graph: its branch found, one reading chosen. */
export type Reading = { readonly text: string; readonly branch: Branch | undefined } & (
  | { readonly kind: 'absolute'; readonly name: string }
  | { readonly kind: 'from-name'; readonly name: string; readonly offset: Offset }
  | { readonly kind: 'from-current'; readonly offset: Offset }
);

export interface Branch {
  readonly name: string;
  readonly id: string;
  /** By parents only. */
  readonly lineage: ReadonlySet<string>;
}

export function readTarget(graph: Graph, text: string): Reading {
  const target = parseTarget(text);
  const { name, offset } = target;
  if (target.branch === '' || (target.branch !== undefined && name === '')) throw half(target);
  const common = { text, branch: target.branch === undefined ? undefined : findBranch(graph, target.branch) };
  if (offset === undefined || chooseLiteral(graph, target, offset)) return { ...common, kind: 'absolute', name };
  if (offset.name === '') return { ...common, kind: 'from-current', offset };
  return { ...common, kind: 'from-name', name: offset.name, offset };
}

/** Whether it counts steps from where the database stands. */
export function isRelative(graph: Graph, text: string): boolean {
  return readTarget(graph, text).kind === 'from-current';
}

/** `@head`, `left@`: one of the two names was left out, or came out empty of a script's variable. */
function half({ text, branch, name }: Target): UpdownError {
  const isBranch = branch === '';
  const alone = name === '' ? '"<branch>@head"' : `"<branch>@${name}", or "${name}" alone`;
  return new UpdownError(
    'unknown-revision',
    `"${text}" names no ${isBranch ? 'branch before' : 'revision after'} its "@"`,
    {
      hint: `Write ${isBranch ? alone : `"${branch}@head" for the head of the branch`}.`,
    },
  );
}

/** Throws for what can't be a target in any database. An id that the files don't know may be one that a database does. */
export function assertReadable(graph: Graph, text: string): void {
  const reading = readTarget(graph, text);
  if (reading.kind === 'from-current') return;
  const { name } = reading.kind === 'absolute' ? reading : reading.offset;
  if (!isName(name) && lookUp(graph, name) === undefined) throw unknown(graph, name);
}

/** `abc-1`: a revision of that name, or one below `abc`. Taken when only one of them is there, never guessed. */
function chooseLiteral(graph: Graph, { text, name }: Target, offset: Offset): boolean {
  const literal = lookUp(graph, name);
  if (literal === undefined) return false;
  if (offset.name === '' && literal.kind !== 'exact') return false;
  const base = offset.name === '' || isWord(offset.name) ? 'exact' : lookUp(graph, offset.name)?.kind;
  // Who types a whole id means it, unless the other reading names a whole id as well.
  if (base === undefined || base === 'several' || (literal.kind === 'exact' && base === 'prefix')) return true;
  const other = offset.name === '' ? "the database's revision" : `"${offset.name}"`;
  const named = literal.kind === 'several' ? literal.names.join(', ') : literal.id;
  throw new UpdownError('ambiguous-revision', `"${text}" is both a name (${named}) and ${offset.text} from ${other}`, {
    hint: hintForBoth(graph, literal, offset),
  });
}

/** A folder's name has one reading, and so have steps that are counted from one: unless it is the very name that has two. */
function hintForBoth(graph: Graph, literal: Found, offset: Offset): string {
  if (literal.kind === 'several') return 'Type more of the name, or name the revision by its folder.';
  const folderOf = (id: string) => nodeOf(graph, id).folder;
  const folder = folderOf(literal.id);
  const base = lookUp(graph, offset.name);
  const from = base === undefined || base.kind === 'several' ? offset.name : folderOf(base.id);
  const step = from === offset.name ? '' : ` For the step: "${from}${offset.text}".`;
  return folder === `${offset.name}${offset.text}`
    ? `Its folder has the same name: rename the folder, in the manifest too, and write that.${step}`
    : `For the revision, write its folder: "${folder}".${step}`;
}

function findBranch(graph: Graph, name: string): Branch {
  if (isWord(name)) throw unknown(graph, name);
  const id = settle(graph, name, lookUp(graph, name));
  return { name, id, lineage: lineageOf(graph, id) };
}
