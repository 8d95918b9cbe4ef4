import { conversionOf } from '../schema/conversion.ts';
import type { Trigger } from '../schema/relation.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Comparison } from './comparison.ts';
import { constraintFacts } from './constraint-changes.ts';
import type { Swap } from './measured.ts';
import { describeName } from './object-name.ts';
import { parseLoosely } from './parsed.ts';
import { type ColumnRow, columnKey, isIndex, type RelationRow, type Snapshot } from './snapshot.ts';

/** Remembers which statement gave a table the name of another one. What the table lacks is told at the end of the step. */
export interface SwapRecord {
  /** Has to be called when a step begins, also when it begins a second time. */
  begin(step: string): void;
  note(statement: number, snapshots: Pick<Comparison, 'base' | 'before' | 'after'>): void;
  swapped(step: string, statement: number): readonly Swap[];
}

interface Noted {
  readonly step: string;
  readonly statement: number;
  readonly then: RelationRow;
  readonly now: number;
}

export function recordSwaps(): SwapRecord {
  let noted: readonly Noted[] = [];
  let current = '';
  /** The database before and after each step. */
  const ends = new Map<string, Pick<Comparison, 'base' | 'after'>>();
  return {
    begin: (step) => {
      current = step;
      noted = noted.filter((one) => one.step !== step);
      ends.delete(step);
    },
    note: (statement, { base, before, after }) => {
      ends.set(current, { base: ends.get(current)?.base ?? base, after });
      const made = findTakers({ base, before, after });
      noted = [...noted, ...made.map((one) => ({ step: current, statement, ...one }))];
    },
    swapped: (step, statement) => {
      const end = ends.get(step);
      return noted.flatMap((one) => {
        if (end === undefined || one.step !== step || one.statement !== statement) return [];
        const now = end.after.relations.get(one.now);
        return now?.name === one.then.name ? [describe(one.then, now, end)] : [];
      });
    },
  };
}

/** Finds tables that took, by RENAME or SET SCHEMA, a name that was another table's when the step began. */
function findTakers({ base, before, after }: Pick<Comparison, 'base' | 'before' | 'after'>) {
  const olds = new Map([...base.relations.values()].filter(isTable).map((row) => [row.name, row]));
  return [...after.relations.values()].filter(isTable).flatMap((row) => {
    const then = olds.get(row.name);
    const name = before.relations.get(row.oid)?.name;
    return then === undefined || then.oid === row.oid || name === undefined || name === row.name
      ? []
      : [{ then, now: row.oid }];
  });
}

function isTable({ kind }: RelationRow): boolean {
  return kind === 'r' || kind === 'p';
}

function describe(then: RelationRow, now: RelationRow, { base, after }: Pick<Comparison, 'base' | 'after'>): Swap {
  const old = after.relations.get(then.oid);
  return {
    relation: now.name,
    old: old?.name,
    fresh: !base.relations.has(now.oid),
    lacks: [
      ...missingColumns(then, now, base, after),
      ...missing(indexesOf(then, base), indexesOf(now, after)),
      ...missing(constraintsOf(then, base), constraintsOf(now, after)),
      ...missing(referringTo(then, base), referringTo(now, after)),
      ...missing(objectsOf(then, base), objectsOf(now, after)),
      ...settingsLost(then, now),
    ],
  };
}

/** Finds what is missing by its definition, since the names differ while both tables exist. */
function missing(then: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): readonly string[] {
  return [...then].flatMap(([shape, word]) => (now.has(shape) ? [] : [word]));
}

function columnsOf({ oid }: RelationRow, { columns }: Snapshot): readonly ColumnRow[] {
  return [...columns.values()].filter(({ relation }) => relation === oid);
}

function missingColumns(then: RelationRow, now: RelationRow, base: Snapshot, after: Snapshot): readonly string[] {
  const fresh = new Map(columnsOf(now, after).map((column) => [column.name, column]));
  const olds = columnsOf(then, base);
  const closed = columnsOf(now, after).filter(
    ({ name, notNull, expression, identity }) =>
      notNull && expression === null && identity === '' && !olds.some((one) => one.name === name),
  );
  return [
    ...olds.flatMap((column) => compareColumn(column, fresh.get(column.name))),
    ...closed.map(({ name }) => `a value for its new column ${quoteIdent(name)}, which every INSERT must give`),
  ];
}

