import type { Change } from '../change.ts';
import { changes, together, withoutCascaded } from '../facts/subjects.ts';
import { note, run, under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'default-changed',
  group: 'compatibility',
  place: 150,
  severity: 'warning',
  title: 'A default is changed or dropped',
  why: 'Code that leaves the column out gets another value or, if the column is NOT NULL and has no default, an error. If it is GENERATED ALWAYS, code that gives a value fails.',
  found: "ALTER TABLE orders ALTER COLUMN kind SET DEFAULT 'other';",
  letBe: "ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'other';",
  on: together(withoutCascaded(changes('default', 'column'))),
  judge: (all, { statement }) => [
    ...all
      .filter((change) => !isGivenAlways(change) && change.from !== undefined)
      .map(({ relation, object, from, to }) => ({
        relation,
        message: `${object}: ${from} becomes ${to ?? 'none'}`,
        advice: [under('first release code that gives the column itself; then:', `${statement.text};`)],
      })),
    ...all.filter(isGivenAlways).map(({ relation, object, from }) => ({
      relation,
      message: `${object}: ${from ?? 'none'} becomes GENERATED ALWAYS: code that gives it a value fails`,
      advice: [
        run(note('BY DEFAULT takes the value too')),
        under('first release code that leaves the column out; then:', `${statement.text};`),
      ],
    })),
  ],
});

function isGivenAlways({ to = '' }: Change): boolean {
  return to.startsWith('GENERATED ALWAYS AS IDENTITY');
}
