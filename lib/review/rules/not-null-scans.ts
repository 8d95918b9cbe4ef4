import type { Change } from '../change.ts';
import { changesOf } from '../facts/changes.ts';
import { made } from '../facts/constraints.ts';
import { isOnly, readsOf, topColumns } from '../facts/family.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { addColumn } from '../ways/column.ts';
import { setNotNull } from '../ways/not-null.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'not-null-scans',
  group: 'constraints',
  place: 90,
  severity: 'error',
  title: 'SET NOT NULL reads the whole table while it is closed',
  why: 'It proves that no row is null under ACCESS EXCLUSIVE, unless a valid CHECK has proven that before.',
  found: 'ALTER TABLE orders ALTER COLUMN note SET NOT NULL;',
  letBe: 'ALTER TABLE proven ALTER COLUMN id SET NOT NULL;',
  on: everyStatement,
  judge: (statement) =>
    topColumns(statement, [...changesOf(statement, 'not-null', 'column'), ...filledAndClosed(statement)]).flatMap(
      (change): readonly Hit[] => {
        const relation = change.relation!;
        const reads = readsOf(statement, relation);
        if (reads.length === 0 || made(statement, 'primary key').length > 0) return [];
        return [
          {
            relation,
            tells: { read: reads },
            message: `reads all of ${reads.join(', ')} under a lock that keeps everybody out`,
            advice:
              change.kind === 'created'
                ? ['-- with the column itself, where its default proves it:', ...addColumn(statement, change)].join(
                    '\n',
                  )
                : setNotNull(statement, relation, change.column!.name, isOnly(statement, relation)).join('\n'),
          },
        ];
      },
    ),
});

/** A column that is made and closed in two strokes is read for the second, unless something else has it read. */
function filledAndClosed(statement: MeasuredStatement): readonly Change[] {
  const others = ['check', 'foreign key', 'unique', 'exclude'] as const;
  if (others.some((kind) => made(statement, kind).length > 0)) return [];
  return changesOf(statement, 'created', 'column').filter(
    ({ relation, column }) => column!.notNull && column!.fills && !statement.rewrites.includes(relation!),
  );
}