function compareColumn(then: ColumnRow, now: ColumnRow | undefined): readonly string[] {
  const name = quoteIdent(then.name);
  if (now === undefined) return [`column ${name}`];
  const fills = ({ expression, identity }: ColumnRow) => expression !== null || identity !== '';
  return [
    ...(conversionOf(then.type, now.type) === 'keeps' ? [] : [`type ${then.type} of column ${name} (now ${now.type})`]),
    ...(then.notNull && !now.notNull ? [`NOT NULL of column ${name}`] : []),
    ...(fills(then) && !fills(now) ? [`default of column ${name}`] : []),
    ...(then.privileges !== '' && now.privileges === '' ? [`grants on column ${name}`] : []),
  ];
}

function namesOf(numbersOf: readonly number[], { oid }: Pick<RelationRow, 'oid'>, { columns }: Snapshot): string {
  return numbersOf.map((number) => columns.get(columnKey(oid, number))?.name ?? '(an expression)').join(', ');
}

/** Indexes by their definition. Those of constraints are told with the constraint. */
function indexesOf(table: RelationRow, snapshot: Snapshot): ReadonlyMap<string, string> {
  const owned = new Set(
    Array.from(snapshot.constraints.values(), ({ kind, index }) => ('pux'.includes(kind) ? index : 0)),
  );
  const indexes = [...snapshot.relations.values()]
    .filter(isIndex)
    .filter(({ oid, index }) => index.table === table.oid && !owned.has(oid));
  return new Map(
    indexes.map(({ name, index }) => {
      const { method, unique, keys, partial, valid } = index;
      return [JSON.stringify([method, unique, partial, valid, namesOf(keys, table, snapshot)]), `index ${name}`];
    }),
  );
}

/** Constraints by their definition. NOT NULL is told with its column. */
function constraintsOf(table: RelationRow, snapshot: Snapshot): ReadonlyMap<string, string> {
  const own = [...snapshot.constraints.values()].filter(
    ({ relation, kind }) => relation === table.oid && 'cpuxf'.includes(kind),
  );
  return new Map(
    own.map((row) => {
      const { kind, columns, references, referenced, onDelete, onUpdate, validated } = row;
      const { name, kind: word, references: target } = constraintFacts(row, snapshot);
      const self = references === table.oid ? 'itself' : target;
      const shape = [
        kind,
        namesOf(columns, table, snapshot),
        self,
        namesOf(referenced, { oid: references }, snapshot),
        onDelete,
        onUpdate,
        validated,
      ];
      return [JSON.stringify(shape), `${word} ${quoteIdent(name)}`];
    }),
  );
}

/** Foreign keys of other tables, which still reference the old table or were dropped with it. */
function referringTo(table: RelationRow, snapshot: Snapshot): ReadonlyMap<string, string> {
  const keys = [...snapshot.constraints.values()].filter(
    ({ kind, relation, references }) => kind === 'f' && references === table.oid && relation !== table.oid,
  );
  return new Map(
    keys.map((row) => {
      const from = snapshot.relations.get(row.relation);
      const shape = [from?.oid, row.columns, namesOf(row.referenced, table, snapshot)];
      return [JSON.stringify(shape), `foreign key ${quoteIdent(row.name)} of ${from?.name}, which points to it`];
    }),
  );
}

function objectsOf(table: RelationRow, { objects }: Snapshot): ReadonlyMap<string, string> {
  const own = [...objects.values()].filter(
    ({ relation, type }) => relation === table.oid && ['trigger', 'policy', 'rule', 'statistics'].includes(type),
  );
  return new Map(
    own.map((row) => {
      const { type, called, item } = row;
      const bare = type === 'statistics' ? describeName(row) : quoteIdent(called);
      // Any statistics count as the same.
      const shape = item.kind === 'trigger' ? shapeOf(item.value) : type === 'statistics' ? '' : bare;
      return [JSON.stringify([type, shape]), `${type} ${bare}`];
    }),
  );
}

/** All that a trigger is but for its name and its table. */
function shapeOf({ definition }: Pick<Trigger, 'definition'>): string {
  const others = new Set(['trigname', 'relation', 'location']);
  return JSON.stringify(parseLoosely(definition), (key, value: unknown) => (others.has(key) ? undefined : value));
}

function settingsLost(then: RelationRow, now: RelationRow): readonly string[] {
  const own = (privileges: string, { owner }: RelationRow) => privileges.replace(`${owner}=`, '');
  return [
    ...(then.rowSecurity && !now.rowSecurity ? ['ROW LEVEL SECURITY'] : []),
    ...(then.forced && !now.forced ? ['FORCE ROW LEVEL SECURITY'] : []),
    ...(then.privileges !== '' && own(then.privileges, then) !== own(now.privileges, now) ? ['grants'] : []),
    ...(then.owner === now.owner ? [] : [`owner ${then.owner} (now ${now.owner})`]),
  ];
}
