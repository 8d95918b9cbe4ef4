import { named } from '../advice/named.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'nullable',
  group: 'compatibility',
  place: 140,
  severity: 'warning',
  title: 'A column may be NULL from now on',
  why: 'Code that reads it and has never met a NULL may fail.',
  found: 'ALTER TABLE orders ALTER COLUMN kind DROP NOT NULL;',
  letBe: 'ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;',
  on: everyStatement,
  judge: (statement) =>
    named(
      statement,
      'nullable',
      'column',
      ({ object }) => `${object} may now be NULL`,
      `-- first release code that reads NULL; then:\n${statement.text};`,
    ),
});
