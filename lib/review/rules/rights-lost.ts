import { isAbout, type Pair, tellWith } from '../facts/outcome.ts';
import { grantable, has } from '../facts/rights.ts';
import { outcomes } from '../facts/subjects.ts';
import type { Owned, RelationFacts, Right } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'rights-lost',
  group: 'rights',
  place: 10,
  severity: 'error',
  title: 'A role loses privileges',
  why: 'Code that runs as that role fails at once (42501). What is dropped and created again has none of the privileges that were granted before; ALTER and CREATE OR REPLACE keep them.',
  found: 'REVOKE SELECT ON granted FROM app_reader;',
  letBe: 'REVOKE SELECT ON granted FROM app_reader;\nGRANT SELECT ON granted TO app_reader;',
  on: outcomes,
  judge: (surveys, { statement, step }) =>
    grantable(surveys).flatMap(({ pair, what, name }) =>
      byGrantee(lostIn(pair)).flatMap(([grantee, privileges]) =>
        tellWith(statement, step, isAbout(name), {
          relation: 'kind' in pair.then ? pair.then.name : undefined,
          message: pair.again
            ? `${what} was made again: ${grantee} no longer has ${privileges.join(', ')}`
            : `${grantee} no longer has ${privileges.join(', ')} on ${what}`,
          advice: pair.again
            ? '-- grant it again in the same revision, or change it by ALTER or CREATE OR REPLACE, which keep rights'
            : '-- first release code that no longer needs the right; then take it, in a later revision',
        }),
      ),
    ),
});

function lostIn({ then, now }: Pair<Owned>): readonly Right[] {
  return then.rights.filter(
    (right) => right.grantee !== now.owner && !isOfDropped(right, then, now) && !has(now.rights, right),
  );
}

/** A column that is gone, or has another name, takes its rights along. */
function isOfDropped({ privilege }: Right, then: Owned, now: Owned): boolean {
  if (!privilege.includes(' (')) return false;
  const columnsOf = (one: Owned) => ('columns' in one ? (one as RelationFacts).columns.map(({ name }) => name) : []);
  const kept = columnsOf(now);
  return columnsOf(then).some((name) => !kept.includes(name) && privilege.endsWith(`(${name})`));
}

function byGrantee(rights: readonly Right[]): readonly (readonly [string, readonly string[]])[] {
  const all = new Map<string, readonly string[]>();
  for (const { grantee, privilege } of rights) all.set(grantee, [...(all.get(grantee) ?? []), privilege]);
  return [...all];
}
