import { isAbout, tablePairs, tellWith } from '../facts/outcome.ts';
import { policiesOf } from '../facts/policies.ts';
import { outcomes } from '../facts/subjects.ts';
import type { PolicyFacts, RelationFacts, Survey } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'row-security-hides',
  group: 'row-security',
  place: 10,
  severity: 'error',
  title: 'Row security hides every row',
  why: 'If there is no permissive policy for a command, it finds no row, and INSERT is refused (42501): no error says that there are rows.',
  found: 'ALTER TABLE granted ENABLE ROW LEVEL SECURITY;',
  letBe: 'CREATE POLICY everyone ON granted USING (true);\nALTER TABLE granted ENABLE ROW LEVEL SECURITY;',
  on: outcomes,
  judge: (surveys, { statement, step }) =>
    tablePairs(surveys).flatMap(({ then, now }) => {
      const { found, left } = surveys;
      const [before, behind] = [closedBy(then, found), closedBy(now, left)];
      const lost = behind.commands.filter((command) => !before.commands.includes(command));
      // Who enables it with a policy for reading has thought of who may write.
      const isMeant = !then.rowSecurity && !lost.includes('SELECT');
      const owner = behind.owner && !before.owner;
      if (!now.rowSecurity || ((lost.length === 0 || isMeant) && !owner)) return [];
      const who = owner
        ? lost.length > 0 && !isMeant
          ? 'every role, its owner too,'
          : 'its owner'
        : 'every role but its owner';
      const commands = lost.length > 0 && !isMeant ? lost : ['SELECT'];
      return tellWith(statement, step, isAbout(now.name), {
        relation: now.name,
        message: `no policy on ${now.name} is for ${commands.join(', ')}: ${who} ${wordLoss(commands)} from the commit on`,
        advice: '-- make the policy first, in the same revision: CREATE POLICY … USING (…) WITH CHECK (…)',
      });
    }),
});

const commands = { SELECT: 'r', INSERT: 'a', UPDATE: 'w', DELETE: 'd' } as const;

/** Commands that no permissive policy is for, and whether its owner reads nothing either. */
function closedBy(
  table: RelationFacts,
  survey: Survey,
): { readonly commands: readonly string[]; readonly owner: boolean } {
  if (!table.rowSecurity) return { commands: [], owner: false };
  const permissive = policiesOf(table, survey).filter((one) => one.permissive);
  const isFor = (letter: string) => (one: PolicyFacts) => one.command === '*' || one.command === letter;
  const closed = Object.entries(commands).flatMap(([command, letter]) =>
    permissive.some(isFor(letter)) ? [] : [command],
  );
  const isOwners = ({ roles }: PolicyFacts) => roles.includes('PUBLIC') || roles.includes(table.owner);
  return { commands: closed, owner: table.forced && !permissive.some((one) => isFor('r')(one) && isOwners(one)) };
}

function wordLoss(closed: readonly string[]): string {
  const [reads, writes] = [closed.includes('SELECT'), closed.some((command) => command !== 'SELECT')];
  return reads && writes
    ? 'sees no row and may write none'
    : reads
      ? 'sees no row'
      : `can no longer ${closed.join(', ')}`;
}
