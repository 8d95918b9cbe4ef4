import { quoteIdent } from '../../sql/quote.ts';
import { inOwnRevision } from '../advice/words.ts';
import type { Change } from '../change.ts';
import type { Build } from '../effects.ts';
import { changesOf, isReplaced } from '../facts/changes.ts';
import type { TableConstraintChange } from '../facts/constraints.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import { asNamed, besideIndex, concurrently, useIndex } from './builds.ts';
import { dropReplaced } from './check.ts';
import { addFirst, counterOf } from './column.ts';
import { dropProof, proveNotNull } from './not-null.ts';

/** The index first, beside normal work. What is not NOT NULL yet is proven, or a primary key would read it all. */
export function keyWay(statement: MeasuredStatement, change: TableConstraintChange, build: Build): readonly string[] {
  const { relation, constraint, to = '' } = change;
  const { name, kind, columns } = constraint;
  const opened = kind === 'primary key' ? nullsIn(statement, relation, columns) : [];
  const named = beside(statement, change, build);
  return [
    ...addFirst(statement, relation, columns, kind === 'primary key'),
    inOwnRevision(`${concurrently(named)};`),
    ...(opened.length === 0 ? [] : ['-- then:', ...proveNotNull(statement, relation, opened)]),
    '-- then, in one revision:',
    ...dropReplaced(statement, change),
    useIndex(relation, name, kind, named.index, to),
    ...(opened.length === 0 ? [] : [dropProof(statement, relation, opened)]),
  ];
}

/** USING INDEX is refused for a partitioned table; but it takes over what its partitions have. */
export function partedKeyWay(
  statement: MeasuredStatement,
  change: TableConstraintChange,
  builds: readonly Build[],
): readonly string[] {
  const { relation, constraint, to = '' } = change;
  const { name, kind, columns } = constraint;
  const opened = kind === 'primary key' ? nullsIn(statement, relation, columns) : [];
  const proofs = opened.length === 0 ? [] : ['-- then:', ...proveNotNull(statement, relation, opened)];
  return [
    ...addFirst(statement, relation, columns, kind === 'primary key'),
    inOwnRevision(...builds.map((build) => `${concurrently(beside(statement, change, build))};`)),
    ...proofs,
    '-- then, in one revision:',
    ...dropReplaced(statement, change),
    ...builds.map((build) =>
      useIndex(build.table, shortName(build.index), kind, beside(statement, change, build).index, to),
    ),
    '-- and, which takes these over and builds nothing:',
    `ALTER TABLE ${relation} ADD CONSTRAINT ${quoteIdent(name)} ${to};`,
    ...(opened.length === 0 ? [] : [dropProof(statement, relation, opened)]),
  ];
}

/** The index of the constraint that it takes the place of still has the name. */
function beside(statement: MeasuredStatement, { object }: Change, build: Build): Build {
  return isReplaced(statement, object) ? asNamed(build, besideIndex(build.index)) : build;
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
