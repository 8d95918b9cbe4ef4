import { quoteIdent } from '../../sql/quote.ts';
import type { ConstraintFacts } from '../change.ts';
import { type ConstraintChange, changesOf } from '../facts/changes.ts';
import { readsOf } from '../facts/family.ts';
import type { MeasuredStatement } from '../measured.ts';

const rules: Readonly<Record<ConstraintFacts['kind'], string>> = {
  'primary key': 'primary-key-builds-index',
  unique: 'unique-builds-index',
  exclude: 'exclude-builds-index',
  check: 'check-validated',
  'foreign key': 'foreign-key-validated',
  'not null': 'not-null-scans',
};

/**
 * A statement that makes a column with constraints has a finding for each, and each way makes the column: what this one leaves out, and which
 * one has it. `own`: the constraint that it is about.
 */
export function noteLeftOut(
  statement: MeasuredStatement,
  relation: string,
  columns: readonly string[],
  own?: ConstraintChange,
): readonly string[] {
  const made = changesOf(statement, 'created', 'column')
    .filter((change) => change.relation === relation && columns.includes(change.column.name))
    .map(({ column }) => column.name);
  return changesOf(statement, 'created', 'constraint').flatMap((change) => {
    const { constraint } = change;
    const shared = made.filter((name) => constraint.columns.includes(name)).map(quoteIdent);
    const isOther = change.relation === relation && change !== own && constraint.kind !== 'not null';
    if (!isOther || shared.length === 0) return [];
    const name = quoteIdent(constraint.name);
    return isFound(statement, change)
      ? [
          `-- (constraint ${name} is left out here: the way of ${rules[constraint.kind]} has it; make ${shared.join(', ')} once, in one of them)`,
        ]
      : [
          `-- (constraint ${name} is left out here: add it after this, NOT VALID, and validate it in a revision of its own)`,
        ];
  });
}

function isFound(statement: MeasuredStatement, { relation = '', constraint }: ConstraintChange): boolean {
  const isChecked = constraint.kind === 'check' || constraint.kind === 'foreign key';
  return !isChecked || (constraint.validated && readsOf(statement, relation).length > 0);
}
