import { withJsonb } from '../../sql/edit.ts';
import { quoteIdent } from '../../sql/quote.ts';
import { changes } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Way } from '../ways/way.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'json-column',
  group: 'compatibility',
  place: 160,
  severity: 'warning',
  title: 'A column of type json has no equality',
  why: 'DISTINCT, GROUP BY and UNION fail if they use the column; jsonb has these operators.',
  found: 'ALTER TABLE orders ADD COLUMN data json;',
  letBe: 'ALTER TABLE orders ADD COLUMN data jsonb;',
  on: changes(['created', 'type'], 'column'),
  judge: ({ relation, column }, { statement }) =>
    column.type === 'json'
      ? [{ relation, message: `${relation}.${quoteIdent(column.name)} is json`, advice: asJsonb(statement) }]
      : [],
});

function asJsonb({ text }: MeasuredStatement): Way | string {
  const edited = withJsonb(text);
  return edited === undefined ? '-- jsonb in the place of json' : [under('as jsonb:', `${edited};`)];
}
