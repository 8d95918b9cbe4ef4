import { changesOf } from '../facts/changes.ts';
import { addValue } from '../ways/enum-value.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'enum-value-renamed',
  group: 'compatibility',
  place: 90,
  severity: 'error',
  title: 'A value of an enum is renamed',
  why: 'Code that still writes or compares the old word fails at once.',
  bad: "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
  good: "ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';",
  judge: (statement) =>
    changesOf(statement, 'enum-value-renamed').map(({ object, from, to }) => ({
      message: `renames the value '${from}' of ${object} to '${to}'`,
      advice: `-- add the new word (the old one stays in the type); release code that knows both; then write the rows over:\n${addValue(object, to ?? '', from ?? '')}`,
    })),
};
