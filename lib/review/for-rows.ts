import { type Node, parse } from '../sql/parser.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Relation, Statement } from '../sql/source.ts';
import { type Compared, listLocks } from './compare.ts';
import { type LockMode, lockModes } from './measured.ts';
import type { ConstraintRow, Snapshot } from './probe.ts';

/** What a statement would do to the rows that scratch has not. */
export interface Write {
  readonly table: Relation;
  readonly inserts: boolean;
  readonly deletes: boolean;
  /** Columns that an UPDATE sets. */
  readonly sets: readonly string[];
}

interface Input {
  readonly base: Snapshot;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly number: number;
  readonly writes: readonly Write[];
  /** Rows were written without the checks of foreign keys, because scratch lacks what they refer to. */
  readonly unchecked: boolean;
  /** Tables that its plan reads from end to end. */
  readonly read: readonly string[];
}

/**
 * On empty tables, triggers of foreign keys never fire, sequences are not asked and the second table of a join is not read. What follows
 * from the catalogs for the first row there is, is added: locks as stated, and scans.
 */
export function addForRows(compared: Compared, input: Input): Compared {
  const { base, before, after, number, writes, read } = input;
  const wanted = new Wanted(before);
  const { effects } = compared;
  for (const { kind, constraint, relation } of effects.changes) {
    const isProven = constraint?.validated === true && (kind === 'created' || kind === 'validated');
    // A new column is empty in every row: nothing is looked up.
    if (isProven && constraint.references !== undefined && effects.scans.includes(relation ?? ''))
      wanted.scans.push(constraint.references);
  }
  for (const name of sequencesOfColumns(input)) wanted.lock(name, 'ROW EXCLUSIVE');
  for (const write of writes) followWrite(wanted, input, compared, write);
  const isOld = (name: string) =>
    [...before.relations.values()].some(
      (row) => row.name === name && base.relations.has(row.oid) && 'rm'.includes(row.kind),
    );
  const scans = [...new Set([...effects.scans, ...[...wanted.scans, ...read].filter(isOld)])].sort();
  const held = new Map(compared.held);
  for (const [oid, mode] of wanted.locks) {
    const known = held.get(oid);
    if (!base.relations.has(oid) || !after.relations.has(oid)) continue;
    if (known === undefined || rank(mode) > rank(known.mode)) held.set(oid, { mode, since: number, stated: true });
  }
  return { held, effects: { ...effects, scans, locks: listLocks(input, held) } };
}

const rank = (mode: LockMode): number => lockModes.indexOf(mode);

/** A worklist of what to add. */
class Wanted {
  readonly locks = new Map<number, LockMode>();
  readonly scans: string[] = [];
  readonly snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  lock(name: string, mode: LockMode): void {
    const row = [...this.snapshot.relations.values()].find((relation) => relation.name === name);
    if (row !== undefined) this.add(row.oid, mode);
  }

  /** With its indexes, as the planner opens them. */
  lockTable(oid: number, mode: LockMode): boolean {
    const isNews = this.add(oid, mode);
    for (const { oid: index, index: facts, kind } of this.snapshot.relations.values()) {
      if (facts?.table === oid && kind === 'i') this.add(index, mode);
    }
    return isNews;
  }

  private add(oid: number, mode: LockMode): boolean {
    const known = this.locks.get(oid);
    if (known !== undefined && rank(known) >= rank(mode)) return false;
    this.locks.set(oid, mode);
    return true;
  }
}

/** A new column that counts its rows asks its sequence for each of them. */
function sequencesOfColumns({ before, after }: Input): readonly string[] {
  return [...after.columns]
    .filter(([key, { relation }]) => !before.columns.has(key) && before.relations.has(relation))
    .flatMap(([, { expression }]) => sequenceIn(expression));
}

function sequenceIn(expression: string | null): readonly string[] {
  const [, name] = /\bnextval\('([^']+)'::regclass\)/.exec(expression ?? '') ?? [];
  return name === undefined ? [] : [name];
}

function followWrite(wanted: Wanted, { before, unchecked }: Input, compared: Compared, write: Write): void {
  const targets = findTargets(write.table, before);
  const written = [...compared.held].filter(([oid, { mode }]) => mode === 'ROW EXCLUSIVE' && targets.has(oid));
  for (const [oid] of written) {
    const name = before.relations.get(oid)?.name;
    // Rows that were there to be inserted have shown all that themselves.
    const isShown = compared.effects.rows.some(({ relation, inserted }) => relation === name && inserted > 0);
    if (write.inserts && !isShown) askSequences(wanted, before, oid);
    if (write.inserts && (!isShown || unchecked)) checkReferences(wanted, before, oid, undefined);
    if (write.sets.length > 0) checkReferences(wanted, before, oid, write.sets);
    if (write.sets.length > 0) fireReferring(wanted, before, oid, write.sets);
    if (write.deletes) fireReferring(wanted, before, oid, undefined);
  }
}

/** With partitions and children. */
function findTargets({ schema, name }: Relation, { relations }: Snapshot): ReadonlySet<number> {
  const tables = [...relations.values()].filter(({ kind }) => kind === 'r' || kind === 'p');
  const own = schema === undefined ? `.${quoteIdent(name)}` : `${quoteIdent(schema)}.${quoteIdent(name)}`;
  const found = new Set(
    tables.filter((table) => table.name === own || (schema === undefined && table.name.endsWith(own))),
  );
  for (const parent of found) {
    for (const table of tables) {
      const [, parents = ''] = /(?:^| )of (.*)$/.exec(table.settings) ?? [];
      if (parents.split(', ').some((one) => one === parent.name)) found.add(table);
    }
  }
  return new Set([...found].map(({ oid }) => oid));
}

