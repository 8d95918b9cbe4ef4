import { named } from '../advice/named.ts';
import { afterDeploy } from '../advice/words.ts';
import { known } from '../facts/changes.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'drop-column',
  group: 'compatibility',
  place: 10,
  severity: 'error',
  title: 'A column is dropped',
  why: 'Code that is still running and names the column fails at once, and the data is gone.',
  bad: 'ALTER TABLE orders DROP COLUMN note;',
  good: 'ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;',
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
};
