import { named } from '../advice/named.ts';
import type { Change } from '../change.ts';
import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'default-changed',
  group: 'compatibility',
  place: 150,
  severity: 'warning',
  title: 'A default is changed or dropped',
  why: 'Code that leaves the column out gets another value, or, where it is NOT NULL and has none, an error. Where it is GENERATED ALWAYS, code that gives the column fails.',
  found: "ALTER TABLE orders ALTER COLUMN kind SET DEFAULT 'other';",
  letBe: "ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'other';",
  on: everyStatement,
  judge: (statement) => {
    const [closed, others] = [true, false].map((isClosed) => ({
      ...statement,
      changes: statement.changes.filter((change) => isClosed === isGivenAlways(change)),
    }));
    return [
      ...named(
        { ...others!, changes: others!.changes.filter(({ from }) => from !== undefined) },
        'default',
        'column',
        ({ object, from, to }) => `${object}: ${from} becomes ${to ?? 'none'}`,
        `-- first release code that gives the column itself; then:\n${statement.text};`,
      ),
      ...named(
        closed!,
        'default',
        'column',
        ({ object, from }) => `${object}: ${from ?? 'none'} becomes GENERATED ALWAYS: whoever gives it a value fails`,
        `-- (BY DEFAULT takes the value too)\n-- first release code that leaves the column out; then:\n${statement.text};`,
      ),
    ];
  },
});

function isGivenAlways({ kind, to = '' }: Change): boolean {
  return kind === 'default' && to.startsWith('GENERATED ALWAYS AS IDENTITY');
}