function askSequences(wanted: Wanted, { columns, relations }: Snapshot, table: number): void {
  for (const { relation, expression, sequence } of columns.values()) {
    if (relation !== table) continue;
    for (const name of sequenceIn(expression)) wanted.lock(name, 'ROW EXCLUSIVE');
    const name = sequence === null ? undefined : relations.get(sequence)?.name;
    if (name !== undefined) wanted.lock(name, 'ROW EXCLUSIVE');
  }
}

/** A new reference looks its row up, FOR KEY SHARE. */
function checkReferences(wanted: Wanted, snapshot: Snapshot, table: number, sets: readonly string[] | undefined): void {
  for (const key of foreignKeys(snapshot)) {
    if (key.relation === table && touches(snapshot, table, key.columns, sets))
      wanted.lockTable(key.references, 'ROW SHARE');
  }
}

/** A row that goes, or changes its key, looks up what refers to it. */
function fireReferring(wanted: Wanted, snapshot: Snapshot, table: number, sets: readonly string[] | undefined): void {
  for (const key of foreignKeys(snapshot)) {
    if (key.references !== table || !touches(snapshot, table, key.referenced, sets)) continue;
    const action = sets === undefined ? key.onDelete : key.onUpdate;
    const isNews = wanted.lockTable(key.relation, action === 'a' || action === 'r' ? 'ROW SHARE' : 'ROW EXCLUSIVE');
    if (!isCovered(key, snapshot)) wanted.scans.push(snapshot.relations.get(key.relation)?.name ?? '');
    if (isNews && action === 'c' && sets === undefined) fireReferring(wanted, snapshot, key.relation, undefined);
  }
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

/** Whether a statement is about rows, so that it has a plan. */
export function isRows(label: string): boolean {
  return ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'WITH', 'SELECT', 'VALUES'].includes(label);
}

/** What it writes, from PostgreSQL's own parse tree. */
export function findWrites({ text, label }: Statement): readonly Write[] {
  if (!isRows(label)) return [];
  try {
    return [...parse({ file: '', text })].flatMap(({ node }) => writesOf(node));
  } catch {
    // A file that is not to be parsed.
    return [];
  }
}

interface Target {
  readonly schemaname?: string;
  readonly relname?: string;
}

function writeTo({ schemaname, relname = '' }: Target = {}, what: Partial<Write>): Write {
  const table = { ...(schemaname && { schema: schemaname }), name: relname };
  return { table, inserts: false, deletes: false, sets: [], ...what };
}

function writesOf(node: Node): readonly Write[] {
  if ('InsertStmt' in node) {
    const { relation, onConflictClause, withClause } = node.InsertStmt;
    return [
      writeTo(relation, { inserts: true, sets: targetsOf(onConflictClause?.targetList) }),
      ...withins(withClause?.ctes),
    ];
  }
  if ('UpdateStmt' in node) {
    const { relation, targetList, withClause } = node.UpdateStmt;
    return [writeTo(relation, { sets: targetsOf(targetList) }), ...withins(withClause?.ctes)];
  }
  if ('DeleteStmt' in node) {
    const { relation, withClause } = node.DeleteStmt;
    return [writeTo(relation, { deletes: true }), ...withins(withClause?.ctes)];
  }
  if ('SelectStmt' in node) return withins(node.SelectStmt.withClause?.ctes);
  if ('MergeStmt' in node) {
    const { relation, mergeWhenClauses = [] } = node.MergeStmt;
    return mergeWhenClauses.flatMap((clause): readonly Write[] => {
      if (!('MergeWhenClause' in clause)) return [];
      const { commandType, targetList } = clause.MergeWhenClause;
      const sets = commandType === 'CMD_UPDATE' ? targetsOf(targetList) : [];
      return [
        writeTo(relation, { inserts: commandType === 'CMD_INSERT', deletes: commandType === 'CMD_DELETE', sets }),
      ];
    });
  }
  return [];
}

function withins(ctes: readonly Node[] | undefined): readonly Write[] {
  return (ctes ?? []).flatMap((cte) =>
    'CommonTableExpr' in cte && cte.CommonTableExpr.ctequery ? writesOf(cte.CommonTableExpr.ctequery) : [],
  );
}

function targetsOf(targets: readonly Node[] | undefined): readonly string[] {
  return (targets ?? []).flatMap((target) =>
    'ResTarget' in target && target.ResTarget.name ? [target.ResTarget.name] : [],
  );
}

interface PlanNode {
  readonly 'Node Type'?: string;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** The relations that an `EXPLAIN (FORMAT JSON, VERBOSE)` reads from end to end. */
export function readPlan(json: string): readonly string[] {
  const plans = JSON.parse(json) as readonly { readonly Plan?: PlanNode }[];
  return plans.flatMap(({ Plan }) => (Plan === undefined ? [] : scansOf(Plan)));
}

function scansOf(node: PlanNode): readonly string[] {
  const { Schema, Plans = [], 'Node Type': type, 'Relation Name': name } = node;
  const own =
    type === 'Seq Scan' && Schema !== undefined && name !== undefined
      ? [`${quoteIdent(Schema)}.${quoteIdent(name)}`]
      : [];
  return [...own, ...Plans.flatMap(scansOf)];
}
