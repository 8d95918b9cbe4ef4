import type { Change } from '../review/change.ts';
import type { Lock } from '../review/effects.ts';
import { rootOf } from '../review/facts/family.ts';
import { blocksWrites } from '../review/facts/locks.ts';
import { listBuilds, nameRelations } from '../review/facts/relations.ts';
import type { ReviewedStatement } from '../review/review.ts';
import { plural } from '../words.ts';

/** A kind of effect and what it befell. */
export interface Effect {
  readonly name: string;
  readonly value: string;
  readonly tone: 'bad' | 'warn' | 'plain';
}

const mostChanges = 12;

/** What a statement did, in words. Locks of indexes are those of their tables. */
export function effectsOf(statement: ReviewedStatement, arrow = '→'): readonly Effect[] {
  const { number, locks, builds, scans, rows, unproven, notices, error } = statement;
  const tables = locks.filter(({ kind }) => kind !== 'index');
  const held = tables.filter(({ since }) => since < number);
  const emptied = rows.filter(({ truncated }) => truncated).map(({ relation }) => relation);
  const isBuilt = builds.some(({ concurrently }) => !concurrently);
  const taken = tables.filter(({ since }) => since === number);
  return [
    ...foldLocks(statement, taken).map(([lock, name]) => effect('lock', wordLock(lock, name), toneOf(lock))),
    ...list(
      'still held',
      foldLocks(statement, held).map(([lock, name]) => `${wordLock(lock, name)} since ${lock.since}`),
      held.some(blocksWrites) ? 'warn' : 'plain',
    ),
    ...list('rewrites', nameWritten(statement), 'bad'),
    ...list('builds', builds.length === 0 ? [] : [listBuilds(statement, builds)], isBuilt ? 'warn' : 'plain'),
    ...list('reads all', nameRelations(statement, scans), 'warn'),
    ...list('empties', nameRelations(statement, emptied), 'bad'),
    ...changesIn(statement, arrow),
    ...list('unproven', unproven, 'warn'),
    ...notices.map(({ severity, message }) => effect(severity.toLowerCase(), message, 'plain')),
    ...(error === undefined ? [] : [effect('fails', `${error.message} (${error.code})`, 'bad')]),
  ];
}

/** A lock for many partitions of one table is one. */
function foldLocks(statement: ReviewedStatement, locks: readonly Lock[]): readonly (readonly [Lock, string])[] {
  const alike = new Map<string, [Lock, ...Lock[]]>();
  for (const lock of locks) {
    const key = `${lock.since} ${lock.mode} ${lock.stated}`;
    const others = alike.get(key);
    if (others === undefined) alike.set(key, [lock]);
    else others.push(lock);
  }
  return [...alike.values()].flatMap((some) =>
    nameRelations(
      statement,
      some.map(({ relation }) => relation),
    ).map((name) => [some[0], name] as const),
  );
}

/** Tables, and then indexes, which are only counted where their tables are. */
function nameWritten(statement: ReviewedStatement): readonly string[] {
  const { locks, rewrites } = statement;
  const tableOf = new Map(locks.map(({ relation, table }) => [relation, table]));
  const tables = rewrites.filter((name) => tableOf.get(name) === undefined);
  const named = nameRelations(statement, tables);
  const indexes = rewrites.filter((name) => tableOf.get(name) !== undefined);
  if (named.length === tables.length) return rewrites;
  const counted = indexes.filter((name) => !named.includes(tableOf.get(name) ?? ''));
  return [
    ...named,
    ...indexes.filter((name) => !counted.includes(name)),
    ...(counted.length > 0 ? [plural(counted.length, 'index', 'indexes')] : []),
  ];
}

function changesIn(statement: ReviewedStatement, arrow: string): readonly Effect[] {
  const { shown, folded } = foldChanges(statement);
  const words = [
    ...shown.map((change) => ({ kind: change.kind, value: wordChange(change, arrow) })),
    ...folded.map(({ kind, type, names }) => ({ kind, value: `${kind} ${type} on ${names}` })),
  ];
  return [
    ...words
      .slice(0, mostChanges)
      .map(({ kind, value }) => effect('change', value, kind === 'dropped' ? 'warn' : 'plain')),
    ...(words.length > mostChanges
      ? [effect('', `and ${plural(words.length - mostChanges, 'more change')}`, 'plain')]
      : []),
  ];
}

interface FoldedChanges {
  readonly shown: readonly Change[];
  /** Of a kind and type, on more partitions than are named. */
  readonly folded: readonly { readonly kind: Change['kind']; readonly type: string; readonly names: string }[];
}

function foldChanges(statement: ReviewedStatement): FoldedChanges {
  const groups = new Map<string, Change[]>();
  for (const change of statement.changes) {
    const { relation, kind, type } = change;
    const root = relation === undefined ? undefined : rootOf(statement, relation);
    const key = root === relation ? '' : JSON.stringify([kind, type, root]);
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  const alone = new Set(groups.get('') ?? []);
  const folded: FoldedChanges['folded'][number][] = [];
  for (const [key, changes] of groups) {
    const [first] = changes;
    const relations = [...new Set(changes.flatMap(({ relation = [] }) => relation))];
    const names = nameRelations(statement, relations);
    if (key === '' || first === undefined || names.length === relations.length)
      for (const one of changes) alone.add(one);
    else folded.push({ kind: first.kind, type: first.type, names: names.join(', ') });
  }
  return { shown: statement.changes.filter((change) => alone.has(change)), folded };
}

function effect(name: string, value: string, tone: Effect['tone']): Effect {
  return { name, value, tone };
}

function list(name: string, values: readonly string[], tone: Effect['tone']): readonly Effect[] {
  return values.length === 0 ? [] : [effect(name, values.join(', '), tone)];
}

function toneOf(lock: Lock): Effect['tone'] {
  return lock.mode === 'ACCESS EXCLUSIVE' ? 'bad' : blocksWrites(lock) ? 'warn' : 'plain';
}

function wordLock(lock: Lock, name: string): string {
  return `${lock.mode} on ${name}${lock.stated && blocksWrites(lock) ? ' (by the manual)' : ''}`;
}

function wordChange({ kind, object, from, to, cascaded }: Change, arrow: string): string {
  const values =
    from !== undefined && to !== undefined ? `: ${from} ${arrow} ${to}` : to !== undefined ? `: ${to}` : '';
  return `${kind} ${object}${values}${cascaded ? ' (taken along)' : ''}`;
}
