import { quoteIdent } from '../../sql/quote.ts';
import type { ColumnDependent, ColumnNote, Counter } from '../advice-facts.ts';
import type { ColumnFacts } from '../change.ts';
import type { ColumnChange } from '../facts/changes.ts';
import { childrenOf } from '../facts/family.ts';
import type { MeasuredStatement } from '../measured.ts';
import { counterOf } from './column.ts';
import { firedBehind, obstaclesToFill } from './firing.ts';
import { freeName, nameLast } from './free-name.ts';
import { nameProof, proveLater } from './not-null.ts';
import type { Way } from './way.ts';
import { after, note } from './way.ts';

/** Two columns that stand beside each other for a while. */
export interface Swap {
  readonly statement: MeasuredStatement;
  readonly table: string;
  readonly old: string;
  readonly fresh: string;
  /** As it is called when the old one is gone. */
  readonly name: string;
  readonly column: ColumnFacts;
  /** Its definitions speak of `name`, not yet of `fresh`. */
  readonly dependents: readonly ColumnDependent[];
  readonly children: readonly string[];
  /** Its function's name; the trigger is called after it. */
  readonly trigger: string;
  /** Of an identity column. */
  readonly counter: Counter | undefined;
  /** `CREATE STATISTICS …` */
  readonly statistics: readonly string[];
}

export function beside(
  statement: MeasuredStatement,
  table: string,
  old: string,
  fresh: string,
  name: string,
  column: ColumnFacts,
): Swap {
  const { adviceFacts } = statement;
  const dependents = (adviceFacts?.dependents ?? []).filter((one) => one.relation === table && one.column === name);
  const counter = counterOf(statement, table, column.name);
  const statistics = notesOn(adviceFacts?.statistics, table, column.name);
  const trigger = nameFill(statement, table, fresh);
  return {
    statement,
    trigger,
    table,
    old,
    fresh,
    name,
    column,
    dependents,
    children: childrenOf(statement, table),
    counter,
    statistics,
  };
}

function nameFill(statement: MeasuredStatement, table: string, fresh: string): string {
  return freeName(statement, table, fresh, 'fill');
}

export function notesOn(notes: readonly ColumnNote[] = [], table: string, name: string): readonly string[] {
  return notes.filter(({ relation, column }) => relation === table && column === name).map(({ text }) => text);
}

/** What no column beside this one can take over: then there is no such way. */
export function obstaclesTo(
  statement: MeasuredStatement,
  { relation, column }: ColumnChange,
  fresh: string,
): readonly string[] {
  const { adviceFacts } = statement;
  const isParent = adviceFacts?.children.some(({ of }) => of === relation) ?? false;
  // Those of partitions and children are made with their parent's, which can not be done beside normal work.
  const dependents = (adviceFacts?.dependents ?? []).filter(
    (one) => one.relation === relation && one.column === column.name,
  );
  return [
    ...notesOn(adviceFacts?.obstacles, relation, column.name),
    ...obstaclesToFill(statement, relation),
    ...firedBehind(statement, relation, nameLast(nameFill(statement, relation, fresh))),
    ...(isParent
      ? [
          ...new Set(
            dependents.map(
              ({ kind, name }) => `${kind} ${quoteIdent(name)}, which its partitions and children have too`,
            ),
          ),
        ]
      : []),
  ];
}

/** Whoever says no columns is told of one that is somewhere else. */
export function lastPlace(table: string): string {
  return note(
    `the new column is the last one: code that inserts into ${table} or copies it without a list of columns must get one first`,
  );
}

/** That no batch was forgotten, before the old values are dropped. NOT NULL proves it as well. */
export function proveFilled({ statement, table, fresh, column }: Swap, from: string): Way {
  if (column.notNull) return [];
  const test = `CHECK (${quoteIdent(fresh)} IS NOT NULL OR ${from} IS NULL)`;
  return after('then:', proveLater(table, nameProof(statement, table, [fresh]), test));
}
