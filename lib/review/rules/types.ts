import type { Change } from '../change.ts';
import { changesOf, type Rule } from './rule.ts';

/** What is easily made and hardly changed. */
export const typeRules: readonly Rule[] = [
  {
    id: 'enum-created',
    severity: 'warning',
    title: 'An enum is made',
    why: 'Its values can be added to and renamed, never removed or put in another order: that takes a new type and a rewrite of every table that uses it.',
    bad: "CREATE TYPE size AS ENUM ('small', 'large');",
    good: "CREATE TABLE sizes (size text PRIMARY KEY);\nINSERT INTO sizes VALUES ('small'), ('large');",
    judge: (statement) =>
      changesOf(statement, 'created', 'type')
        .filter(({ to }) => to?.startsWith('ENUM ('))
        .map((change) => ({ message: `makes ${change.object} as ${change.to}`, advice: tableOfValues(change) })),
  },
  {
    id: 'constrained-domain-created',
    severity: 'warning',
    title: 'A domain is made with a constraint',
    why: 'The constraint can only be changed for all tables that use the domain at once, and a column of it that is added later writes its whole table anew.',
    bad: 'CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);',
    good: 'CREATE DOMAIN percent AS integer;',
    judge: (statement) =>
      changesOf(statement, 'created', 'domain')
        .filter(({ domain }) => domain !== undefined && (domain.notNull || domain.checks.length > 0))
        .map((change) => ({
          message: `makes ${change.object} as ${change.to}`,
          advice: plainDomain(change),
        })),
  },
];

function nameOf({ object, type }: Change): string {
  return object.slice(type.length + 1);
}

/** What it asks is asked of each column, where it can be proven beside normal work. */
function plainDomain(change: Change): string {
  const { type = '', notNull = false, checks = [] } = change.domain ?? {};
  const asked = [...(notNull ? ['CHECK (VALUE IS NOT NULL)'] : []), ...checks].join(' ');
  return [
    `CREATE DOMAIN ${nameOf(change)} AS ${type};`,
    `-- and, of each column of it in the place of VALUE, NOT VALID and then VALIDATE:\n-- ${asked}`,
  ].join('\n');
}

function tableOfValues(change: Change): string {
  const rows = change.to!.slice('ENUM ('.length, -1).replace(/E?'(?:[^']|'')*'/g, '($&)');
  return `CREATE TABLE ${nameOf(change)} (value text PRIMARY KEY);\nINSERT INTO ${nameOf(change)} VALUES ${rows};\n-- and where it is used, a column of type text that refers to it`;
}
