import { keyOf, type Name } from '../schema/name.ts';
import { parentsOf } from '../schema/parents.ts';
import type { Constraint, ForeignTable, Index, Sequence, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import { isThere, type Pair, toNow } from './pair.ts';
import type { Thing } from './thing.ts';

/**
 * What belongs to something that gets another name, or to a table with a column that does, and is called otherwise in the wanted schema: where
 * there is one of the same shape and no other, it is the same one.
 */
export function findAlong(pairs: readonly Pair[], head: Schema, wanted: Schema): readonly Pair[] {
  return [...ofTables(pairs, head, wanted), ...ofDomains(pairs, head, wanted), ...ofRanges(pairs, head, wanted)];
}

function ofTables(pairs: readonly Pair[], head: Schema, wanted: Schema): readonly Pair[] {
  const targets = new Map(wanted.tables.map((table) => [keyOf(table.name), table]));
  return head.tables.flatMap((table) => {
    const path = toNow({ kind: 'table', path: [table.name.schema, table.name.name] }, pairs).path;
    const name: Name = { schema: path[0] ?? '', name: path[1] ?? '' };
    const target = targets.get(keyOf(name));
    const family = familyOf(table, head);
    const isTouched = pairs.some(({ old }) =>
      family.some(
        (own) =>
          (old.kind === 'column' || (old.kind === 'table' && own === table.name)) &&
          old.path[0] === own.schema &&
          old.path[1] === own.name,
      ),
    );
    if (target === undefined || !isTouched) return [];
    return findOfTable({ table, target, pairs, head, wanted });
  });
}

/** Of each that has another name, the one that it is in the wanted schema. */
function findMoved<T extends { readonly name: Name }>(
  kind: 'domain' | 'type',
  pairs: readonly Pair[],
  there: readonly T[],
  wanted: readonly T[],
): readonly (readonly [T, T])[] {
  return there.flatMap((one) => {
    const old: Thing = { kind, path: [one.name.schema, one.name.name] };
    const [schema = '', name = ''] = toNow(old, pairs).path;
    const target = wanted.find((other) => isSame(other.name, { schema, name }));
    return target === undefined || isSame(one.name, target.name) ? [] : [[one, target] as const];
  });
}

function ofDomains(pairs: readonly Pair[], head: Schema, wanted: Schema): readonly Pair[] {
  return findMoved('domain', pairs, head.domains, wanted.domains).flatMap(([domain, target]) =>
    match(domain.constraints, target.constraints, (one, other) => one.definition === other.definition)
      .map(
        ([old, now]): Pair => ({
          old: partOf('constraint', domain.name, old, 'domain'),
          now: partOf('constraint', target.name, now, 'domain'),
        }),
      )
      .filter((pair) => !isTold(pairs, pair)),
  );
}

/** The server names a multirange type after its range, and only when it makes both. It goes to no other schema by itself. */
function ofRanges(pairs: readonly Pair[], head: Schema, wanted: Schema): readonly Pair[] {
  return findMoved('type', pairs, head.ranges, wanted.ranges).flatMap(([range, target]) => {
    const [old, now] = [range.multirange, target.multirange];
    if (old === null || now === null || isSame(old, now)) return [];
    const pair: Pair = {
      old: { kind: 'type', path: [old.schema, old.name] },
      now: { kind: 'type', path: [now.schema, now.name] },
    };
    return isTold(pairs, pair) ? [] : [pair];
  });
}

/** Either of its names. */
function isTold(pairs: readonly Pair[], { old, now }: Pair): boolean {
  return pairs.some((one) => isThere(one.old, [old]) || isThere(one.now, [now]));
}

/** The table, what it is a partition of or inherits, and what that has above itself. */
function familyOf(table: Table | ForeignTable, schema: Schema): readonly Name[] {
  return [table.name, ...parentsOf(table, schema).flatMap((above) => familyOf(above, schema))];
}

interface Beside {
  readonly table: Table;
  readonly target: Table;
  readonly pairs: readonly Pair[];
  readonly head: Schema;
  readonly wanted: Schema;
}

function findOfTable({ table, target, pairs, head, wanted }: Beside): readonly Pair[] {
  const family = familyOf(table, head);
  // A column has another name in each partition and heir once it has in the table above.
  const column = (name: string) =>
    family
      .map((of) => toNow({ kind: 'column', path: [of.schema, of.name, name], of: 'table' }, pairs).path.at(-1))
      .find((other) => other !== name) ?? name;
  // A check that is inherited gets another name with the one that it is inherited from.
  const told = ({ type, inheritance }: Constraint) => type !== 'check' || inheritance === 'local';
  const constraints = match(table.constraints.filter(told), target.constraints.filter(told), (one, other) =>
    isSameKey(one, other, column),
  ).map(
    ([old, name]): Pair => ({
      old: partOf('constraint', table.name, old),
      now: partOf('constraint', target.name, name),
    }),
  );
  const own = ({ constraint }: Index) => constraint === null;
  const indexes = match(table.indexes.filter(own), target.indexes.filter(own), (one, other) =>
    isSameIndex(one, other, column),
  ).map(
    ([old, name]): Pair => ({
      old: { kind: 'index', path: [table.name.schema, old] },
      now: { kind: 'index', path: [target.name.schema, name] },
    }),
  );
  const sequences = findSequences({ table, target, head, wanted }, column);
  return [...constraints, ...indexes, ...sequences].filter((pair) => !isTold(pairs, pair));
}

function partOf(kind: Thing['kind'], { schema, name }: Name, own: string, of: Thing['kind'] = 'table'): Thing {
  return { kind, path: [schema, name, own], of };
}

/** Of what is not there under the same name on both sides, the pairs of which each is like no third one. */
function match<T extends { readonly name: string }>(
  there: readonly T[],
  wanted: readonly T[],
  isLike: (one: T, other: T) => boolean,
): readonly (readonly [string, string])[] {
  const stays = new Set(
    there
      .filter((one) => wanted.some((other) => other.name === one.name && isLike(one, other)))
      .map(({ name }) => name),
  );
  const gone = there.filter(({ name }) => !stays.has(name));
  const made = wanted.filter(({ name }) => !stays.has(name));
  return gone.flatMap((one) => {
    const like = made.filter((other) => isLike(one, other));
    const [other] = like;
    const isOnly =
      like.length === 1 && other !== undefined && gone.filter((third) => isLike(third, other)).length === 1;
    return isOnly ? [[one.name, other.name] as const] : [];
  });
}

type ToNow = (column: string) => string;

function isSameKey(one: Constraint, other: Constraint, column: ToNow): boolean {
  if (one.type !== other.type || !isSame(one.columns.map(column), other.columns)) return false;
  if (one.type === 'check') return one.columns.length > 0;
  return one.references === null || isSame(one.references.onDelete, other.references?.onDelete);
}

function isSameIndex(one: Index, other: Index, column: ToNow): boolean {
  return (
    one.unique === other.unique &&
    one.method === other.method &&
    one.predicate === other.predicate &&
    isSame(one.keys.map(column), other.keys)
  );
}

function findSequences(
  { table, target, head, wanted }: Pick<Beside, 'table' | 'target' | 'head' | 'wanted'>,
  column: ToNow,
): readonly Pair[] {
  const of = (sequences: readonly Sequence[], name: Name, own: string) =>
    sequences.filter(({ ownedBy }) => ownedBy !== null && ownedBy.column === own && isSame(ownedBy.table, name));
  return table.columns.flatMap(({ name }) => {
    const [old, ...olds] = of(head.sequences, table.name, name);
    const [now, ...nows] = of(wanted.sequences, target.name, column(name));
    if (old === undefined || now === undefined || olds.length + nows.length > 0 || old.name.name === now.name.name)
      return [];
    return [
      {
        old: { kind: 'sequence', path: [old.name.schema, old.name.name] } as const,
        now: { kind: 'sequence', path: [now.name.schema, now.name.name] } as const,
      },
    ];
  });
}
