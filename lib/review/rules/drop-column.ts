import { named } from '../advice/named.ts';
import { afterDeploy } from '../advice/words.ts';
import { known } from '../facts/changes.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drop-column',
  group: 'compatibility',
  place: 10,
  severity: 'error',
  title: 'A column is dropped',
  why: 'Code that is still running and names the column fails at once, and the data is gone.',
  found: 'ALTER TABLE orders DROP COLUMN note;',
  letBe: 'ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;',
  on: everyStatement,
  judge: (statement) =>
    ['column', 'attribute'].flatMap((type) =>
      named(
        known(statement),
        'dropped',
        type,
        ({ object, from }) => `drops ${object} (${from})`,
        `${afterDeploy}\n${statement.text};`,
      ),
    ),
});
