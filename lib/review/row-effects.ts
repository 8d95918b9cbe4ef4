import type { Relation } from '../sql/source.ts';
import { type Compared, listLocks } from './compare.ts';
import { type LockMode, lockModes } from './effects.ts';
import { type Query, scansOf, sequencesIn, sequencesOf } from './plans.ts';
import { type ConstraintRow, childrenOf, type RelationRow, relationsNamed, type Snapshot } from './snapshot.ts';
import type { Write } from './writes.ts';

interface Input {
  readonly base: Snapshot;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly number: number;
  readonly writes: readonly Write[];
  /** Whether rows were written without foreign key checks, because scratch lacks the referenced rows. */
  readonly unchecked: boolean;
  /** All queries that were planned for the statement. */
  readonly queries: readonly Query[];
}

/**
 * On empty tables, foreign key triggers never fire, sequences are not used and the second table of a join is not read. This adds the locks
 * and scans that the first row would cause, by the catalogs.
 */
export function addRowEffects(compared: Compared, input: Input): Compared {
  const { before, writes, queries } = input;
  const wanted = new Wanted(before);
  const { effects } = compared;
  wanted.scans.push(...scansOfProofs(compared, before));
  for (const name of [...sequencesOfColumns(input), ...queries.flatMap(sequencesOf)])
    wanted.lock(name, 'ROW EXCLUSIVE');
  for (const write of writes) followWrite(wanted, input, compared, write);
  const added = [...wanted.scans, ...queries.flatMap(scansOf)].filter(isOldTable(input));
  const scans = [...new Set([...effects.scans, ...added])].sort();
  const held = holdAlso(compared.held, wanted.locks, input);
  return { held, effects: { ...effects, scans, locks: listLocks(input, held) } };
}

/** The scans that validate a new foreign key. */
function scansOfProofs({ effects }: Compared, before: Snapshot): readonly string[] {
  return effects.changes.flatMap(({ kind, constraint, relation }) => {
    const isProven = constraint?.validated === true && (kind === 'created' || kind === 'validated');
    // A new column is NULL in every row, so nothing is looked up.
    const isScanned = descend(relation, before).some((name) => effects.scans.includes(name));
    return isProven && constraint.references !== undefined && isScanned ? descend(constraint.references, before) : [];
  });
}

function isOldTable({ base, before }: Input): (name: string) => boolean {
  return (name) =>
    [...before.relations.values()].some(
      (row) => row.name === name && base.relations.has(row.oid) && 'rm'.includes(row.kind),
    );
}

/** Adds locks to those that are held. The stronger of two modes counts. */
function holdAlso(
  known: Compared['held'],
  wanted: ReadonlyMap<number, LockMode>,
  { base, after, number }: Input,
): Compared['held'] {
  const held = new Map(known);
  for (const [oid, mode] of wanted) {
    const own = held.get(oid);
    if (!base.relations.has(oid) || !after.relations.has(oid)) continue;
    if (own === undefined || rank(mode) > rank(own.mode)) held.set(oid, { mode, since: number, stated: true });
  }
  return held;
}

const rank = (mode: LockMode): number => lockModes.indexOf(mode);

/** Collects the locks and scans to add. */
class Wanted {
  readonly locks = new Map<number, LockMode>();
  readonly scans: string[] = [];
  readonly snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  /** Without a schema, the search path finds the relation. */
  lock(named: Relation, mode: LockMode): void {
    const { path } = this.snapshot;
    const rows = relationsNamed(named, this.snapshot);
    const first = path.flatMap((schema) => rows.find((row) => row.schema === schema) ?? [])[0] ?? rows[0];
    if (first !== undefined) this.add(first.oid, mode);
  }

  /** Locks a table with its indexes, as the planner does. */
  lockTable(oid: number, mode: LockMode): boolean {
    const isNews = this.add(oid, mode);
    for (const { oid: index, index: facts, kind } of this.snapshot.relations.values()) {
      if (facts?.table === oid && kind === 'i') this.add(index, mode);
    }
    return isNews;
  }

  add(oid: number, mode: LockMode): boolean {
    const known = this.locks.get(oid);
    if (known !== undefined && rank(known) >= rank(mode)) return false;
    this.locks.set(oid, mode);
    return true;
  }
}

/** A new column with a sequence calls nextval for every row. */
function sequencesOfColumns({ before, after }: Input): readonly Relation[] {
  return [...after.columns]
    .filter(([key, { relation }]) => !before.columns.has(key) && before.relations.has(relation))
    .flatMap(([, { expression }]) => sequencesIn(expression));
}

function followWrite(wanted: Wanted, { before, unchecked }: Input, compared: Compared, write: Write): void {
  const { inserts, deletes, sets } = write;
  const targets = findTargets(write.table, before);
  const written = [...compared.held].filter(
    ([oid, { mode }]) => rank(mode) >= rank('ROW EXCLUSIVE') && targets.has(oid),
  );
  for (const [oid] of written) {
    const name = before.relations.get(oid)?.name;
    // Where rows were inserted, they have shown these effects themselves.
    const isShown = compared.effects.rows.some(({ relation, inserted }) => relation === name && inserted > 0);
    if (inserts && !isShown && write.nulls === undefined) askSequences(wanted, before, oid, write.fills);
    const nulls = inserts ? unfilled(before, write, oid) : [];
    if (inserts && (!isShown || unchecked)) checkReferences(wanted, before, oid, { sets: undefined, empties: nulls });
    if (sets.length > 0) checkReferences(wanted, before, oid, { sets, empties: emptied(before, write, oid) });
    if (sets.length > 0) fireReferring(wanted, before, oid, sets);
    if (deletes) fireReferring(wanted, before, oid, undefined);
  }
}

