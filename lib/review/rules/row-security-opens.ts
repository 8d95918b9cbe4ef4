import { isAbout, tablePairs, tellWith } from '../facts/outcome.ts';
import { policiesOf } from '../facts/policies.ts';
import { outcomes } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'row-security-opens',
  group: 'row-security',
  place: 20,
  severity: 'error',
  title: 'Rows that row security hid become visible',
  why: 'From the commit on every role with privileges on the table sees and writes all of its rows.',
  found: 'ALTER TABLE secured DISABLE ROW LEVEL SECURITY;',
  letBe: 'ALTER TABLE secured DISABLE ROW LEVEL SECURITY;\nALTER TABLE secured ENABLE ROW LEVEL SECURITY;',
  on: outcomes,
  judge: (surveys, { statement, step }) =>
    tablePairs(surveys).flatMap(({ then, now }) => {
      const { found, left } = surveys;
      if (!then.rowSecurity) return [];
      const restrictions = policiesOf(then, found).filter(({ permissive }) => !permissive);
      const kept = policiesOf(now, left).filter(({ permissive }) => !permissive);
      const dropped = restrictions.filter(
        ({ command }) => !kept.some((one) => one.command === command || one.command === '*'),
      );
      const words = !now.rowSecurity
        ? 'row security is off'
        : then.forced && !now.forced
          ? 'row security no longer holds for its owner'
          : dropped.map(({ name }) => `what the restrictive policy ${name} held back is open`)[0];
      if (words === undefined) return [];
      return tellWith(statement, step, isAbout(now.name), {
        relation: now.name,
        message: `${now.name}: ${words}${now.rowSecurity ? '' : ': every role with privileges on it has them for all rows'}`,
        advice:
          '-- if a policy is in the way, change the policy: ALTER POLICY, or another CREATE POLICY, keeps the others in force',
      });
    }),
});
