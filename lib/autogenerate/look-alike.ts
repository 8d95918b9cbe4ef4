import type { Name } from '../schema/name.ts';
import type { Column, Sequence, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import type { Composite, Domain, Enum } from '../schema/type.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { type Pair, toNow } from './pair.ts';
import { isSamePath, type Thing } from './thing.ts';

/** One thing that goes, and one of the same shape that comes: another name for it, perhaps. What the first one holds depends on that. */
export interface LookAlike extends Pair {
  /** Why it may be the same: `9 of 10 columns are the same`. */
  readonly evidence: string;
}

interface Candidate extends LookAlike {
  /** From 0 to 1. */
  readonly likeness: number;
}

interface Sides {
  readonly head: Schema;
  readonly wanted: Schema;
  /** What is said of names already. */
  readonly pairs: readonly Pair[];
}

/** Each that goes with the one that is most like it, where what it holds would be gone otherwise. What is to be dropped is left out. */
export function findLookAlikes(sides: Sides, dropped: readonly Thing[]): readonly LookAlike[] {
  const isSaid = ({ old, now }: Pair) =>
    dropped.some((one) => one.kind === old.kind && isSamePath(one.path, old.path)) ||
    sides.pairs.some((pair) => isThing(pair.old, old) || isThing(pair.now, now));
  const all = [
    ...ofSchemas(sides),
    ...ofTables(sides),
    ...ofColumns(sides),
    ...ofTypes(sides),
    ...ofLabels(sides),
    ...ofSequences(sides),
  ];
  const candidates = all.filter((one) => !isSaid(one)).sort((a, b) => b.likeness - a.likeness);
  const found: LookAlike[] = [];
  for (const { old, now, evidence } of candidates) {
    const isTaken = found.some((one) => isThing(one.old, old) || isThing(one.now, now));
    if (!isTaken) found.push({ old, now, evidence });
  }
  // With its schema everything in it gets another name.
  const moved = (one: LookAlike) =>
    found.some(({ old }) => old.kind === 'schema' && one.old.kind !== 'schema' && old.path[0] === one.old.path[0]);
  return found.filter((one) => !moved(one));
}

/** With those in what may have another name: they are found once it has that. */
export function findAllAlike(sides: Sides, dropped: readonly Thing[]): readonly LookAlike[] {
  const found: LookAlike[] = [];
  for (;;) {
    const more = findLookAlikes({ ...sides, pairs: [...sides.pairs, ...found] }, dropped);
    if (more.length === 0) return found;
    found.push(...more);
  }
}

function isThing(one: Thing, other: Thing): boolean {
  return one.kind === other.kind && isSamePath(one.path, other.path);
}

const enough = 0.5;

function ofSchemas({ head, wanted, pairs }: Sides): readonly Candidate[] {
  const namesIn = (schema: Schema, own: string) =>
    [...schema.tables, ...schema.enums, ...schema.functions].flatMap(({ name }) =>
      name.schema === own ? [name.name] : [],
    );
  const schemas = (schema: Schema) => schema.schemas.map(({ name }): Thing => ({ kind: 'schema', path: [name] }));
  return compare(schemas(head), schemas(wanted), pairs, (old, now) => {
    const [names, others] = [namesIn(head, old.path[0] ?? ''), namesIn(wanted, now.path[0] ?? '')];
    return shareOf(names, others, (one, other) => one === other, 'name in it is the same', 'names in it are the same');
  });
}

function ofTables({ head, wanted, pairs }: Sides): readonly Candidate[] {
  const [old, now] = [byThing('table', head.tables), byThing('table', wanted.tables)];
  return compare([...old.keys()], [...now.keys()], pairs, (one, other) => {
    const [table, target] = [old.get(one), now.get(other)];
    if (table === undefined || target === undefined || !isSamePlace(table, target)) return undefined;
    return shareOf(table.columns, target.columns, isSameColumn, 'column is the same', 'columns are the same');
  });
}

/** Partitions of one table look alike, and are others. */
function isSamePlace({ partition, partitionKey }: Table, other: Table): boolean {
  return (
    isSame(partition?.bound ?? null, other.partition?.bound ?? null) &&
    (partitionKey === null) === (other.partitionKey === null)
  );
}

function isSameColumn(one: Column, other: Column): boolean {
  return one.name === other.name && one.type === other.type;
}

function ofColumns({ head, wanted, pairs }: Sides): readonly Candidate[] {
  return head.tables.flatMap((table) => {
    const target = findTarget(table.name, wanted.tables, pairs);
    // Columns of a partition are those of the table that it is part of.
    if (target === undefined || (table.partition !== null && target.partition !== null)) return [];
    const [old, now] = [columnsOf(table), columnsOf(target)];
    return compare([...old.keys()], [...now.keys()], pairs, (one, other) => {
      const [column, second] = [old.get(one), now.get(other)];
      if (column === undefined || second === undefined || !isOwnValue(column) || !isOwnValue(second)) return undefined;
      if (family(column.type) !== family(second.type)) return undefined;
      const isExact = column.type === second.type;
      const types = isExact
        ? `both are of type ${column.type}`
        : `one is of type ${column.type}, the other of type ${second.type}`;
      const place = table.columns.indexOf(column) === target.columns.indexOf(second);
      return { likeness: (isExact ? 0.6 : 0.5) + (place ? 0.2 : 0), evidence: types };
    });
  });
}

function columnsOf({ name, columns }: Table): ReadonlyMap<Thing, Column> {
  return new Map(
    columns.map((column) => [
      { kind: 'column', path: [name.schema, name.name, column.name], of: 'table' } as const,
      column,
    ]),
  );
}

/** What it holds is computed by nothing else. */
function isOwnValue({ inheritance, generated }: Column): boolean {
  return inheritance !== 'inherited' && generated === null;
}

/** Types whose values may be written as one another's. */
function family(type: string): string {
  const bare = type.replace(/\(.*\)/, '');
  if (/^(text|character|character varying|name)$/.test(bare)) return 'text';
  if (/^(smallint|integer|bigint|numeric|real|double precision)$/.test(bare)) return 'number';
  if (/^(date|timestamp)/.test(bare)) return 'time';
  return type;
}

function findTarget<T extends { readonly name: Name }>(
  { schema, name }: Name,
  all: readonly T[],
  pairs: readonly Pair[],
): T | undefined {
  const { path } = toNow({ kind: 'table', path: [schema, name] }, pairs);
  return all.find((one) => isSamePath([one.name.schema, one.name.name], path));
}

function ofTypes({ head, wanted, pairs }: Sides): readonly Candidate[] {
  const enums = [byThing('type', head.enums), byThing('type', wanted.enums)] as const;
  const composites = [byThing('type', head.composites), byThing('type', wanted.composites)] as const;
  const domains = [byThing('domain', head.domains), byThing('domain', wanted.domains)] as const;
  return [
    ...compareValues(enums, pairs, ({ labels }: Enum, other) =>
      shareOf(labels, other.labels, (a, b) => a === b, 'label is the same', 'labels are the same'),
    ),
    ...compareValues(composites, pairs, ({ attributes }: Composite, other) =>
      shareOf(
        attributes,
        other.attributes,
        (a, b) => a.name === b.name && a.type === b.type,
        'attribute is the same',
        'attributes are the same',
      ),
    ),
    ...compareValues(domains, pairs, ({ type }: Domain, other) =>
      type === other.type ? { likeness: 0.6, evidence: `both are of type ${type}` } : undefined,
    ),
  ];
}

function ofLabels({ head, wanted, pairs }: Sides): readonly Candidate[] {
  return head.enums.flatMap(({ name, labels }) => {
    const { path } = toNow({ kind: 'type', path: [name.schema, name.name] }, pairs);
    const target = wanted.enums.find((one) => isSamePath([one.name.schema, one.name.name], path));
    if (target === undefined) return [];
    const things = (of: Name, all: readonly string[]) =>
      all.map((label): Thing => ({ kind: 'value', path: [of.schema, of.name, label], of: 'type' }));
    return compare(things(name, labels), things(target.name, target.labels), pairs, (old, now) => {
      const [from, to] = [labels.indexOf(old.path[2] ?? ''), target.labels.indexOf(now.path[2] ?? '')];
      const isInPlace = from === to;
      return {
        likeness: isInPlace ? 0.9 : 0.5,
        evidence: isInPlace
          ? `each is label ${from + 1} of ${quoteRelation(target.name)}`
          : `both are labels of ${quoteRelation(target.name)}`,
      };
    });
  });
}

function ofSequences({ head, wanted, pairs }: Sides): readonly Candidate[] {
  const free = ({ sequences }: Schema) =>
    byThing(
      'sequence',
      sequences.filter(({ ownedBy }) => ownedBy === null),
    );
  const numbers = ({ type, start, increment, minimum, maximum }: Sequence) => [
    type,
    start,
    increment,
    minimum,
    maximum,
  ];
  return compareValues([free(head), free(wanted)], pairs, (one, other) =>
    isSame(numbers(one), numbers(other)) ? { likeness: 0.6, evidence: 'both count in the same way' } : undefined,
  );
}

function byThing<T extends { readonly name: Name }>(kind: Thing['kind'], all: readonly T[]): ReadonlyMap<Thing, T> {
  return new Map(all.map((one) => [{ kind, path: [one.name.schema, one.name.name] }, one]));
}

type Likeness = Pick<Candidate, 'likeness' | 'evidence'> | undefined;

function compareValues<T>(
  [old, now]: readonly [ReadonlyMap<Thing, T>, ReadonlyMap<Thing, T>],
  pairs: readonly Pair[],
  judge: (one: T, other: T) => Likeness,
): readonly Candidate[] {
  return compare([...old.keys()], [...now.keys()], pairs, (one, other) => {
    const [value, second] = [old.get(one), now.get(other)];
    return value === undefined || second === undefined ? undefined : judge(value, second);
  });
}

/** What goes with what comes. */
function compare(
  old: readonly Thing[],
  now: readonly Thing[],
  pairs: readonly Pair[],
  judge: (old: Thing, now: Thing) => Likeness,
): readonly Candidate[] {
  const keyOf = ({ path }: Thing) => path.map(quoteIdent).join('.');
  const stays = new Set(now.map(keyOf));
  const was = new Set(old.map((one) => keyOf(toNow(one, pairs))));
  const gone = old.filter((one) => !stays.has(keyOf(toNow(one, pairs))));
  const made = now.filter((one) => !was.has(keyOf(one)));
  return gone.flatMap((one) =>
    made.flatMap((other): readonly Candidate[] => {
      const found = judge(one, other);
      return found === undefined ? [] : [{ old: one, now: other, ...found }];
    }),
  );
}

function shareOf<T>(
  one: readonly T[],
  other: readonly T[],
  isSameItem: (a: T, b: T) => boolean,
  single: string,
  several: string,
): Likeness {
  const most = Math.max(one.length, other.length);
  const shared = one.filter((a) => other.some((b) => isSameItem(a, b))).length;
  if (most === 0 || shared / most < enough) return undefined;
  return { likeness: shared / most, evidence: `${shared} of ${most} ${most === 1 ? single : several}` };
}
