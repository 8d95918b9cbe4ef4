import { quoteLiteral } from '../../sql/quote.ts';
import { changes } from '../facts/subjects.ts';
import { nodesOf } from '../facts/text.ts';
import type { MeasuredStatement } from '../measured.ts';
import { says } from '../statement-words.ts';
import { addEnumValue } from '../ways/actions.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'enum-value-position',
  group: 'compatibility',
  place: 100,
  severity: 'warning',
  title: 'An enum value is added without a position',
  why: 'It is added at the end, which is how it sorts and compares; that cannot be changed later.',
  found: "ALTER TYPE mood ADD VALUE 'glad';",
  letBe: "ALTER TYPE mood ADD VALUE 'glad' AFTER 'ok';",
  on: changes('enum-value'),
  judge: ({ object, from, to = '', behind }, { statement }) =>
    from !== 'at the end' || behind === undefined || placesValue(statement)
      ? []
      : [
          {
            message: `${quoteLiteral(to)} comes last in ${object}`,
            advice: [under('say so, if that is meant:', addEnumValue(object, quoteLiteral(to), quoteLiteral(behind)))],
          },
        ],
});

/** `ADD VALUE … BEFORE` or `AFTER` another one. */
function placesValue(statement: MeasuredStatement): boolean {
  const added = nodesOf(statement).flatMap((node) => ('AlterEnumStmt' in node ? [node.AlterEnumStmt] : []));
  if (added.length === 0) return says(statement.text, 'before', 'after');
  return added.every(({ newValNeighbor = '' }) => newValNeighbor !== '');
}
