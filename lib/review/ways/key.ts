import { quoteIdent } from '../../sql/quote.ts';
import type { Build } from '../effects.ts';
import { changesOf, isReplaced } from '../facts/changes.ts';
import type { TableConstraintChange } from '../facts/constraints.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import { addConstraint, useIndex } from './actions.ts';
import { asNamed, buildConcurrently } from './builds.ts';
import { dropReplaced } from './check.ts';
import { addFirst, counterOf } from './column.ts';
import { nameBeside } from './free-name.ts';
import { dropProof, proveNotNull } from './not-null.ts';
import type { Way } from './way.ts';
import { after, outsideTransaction, under } from './way.ts';

/** The index first, beside normal work. What is not NOT NULL yet is proven, or a primary key would read it all. */
export function keyWay(statement: MeasuredStatement, change: TableConstraintChange, build: Build): Way {
  const { relation, constraint, to = '' } = change;
  const named = beside(statement, change, build);
  const index = quoteIdent(shortName(named.index));
  return [
    ...buildFirst(statement, change, [named]),
    under(
      'then, in one revision:',
      ...dropReplaced(statement, change),
      useIndex(relation, quoteIdent(constraint.name), constraint.kind, index, to),
      ...dropProofs(statement, change),
    ),
  ];
}

/** USING INDEX is refused for a partitioned table; but it takes over what its partitions have. */
export function partedKeyWay(
  statement: MeasuredStatement,
  change: TableConstraintChange,
  builds: readonly Build[],
): Way {
  const { relation, constraint, to = '' } = change;
  const named = builds.map((build) => ({
    name: quoteIdent(shortName(build.index)),
    ...beside(statement, change, build),
  }));
  return [
    ...buildFirst(statement, change, named),
    under(
      'then, in one revision:',
      ...dropReplaced(statement, change),
      ...named.map(({ table, name, index }) =>
        useIndex(table, name, constraint.kind, quoteIdent(shortName(index)), to),
      ),
    ),
    under(
      'and, which takes these over and builds nothing:',
      addConstraint(relation, quoteIdent(constraint.name), to),
      ...dropProofs(statement, change),
    ),
  ];
}

function buildFirst(statement: MeasuredStatement, change: TableConstraintChange, builds: readonly Build[]): Way {
  const { relation, constraint } = change;
  const opened = openedBy(statement, change);
  return [
    ...addFirst(statement, relation, constraint.columns, constraint.kind === 'primary key'),
    outsideTransaction(...builds.map(buildConcurrently)),
    ...(opened.length === 0 ? [] : after('then:', proveNotNull(statement, relation, opened))),
  ];
}

function dropProofs(statement: MeasuredStatement, change: TableConstraintChange): readonly string[] {
  const opened = openedBy(statement, change);
  return opened.length === 0 ? [] : [dropProof(statement, change.relation, opened)];
}

/** The index of the constraint that it takes the place of still has the name. */
function beside(statement: MeasuredStatement, { object }: TableConstraintChange, build: Build): Build {
  return isReplaced(statement, object) ? asNamed(build, nameBeside(statement, build.index)) : build;
}

/** Columns of a primary key that were not NOT NULL before it. */
function openedBy(statement: MeasuredStatement, { relation, constraint }: TableConstraintChange): readonly string[] {
  return constraint.kind === 'primary key' ? nullsIn(statement, relation, constraint.columns) : [];
}

function nullsIn(statement: MeasuredStatement, relation: string, columns: readonly string[]): readonly string[] {
  // What comes as an identity is closed for that.
  const fresh = changesOf(statement, 'created', 'column').filter(
    ({ column }) => counterOf(statement, relation, column.name) === undefined,
  );
  const closed = [...changesOf(statement, 'not-null', 'column'), ...fresh].filter(
    (change) => change.relation === relation,
  );
  return columns.filter((name) => closed.some(({ column }) => column.name === name));
}
