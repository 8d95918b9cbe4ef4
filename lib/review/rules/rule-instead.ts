import type { Change } from '../change.ts';
import { tablePairs, tellWith } from '../facts/outcome.ts';
import { outcomes } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'rule-instead',
  group: 'triggers',
  place: 20,
  severity: 'error',
  title: 'A rule replaces what code does',
  why: 'From the commit on an INSERT, UPDATE or DELETE on the table does nothing, or something else, and reports success.',
  found: 'CREATE RULE quiet AS ON DELETE TO orders DO INSTEAD NOTHING;',
  letBe: 'CREATE RULE more AS ON DELETE TO orders DO ALSO NOTHING;',
  on: outcomes,
  judge: (surveys, { statement, step }) => {
    const { found, left } = surveys;
    return tablePairs(surveys).flatMap(({ then, now }) => {
      const isKnown = (name: string) =>
        found.rewrites.some((one) => one.relation === then.oid && one.name === name && one.instead);
      const fresh = left.rewrites.filter((one) => one.relation === now.oid && one.instead && !isKnown(one.name));
      return fresh.flatMap(({ name, event, conditional, nothing }) =>
        tellWith(statement, step, isRule(name, now.name), {
          relation: now.name,
          message: `rule ${name}: ${event} on ${now.name} ${nothing ? 'does nothing' : 'does something else'} ${conditional ? 'where its condition holds' : 'from the commit on'}, and reports success`,
          advice: '-- a right that is revoked, or a trigger that raises an error, tells code that it may not',
        }),
      );
    });
  },
});

function isRule(name: string, table: string): (change: Change) => boolean {
  return ({ type, relation, object }) => type === 'rule' && relation === table && object === `rule ${name} on ${table}`;
}
