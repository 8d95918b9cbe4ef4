import type { Change } from '../change.ts';
import { changesOf } from '../facts/changes.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Hit } from '../rules/rule.ts';

/** Where several tables inherit the change, one finding tells of all. */
export function named(
  statement: MeasuredStatement,
  kind: Change['kind'],
  type: string,
  word: (change: Change) => string,
  advice: string | ((change: Change) => string),
): readonly Hit[] {
  return changesOf(statement, kind, type)
    .filter(({ cascaded }) => cascaded === undefined)
    .map((change) => {
      const relation =
        change.relation ?? (/table|view|sequence/.test(type) ? change.object.slice(type.length + 1) : undefined);
      const way = typeof advice === 'string' ? advice : advice(change);
      return { relation, message: word(change), advice: way };
    });
}
