import { type ColumnChange, changesOf } from '../facts/changes.ts';
import { constraintsAdded } from '../facts/constraints.ts';
import { isOnly, readsOf } from '../facts/family.ts';
import { listRelations } from '../facts/relations.ts';
import { changes, either, topmost } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { columnWay } from '../ways/column.ts';
import { setNotNull } from '../ways/not-null.ts';
import { after } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'not-null-scans',
  group: 'constraints',
  place: 90,
  severity: 'error',
  title: 'SET NOT NULL reads the whole table while it is locked',
  why: 'It checks under ACCESS EXCLUSIVE that no row is NULL, unless a valid CHECK already proves that.',
  found: 'ALTER TABLE orders ALTER COLUMN note SET NOT NULL;',
  letBe: 'ALTER TABLE proven ALTER COLUMN id SET NOT NULL;',
  on: topmost(either(changes('not-null', 'column'), { find: filledAndClosed })),
  judge: (change, { statement }) => {
    const { kind, relation, column } = change;
    const reads = readsOf(statement, relation);
    if (reads.length === 0 || constraintsAdded(statement, 'primary key').length > 0) return [];
    const way =
      kind === 'created'
        ? after('with the column itself, where its default proves it:', columnWay(statement, change))
        : setNotNull(statement, relation, column.name, isOnly(statement, relation));
    return [
      {
        relation,
        tells: { read: reads },
        message: `reads all of ${listRelations(statement, reads)} under a lock that keeps everybody out`,
        advice: way,
      },
    ];
  },
});

/** A column that is made and closed in two strokes is read for the second, unless something else has it read. */
function filledAndClosed(statement: MeasuredStatement): readonly ColumnChange[] {
  const others = ['check', 'foreign key', 'unique', 'exclude'] as const;
  if (others.some((kind) => constraintsAdded(statement, kind).length > 0)) return [];
  return changesOf(statement, 'created', 'column').filter(
    ({ relation, column }) => column.notNull && column.fills && !statement.rewrites.includes(relation),
  );
}
