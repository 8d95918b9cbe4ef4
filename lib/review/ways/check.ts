import { quoteIdent } from '../../sql/quote.ts';
import { isReplaced } from '../facts/changes.ts';
import type { TableConstraintChange } from '../facts/constraints.ts';
import { partitionsOf } from '../facts/family.ts';
import type { MeasuredStatement } from '../measured.ts';
import { addConstraint, addNotValid, dropConstraint, renameConstraint, validate } from './actions.ts';
import { addFirst } from './column.ts';
import { freeName } from './free-name.ts';
import { proveLater } from './not-null.ts';
import type { Way } from './way.ts';
import { later, run, under } from './way.ts';

/** Of a constraint that takes the place of another one of its name. */
export function dropReplaced(statement: MeasuredStatement, change: TableConstraintChange): readonly string[] {
  const { object, relation, constraint } = change;
  return isReplaced(statement, object) ? [dropConstraint(relation, quoteIdent(constraint.name))] : [];
}

/** A CHECK or a foreign key that is added at once, and held against the old rows beside normal work. */
export function checkWay(statement: MeasuredStatement, change: TableConstraintChange): Way {
  const { object, relation, constraint, to = '' } = change;
  const name = quoteIdent(constraint.name);
  const isTaken = isReplaced(statement, object);
  const fresh = isTaken ? freeName(statement, name, 'new') : name;
  const parts = constraint.kind === 'foreign key' ? partitionsOf(statement, relation) : [];
  const replace = isTaken
    ? under(
        'then, in one revision, in the place of the old one:',
        ...dropReplaced(statement, change),
        ...[relation, ...parts].map((table) => renameConstraint(table, fresh, name)),
      )
    : run();
  return [
    ...addFirst(statement, relation, constraint.columns),
    ...(parts.length === 0 ? proveLater(relation, fresh, to) : proveParts(relation, parts, fresh, to)),
    replace,
  ];
}

/** Up to PostgreSQL 17 NOT VALID is refused for a foreign key of a partitioned table. */
function proveParts(relation: string, parts: readonly string[], name: string, definition: string): Way {
  return [
    run(...parts.map((part) => addNotValid(part, name, definition))),
    later(...parts.map((part) => validate(part, name))),
    under('then, which takes these over and reads nothing:', addConstraint(relation, name, definition)),
  ];
}
