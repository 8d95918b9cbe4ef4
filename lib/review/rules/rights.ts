import type { MeasuredStep } from '../measured.ts';
import type { FunctionFacts, Owned, RelationFacts, Right } from '../survey.ts';
import { isAbout, type Pair, pairsOf, tellWith } from './outcome.ts';
import type { Rule } from './rule.ts';

export const rightRules: readonly Rule[] = [
  {
    id: 'rights-lost',
    severity: 'error',
    title: 'A role may no longer do what it could',
    why: 'Code that runs as that role fails at once (42501). What is dropped and made again has none of the rights that were granted before; ALTER and CREATE OR REPLACE keep them.',
    bad: 'REVOKE SELECT ON granted FROM app_reader;',
    good: 'REVOKE SELECT ON granted FROM app_reader;\nGRANT SELECT ON granted TO app_reader;',
    judge: (statement, { step }) =>
      grantable(step).flatMap(({ pair, what, name }) =>
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
  },
  {
    id: 'rights-opened',
    severity: 'error',
    title: 'What is made again is open to PUBLIC',
    why: 'A new function may be executed by everybody until that is revoked, whatever was revoked from the old one. One that is SECURITY DEFINER then does its work for everybody.',
    bad: "DROP FUNCTION guarded();\nCREATE FUNCTION guarded() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 2';",
    good: "DROP FUNCTION guarded();\nCREATE FUNCTION guarded() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 2';\nREVOKE ALL ON FUNCTION guarded() FROM PUBLIC;",
    judge: (statement, { step }) =>
      [...grantable(step), ...successors(step)].flatMap(({ pair, what, name }) => {
        const gained = pair.now.rights.filter(
          ({ role, privilege }) => role === 0 && !has(pair.then.rights, { role, privilege }),
        );
        if (!pair.again || gained.length === 0) return [];
        return tellWith(statement, step, isAbout(name), {
          relation: 'kind' in pair.then ? pair.then.name : undefined,
          message: `${what} was made again: PUBLIC has ${gained.map(({ privilege }) => privilege).join(', ')}, which it had not`,
          advice: '-- revoke it from PUBLIC in the same revision, behind CREATE, and grant again what was granted',
        });
      }),
  },
];

interface Grantable {
  readonly pair: Pair<Owned>;
  /** `function public.f(integer)` */
  readonly what: string;
  /** As changes call it. */
  readonly name: string;
}

function grantable({ surveys }: MeasuredStep): readonly Grantable[] {
  if (surveys === undefined) return [];
  return [
    ...pairsOf(surveys, 'schemas').map((pair) => ({ pair, what: `schema ${pair.now.name}`, name: pair.now.name })),
    ...pairsOf(surveys, 'relations').map((pair) => ({ pair, what: pair.now.name, name: pair.now.name })),
    ...pairsOf(surveys, 'functions').map((pair) => describe(pair)),
  ];
}

function describe(pair: Pair<FunctionFacts>): Grantable {
  return { pair, what: `function ${pair.now.signature}`, name: pair.now.identity };
}

/** With other arguments it is another function, which does the same work under the same name. */
function successors({ surveys }: MeasuredStep): readonly Grantable[] {
  if (surveys === undefined) return [];
  const { origin, found, left } = surveys;
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

function lostIn({ then, now }: Pair<Owned>): readonly Right[] {
  return then.rights.filter(
    (right) => right.grantee !== now.owner && !isOfDropped(right, then, now) && !has(now.rights, right),
  );
}

/** Also where the whole table is granted instead of the column. */
function has(rights: readonly Right[], { role, privilege }: Pick<Right, 'role' | 'privilege'>): boolean {
  const [whole] = privilege.split(' (');
  return rights.some((one) => one.role === role && (one.privilege === privilege || one.privilege === whole));
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
