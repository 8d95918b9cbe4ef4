import { isAbout, tellWith } from '../facts/outcome.ts';
import { describe, type Grantable, grantable, has } from '../facts/rights.ts';
import { outcomes } from '../facts/subjects.ts';
import type { Surveys } from '../measured.ts';
import type { FunctionFacts } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'rights-opened',
  group: 'rights',
  place: 20,
  severity: 'error',
  title: 'What is created again is open to PUBLIC',
  why: 'A new function may be executed by all roles until that is revoked, even if it was revoked from the old one. A SECURITY DEFINER function then works for all roles.',
  found:
    "DROP FUNCTION guarded();\nCREATE FUNCTION guarded() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 2';",
  letBe:
    "DROP FUNCTION guarded();\nCREATE FUNCTION guarded() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 2';\nREVOKE ALL ON FUNCTION guarded() FROM PUBLIC;",
  on: outcomes,
  judge: (surveys, { statement, step }) =>
    [...grantable(surveys), ...successors(surveys)].flatMap(({ pair, what, name }) => {
      const gained = pair.now.rights.filter(
        ({ role, privilege }) => role === 0 && !has(pair.then.rights, { role, privilege }),
      );
      if (!pair.again || gained.length === 0) return [];
      return tellWith(statement, step, isAbout(name), {
        relation: 'kind' in pair.then ? pair.then.name : undefined,
        message: `${what} was made again: PUBLIC has ${gained.map(({ privilege }) => privilege).join(', ')}, which it had not`,
        advice: '-- revoke it from PUBLIC in the same revision, after CREATE, and grant again what was granted',
      });
    }),
});

/** With other arguments it is another function, which does the same work under the same name. */
function successors({ origin, found, left }: Surveys): readonly Grantable[] {
  const isIn = (all: readonly FunctionFacts[], one: FunctionFacts) =>
    all.some(({ signature }) => signature === one.signature);
  const gone = found.functions.filter((one) => !isIn(left.functions, one) && isIn(origin.functions, one));
  return gone.flatMap((then) => {
    const made = left.functions.filter(
      (one) =>
        one.name === then.name && !isIn(found.functions, one) && !found.functions.some(({ oid }) => oid === one.oid),
    );
    return made.map((now) => describe({ then, now, again: true }));
  });
}
