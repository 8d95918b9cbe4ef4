import { rootOf } from '../facts/family.ts';
import { listRelations } from '../facts/relations.ts';
import { together } from '../facts/subjects.ts';
import { type Written, writtenTables } from '../facts/written.ts';
import type { MeasuredStatement } from '../measured.ts';
import { batched } from '../ways/batches.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'backfill-at-once',
  group: 'locks',
  place: 40,
  severity: 'warning',
  title: 'A whole table is written in one statement',
  why: 'Every row stays locked until the end, the table grows by what is written, and a failure near the end loses all of it.',
  found: [
    'UPDATE orders SET note = $$x$$;',
    'UPDATE orders SET note = $$x$$ WHERE true;',
    'DELETE FROM orders WHERE 1 = 1;',
  ],
  letBe: 'UPDATE orders SET note = $$x$$ WHERE id = 5;',
  on: together({ find: writtenTables }),
  judge: (written, { statement, step }) =>
    byRoot(
      statement,
      written.filter(({ whole, closed }) => whole && !closed),
    ).map(([relation, tables]) => ({
      relation,
      message: `reads all of ${listRelations(statement, tables)} for the rows it writes`,
      advice: batched(statement, step),
    })),
});

/** The partitions of one table are told of together. */
function byRoot(
  statement: MeasuredStatement,
  written: readonly Written[],
): readonly (readonly [root: string, relations: readonly string[]])[] {
  const roots = new Map<string, readonly string[]>();
  for (const { relation } of written) {
    const root = rootOf(statement, relation);
    roots.set(root, [...(roots.get(root) ?? []), relation]);
  }
  return [...roots];
}
