import { dropLater } from '../advice/words.ts';
import { changes, known, withoutCascaded } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drop-column',
  group: 'compatibility',
  place: 10,
  severity: 'error',
  title: 'A column is dropped',
  why: 'Code that is still running and uses the column fails at once, and the data is lost.',
  found: 'ALTER TABLE orders DROP COLUMN note;',
  letBe: 'ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;',
  on: known(withoutCascaded(changes('dropped', 'column', 'attribute'))),
  judge: ({ relation, object, from }, { statement }) => [
    { relation, message: `drops ${object} (${from})`, advice: dropLater(statement) },
  ],
});
