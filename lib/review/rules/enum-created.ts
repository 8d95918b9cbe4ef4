import { nameOf } from '../facts/changes.ts';
import { changes } from '../facts/subjects.ts';
import type { Way } from '../ways/way.ts';
import { run } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'enum-created',
  group: 'types',
  place: 10,
  severity: 'warning',
  title: 'An enum is created',
  why: 'Values can be added to it and renamed, but never removed or reordered: that takes a new type and a rewrite of every table that uses it.',
  found: "CREATE TYPE size AS ENUM ('small', 'large');",
  letBe: "CREATE TABLE sizes (size text PRIMARY KEY);\nINSERT INTO sizes VALUES ('small'), ('large');",
  on: changes('created', 'type'),
  judge: (change) => {
    const [, values] = /^ENUM \((.*)\)$/s.exec(change.to ?? '') ?? [];
    if (values === undefined) return [];
    return [{ message: `makes ${change.object} as ${change.to}`, advice: tableOfValues(nameOf(change), values) }];
  },
});

function tableOfValues(name: string, values: string): Way {
  const rows = values.replace(/E?'(?:[^']|'')*'/g, '($&)');
  return [
    run(
      `CREATE TABLE ${name} (value text PRIMARY KEY);`,
      `INSERT INTO ${name} VALUES ${rows};`,
      '-- and where it is used, a column of type text that refers to it',
    ),
  ];
}
