import { quoteIdent } from '../sql/quote.ts';
import type { Change, ConstraintFacts } from './change.ts';
import type { CatalogComparison } from './comparison.ts';
import { findRebuiltConstraints } from './rebuilt.ts';
import type { ConstraintRow, Snapshot } from './snapshot.ts';

const constraintKinds: Readonly<Record<string, ConstraintFacts['kind']>> = {
  c: 'check',
  f: 'foreign key',
  p: 'primary key',
  u: 'unique',
  x: 'exclude',
  n: 'not null',
};

export function compareConstraints({ base, before, after, meant }: CatalogComparison): readonly Change[] {
  const wanted = ({ kind, inherited, relation }: ConstraintRow) =>
    kind in constraintKinds &&
    !inherited &&
    (relation === 0 || (base.relations.has(relation) && before.relations.has(relation)));
  const isOfNewDomain = ({ relation, domain }: ConstraintRow) => relation === 0 && !base.objects.has(`y${domain}`);
  const remade = findRebuiltConstraints({ before, after });
  const replaced = new Set(Array.from(remade.values(), ({ oid }) => oid));
  const isGone = ({ oid, kind }: ConstraintRow) =>
    kind !== 'n' && !after.constraints.has(oid) && !replaced.has(oid) && base.constraints.has(oid);
  return [
    ...[...after.constraints.values()]
      .filter((now) => wanted(now) && !isOfNewDomain(now))
      .flatMap((now) =>
        compareConstraint(before.constraints.get(now.oid) ?? remade.get(now.oid), now, { before, after }),
      ),
    ...[...before.constraints.values()]
      .filter((then) => wanted(then) && isGone(then))
      .map((then): Change => {
        const isPart = then.relation !== 0 && !after.relations.has(then.relation);
        return {
          kind: 'dropped',
          ...nameConstraint(then, before, after),
          constraint: constraintFacts(then, before),
          cascaded: isPart || !meant().constraint(then) || undefined,
        };
      }),
  ];
}

function compareConstraint(
  then: ConstraintRow | undefined,
  now: ConstraintRow,
  { before, after }: Pick<CatalogComparison, 'before' | 'after'>,
): readonly Change[] {
  const named = nameConstraint(now, before, after);
  const constraint = constraintFacts(now, after);
  // NOT NULL is a constraint of its own since PostgreSQL 18; the column tells of it in every version.
  const isToldByColumn = now.kind === 'n';
  if (then === undefined)
    return isToldByColumn ? [] : [{ kind: 'created', ...named, to: now.definition ?? undefined, constraint }];
  const change = (kind: Change['kind'], from: string, to: string, as = named): readonly Change[] =>
    isToldByColumn || from === to ? [] : [{ kind, ...as, from, to, constraint }];
  return [
    ...(!then.validated && now.validated ? [{ kind: 'validated' as const, ...named, constraint }] : []),
    ...change('renamed', then.name, now.name, nameConstraint(then, before, after)),
    ...change('definition', then.settings, now.settings),
    ...(isToldByColumn || then.firing === now.firing
      ? []
      : [{ kind: 'trigger' as const, ...named, from: wordFiring(then), to: wordFiring(now), constraint }]),
  ];
}

function nameConstraint(
  { name, relation, domain }: ConstraintRow,
  before: Snapshot,
  after: Snapshot,
): Pick<Change, 'object' | 'type' | 'relation'> {
  const table = before.relations.get(relation) ?? after.relations.get(relation);
  if (table !== undefined)
    return { object: `constraint ${quoteIdent(name)} on ${table.name}`, type: 'constraint', relation: table.name };
  const holder = before.objects.get(`y${domain}`) ?? after.objects.get(`y${domain}`);
  return { object: `constraint ${quoteIdent(name)} on domain ${holder?.name}`, type: 'constraint' };
}

export function constraintFacts(constraint: ConstraintRow, snapshot: Snapshot): ConstraintFacts {
  const { name, kind, columns, relation, references, validated, definition } = constraint;
  const target = snapshot.relations.get(references)?.name;
  const index = 'pux'.includes(kind) ? snapshot.relations.get(constraint.index)?.name : undefined;
  return {
    name,
    kind: constraintKinds[kind]!,
    columns: columns.map((number) => snapshot.columns.get(`${relation}.${number}`)?.name ?? ''),
    validated,
    definition: definition ?? undefined,
    references: target,
    index,
  };
}

export const firing: Readonly<Record<string, string>> = {
  O: 'enabled',
  D: 'disabled',
  R: 'enabled replica',
  A: 'enabled always',
};

/** Some of its triggers may fire and others not. */
function wordFiring({ firing: states }: ConstraintRow): string {
  return firing[states === '' ? 'O' : states.slice(0, 1)]!;
}
