import { quoteIdent } from '../../sql/quote.ts';
import { isReplaced } from '../facts/changes.ts';
import type { TableConstraintChange } from '../facts/constraints.ts';
import { partitionsOf } from '../facts/family.ts';
import type { MeasuredStatement } from '../measured.ts';
import { addFirst } from './column.ts';
import { nameAfter } from './free-name.ts';
import { proveLater } from './not-null.ts';

export function dropReplaced(
  statement: MeasuredStatement,
  { object, relation, constraint }: TableConstraintChange,
): readonly string[] {
  return isReplaced(statement, object)
    ? [`ALTER TABLE ${relation} DROP CONSTRAINT ${quoteIdent(constraint.name)};`]
    : [];
}

export function checkWay(statement: MeasuredStatement, change: TableConstraintChange): readonly string[] {
  const { object, relation, constraint, to = '' } = change;
  const name = quoteIdent(constraint.name);
  const isTaken = isReplaced(statement, object);
  const fresh = isTaken ? nameAfter(name, 'new') : name;
  const first = addFirst(statement, relation, constraint.columns);
  const parts = constraint.kind === 'foreign key' ? partitionsOf(statement, relation) : [];
  const rename = [relation, ...parts].map((table) => `ALTER TABLE ${table} RENAME CONSTRAINT ${fresh} TO ${name};`);
  const replace = isTaken
    ? ['-- then, in one revision, in the place of the old one:', ...dropReplaced(statement, change), ...rename]
    : [];
  if (parts.length === 0) return [...first, ...proveLater(relation, fresh, to), ...replace];
  // Up to PostgreSQL 17 NOT VALID is refused for a foreign key of a partitioned table.
  return [
    ...first,
    ...parts.map((part) => `ALTER TABLE ${part} ADD CONSTRAINT ${fresh} ${to} NOT VALID;`),
    '-- in a revision of its own, so that the lock is not held:',
    ...parts.map((part) => `ALTER TABLE ${part} VALIDATE CONSTRAINT ${fresh};`),
    '-- then, which takes these over and reads nothing:',
    `ALTER TABLE ${relation} ADD CONSTRAINT ${fresh} ${to};`,
    ...replace,
  ];
}