/** The columns that are NULL in every inserted row. */
function unfilled({ columns }: Snapshot, { nulls, fills }: Write, table: number): readonly string[] {
  if (nulls !== undefined) return nulls.flatMap((number) => columns.get(`${table}.${number}`)?.name ?? []);
  if (fills === undefined) return [];
  return [...columns.values()].flatMap(({ relation, name, expression }) =>
    relation === table && expression === null && !fills.includes(name) ? [name] : [],
  );
}

/** The columns that an UPDATE sets to NULL in every row. */
function emptied({ columns }: Snapshot, { empties, defaults }: Write, table: number): readonly string[] {
  const unset = [...columns.values()].filter(
    ({ relation, name, expression }) => relation === table && expression === null && defaults.includes(name),
  );
  return [...empties, ...unset.map(({ name }) => name)];
}

function findTargets(table: Relation, snapshot: Snapshot): ReadonlySet<number> {
  const found = withHeirs(relationsNamed(table, snapshot), snapshot);
  return new Set(found.map(({ oid }) => oid));
}

/** The names of a table, its partitions and children. */
function descend(name: string | undefined, snapshot: Snapshot): readonly string[] {
  const own = [...snapshot.relations.values()].filter((relation) => relation.name === name);
  return withHeirs(own, snapshot).map((relation) => relation.name);
}

function withHeirs(own: readonly RelationRow[], { relations }: Snapshot): readonly RelationRow[] {
  const all = [...relations.values()];
  const found = new Set(own.filter(({ kind }) => kind === 'r' || kind === 'p'));
  for (const parent of found) for (const child of childrenOf(parent, all)) found.add(child);
  return [...found];
}

function askSequences(wanted: Wanted, { columns }: Snapshot, table: number, given: readonly string[] = []): void {
  for (const { relation, name: column, expression, sequence } of columns.values()) {
    if (relation !== table || given.includes(column)) continue;
    for (const name of sequencesIn(expression)) wanted.lock(name, 'ROW EXCLUSIVE');
    if (sequence !== null) wanted.add(sequence, 'ROW EXCLUSIVE');
  }
}

interface Changed {
  /** The columns that are written, or undefined for all of them. */
  readonly sets: readonly string[] | undefined;
  readonly empties: readonly string[];
}

/** A new reference locks the referenced row FOR KEY SHARE. A reference that is NULL locks nothing. */
function checkReferences(wanted: Wanted, snapshot: Snapshot, table: number, { sets, empties }: Changed): void {
  for (const key of foreignKeys(snapshot)) {
    if (key.relation !== table || !touches(snapshot, table, key.columns, sets)) continue;
    if (empties.length === 0 || !touches(snapshot, table, key.columns, empties))
      wanted.lockTable(key.references, 'ROW SHARE');
  }
}

/** When a row is deleted, or its key changes, the rows that reference it are looked up. */
function fireReferring(wanted: Wanted, snapshot: Snapshot, table: number, sets: readonly string[] | undefined): void {
  for (const key of foreignKeys(snapshot)) {
    if (key.references !== table || !touches(snapshot, table, key.referenced, sets)) continue;
    const action = sets === undefined ? key.onDelete : key.onUpdate;
    const onlyLooks = action === 'a' || action === 'r';
    const isNews = wanted.lockTable(key.relation, onlyLooks ? 'ROW SHARE' : 'ROW EXCLUSIVE');
    if (!isCovered(key, snapshot)) wanted.scans.push(snapshot.relations.get(key.relation)?.name ?? '');
    if (isNews && !onlyLooks)
      fireReferring(wanted, snapshot, key.relation, setByAction(action, key, snapshot, sets === undefined));
  }
}

/** ON DELETE CASCADE deletes the referencing row. All other actions write to the columns of the key. */
function setByAction(
  action: string,
  { relation, columns }: ConstraintRow,
  snapshot: Snapshot,
  isGone: boolean,
): readonly string[] | undefined {
  return action === 'c' && isGone ? undefined : namesOf(snapshot, relation, columns);
}

function namesOf({ columns }: Snapshot, table: number, numbers: readonly number[]): readonly string[] {
  return numbers.flatMap((number) => columns.get(`${table}.${number}`)?.name ?? []);
}

function foreignKeys({ constraints }: Snapshot): readonly ConstraintRow[] {
  return [...constraints.values()].filter(({ kind }) => kind === 'f');
}

function touches(
  { columns }: Snapshot,
  table: number,
  keys: readonly number[],
  sets: readonly string[] | undefined,
): boolean {
  return sets === undefined || keys.some((number) => sets.includes(columns.get(`${table}.${number}`)?.name ?? ''));
}

function isCovered({ relation, columns }: ConstraintRow, { relations }: Snapshot): boolean {
  return [...relations.values()].some(
    ({ index }) =>
      index?.table === relation &&
      !index.partial &&
      columns.every((column) => index.keys.slice(0, columns.length).includes(column)),
  );
}
