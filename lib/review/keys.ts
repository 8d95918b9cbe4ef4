import type { Comparison } from './comparison.ts';
import type { UnindexedKey } from './measured.ts';
import { findRebuiltConstraints } from './rebuilt.ts';
import type { ConstraintRow, Snapshot } from './snapshot.ts';

/** Remembers which statement created which foreign key. Its index may be created later, in the same file or in another one. */
export interface KeyRecord {
  /** Has to be called when a step begins, also when it begins a second time. */
  begin(step: string): void;
  note(statement: number, snapshots: Pick<Comparison, 'base' | 'before' | 'after'>): void;
  /** The foreign keys that the statement created and that no index supports now. */
  unindexed(step: string, statement: number): readonly UnindexedKey[];
}

interface Noted {
  readonly step: string;
  readonly statement: number;
  readonly row: ConstraintRow;
  readonly key: UnindexedKey;
}

export function recordKeys(): KeyRecord {
  let noted: readonly Noted[] = [];
  let last: Snapshot | undefined;
  let current = '';
  return {
    begin: (step) => {
      current = step;
      noted = noted.filter((one) => one.step !== step);
    },
    note: (statement, snapshots) => {
      last = snapshots.after;
      noted = [...noted, ...findMade(snapshots).map((made) => ({ step: current, statement, ...made }))];
    },
    unindexed: (step, statement) =>
      noted.flatMap(({ row, key, ...one }) => {
        const isAsked = one.step === step && one.statement === statement;
        return isAsked && last !== undefined && isUnindexed(row, last) ? [key] : [];
      }),
  };
}

function findMade({
  base,
  before,
  after,
}: Pick<Comparison, 'base' | 'before' | 'after'>): readonly Pick<Noted, 'row' | 'key'>[] {
  const remade = findRebuiltConstraints({ before, after });
  return [...after.constraints.values()].flatMap((row) => {
    const isOld = before.constraints.has(row.oid) || remade.has(row.oid);
    const table = after.relations.get(row.relation);
    // A foreign key that a partition has from its parent is told with the parent's.
    if (row.kind !== 'f' || row.inherited || table === undefined || isOld) return [];
    const columns = row.columns.map((number) => after.columns.get(`${row.relation}.${number}`)?.name ?? '');
    const references = after.relations.get(row.references)?.name ?? '';
    const fresh = !base.relations.has(row.relation);
    return [{ row, key: { constraint: row.name, relation: table.name, columns, references, fresh } }];
  });
}

/** Finds the constraint after a change of type, which rebuilds it under its old name. */
function findAgain({ oid, relation, name }: ConstraintRow, { constraints }: Snapshot): ConstraintRow | undefined {
  return (
    constraints.get(oid) ?? [...constraints.values()].find((one) => one.relation === relation && one.name === name)
  );
}

/** Whether the key still exists and no valid, complete index starts with its columns in any order. */
function isUnindexed(row: ConstraintRow, last: Snapshot): boolean {
  const now = findAgain(row, last);
  if (now === undefined) return false;
  const { relation, columns } = now;
  return ![...last.relations.values()].some(
    ({ index }) =>
      index?.table === relation &&
      !index.partial &&
      index.valid &&
      columns.every((column) => index.keys.slice(0, columns.length).includes(column)),
  );
}
