import type { Change } from '../change.ts';
import { changesOf, nameOf } from '../facts/changes.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'enum-created',
  group: 'types',
  place: 10,
  severity: 'warning',
  title: 'An enum is made',
  why: 'Its values can be added to and renamed, never removed or put in another order: that takes a new type and a rewrite of every table that uses it.',
  found: "CREATE TYPE size AS ENUM ('small', 'large');",
  letBe: "CREATE TABLE sizes (size text PRIMARY KEY);\nINSERT INTO sizes VALUES ('small'), ('large');",
  on: everyStatement,
  judge: (statement) =>
    changesOf(statement, 'created', 'type')
      .filter(({ to }) => to?.startsWith('ENUM ('))
      .map((change) => ({ message: `makes ${change.object} as ${change.to}`, advice: tableOfValues(change) })),
});

function tableOfValues(change: Change): string {
  const rows = change.to!.slice('ENUM ('.length, -1).replace(/E?'(?:[^']|'')*'/g, '($&)');
  return `CREATE TABLE ${nameOf(change)} (value text PRIMARY KEY);\nINSERT INTO ${nameOf(change)} VALUES ${rows};\n-- and where it is used, a column of type text that refers to it`;
}
