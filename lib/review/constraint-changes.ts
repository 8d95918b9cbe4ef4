import { type Change, type ConstraintFacts, named } from './change.ts';
import type { CatalogComparison } from './comparison.ts';
import { wordFiring } from './firing.ts';
import type { Whole } from './object-name.ts';
import { objectKey } from './object-row.ts';
import { findRebuiltConstraints } from './rebuilt.ts';
import { type ConstraintRow, columnKey, type Snapshot, wholeOf } from './snapshot.ts';

export function compareConstraints({ base, before, after, dropTargets }: CatalogComparison): readonly Change[] {
  const wanted = ({ inherited, relation }: ConstraintRow) =>
    !inherited && (relation === 0 || (base.relations.has(relation) && before.relations.has(relation)));
  const isOfNewDomain = ({ relation, domain }: ConstraintRow) =>
    relation === 0 && !base.objects.has(objectKey({ catalog: 'pg_type', oid: domain }));
  const rebuilt = findRebuiltConstraints({ before, after });
  const replaced = new Set(Array.from(rebuilt.values(), ({ oid }) => oid));
  const isGone = ({ oid, kind }: ConstraintRow) =>
    kind !== 'n' && !after.constraints.has(oid) && !replaced.has(oid) && base.constraints.has(oid);
  return [
    ...[...after.constraints.values()]
      .filter((now) => wanted(now) && !isOfNewDomain(now))
      .flatMap((now) =>
        compareConstraint(before.constraints.get(now.oid) ?? rebuilt.get(now.oid), now, { before, after }),
      ),
    ...[...before.constraints.values()]
      .filter((then) => wanted(then) && isGone(then))
      .map((then): Change => {
        const isPart = then.relation !== 0 && !after.relations.has(then.relation);
        return {
          kind: 'dropped',
          ...nameConstraint(then, before, after),
          constraint: constraintFacts(then, before),
          cascaded: isPart || !dropTargets().constraint(then) || undefined,
        };
      }),
  ];
}

function compareConstraint(
  then: ConstraintRow | undefined,
  now: ConstraintRow,
  { before, after }: Pick<CatalogComparison, 'before' | 'after'>,
): readonly Change[] {
  // NOT NULL is a constraint of its own since PostgreSQL 18; the column tells of it in every version.
  const isToldByColumn = now.kind === 'n';
  const about = nameConstraint(now, before, after);
  const constraint = constraintFacts(now, after);
  if (then === undefined)
    return isToldByColumn ? [] : [{ kind: 'created', ...about, to: now.definition ?? undefined, constraint }];
  const validated: readonly Change[] =
    !then.validated && now.validated ? [{ kind: 'validated', ...about, constraint }] : [];
  if (isToldByColumn) return validated;
  const change = (kind: Change['kind'], from: string, to: string, as = about): readonly Change[] =>
    from === to ? [] : [{ kind, ...as, from, to, constraint }];
  const isFiringAlike = then.firing.join() === now.firing.join();
  return [
    ...validated,
    ...change('renamed', then.name, now.name, nameConstraint(then, before, after)),
    ...change('definition', wordSettings(then), wordSettings(now)),
    ...(isFiringAlike
      ? []
      : [{ kind: 'trigger' as const, ...about, from: wordFirst(then), to: wordFirst(now), constraint }]),
  ];
}

/** Only some of its triggers may be disabled. */
function wordFirst({ firing: [first = 'origin'] }: ConstraintRow): string {
  return wordFiring(first);
}

function wordSettings({ deferrable, initiallyDeferred, enforced }: ConstraintRow): string {
  const words = [deferrable && 'deferrable', initiallyDeferred && 'initially deferred', !enforced && 'not enforced'];
  return words.filter(Boolean).join(' ');
}

function nameConstraint(
  { name, relation, domain }: ConstraintRow,
  before: Snapshot,
  after: Snapshot,
): Pick<Change, 'object' | 'type' | 'name' | 'relation'> {
  const table = before.relations.get(relation) ?? after.relations.get(relation);
  const about = named({
    type: 'constraint',
    name: { name, of: table === undefined ? domainOf(domain, [before, after]) : wholeOf(table) },
  });
  return table === undefined ? about : { ...about, relation: table.name };
}

function domainOf(domain: number, snapshots: readonly Snapshot[]): Whole {
  const [row] = snapshots.flatMap(({ objects }) => objects.get(objectKey({ catalog: 'pg_type', oid: domain })) ?? []);
  return { type: 'domain', name: { schema: row?.schema ?? '', name: row?.called ?? '' } };
}

const constraintKinds: Readonly<Record<ConstraintRow['kind'], ConstraintFacts['kind']>> = {
  c: 'check',
  f: 'foreign key',
  p: 'primary key',
  u: 'unique',
  x: 'exclude',
  n: 'not null',
};

export function constraintFacts(constraint: ConstraintRow, snapshot: Snapshot): ConstraintFacts {
  const { name, kind, columns, relation, references, validated, definition } = constraint;
  const target = snapshot.relations.get(references)?.name;
  const index = 'pux'.includes(kind) ? snapshot.relations.get(constraint.index)?.name : undefined;
  return {
    name,
    kind: constraintKinds[kind],
    columns: columns.map((number) => snapshot.columns.get(columnKey(relation, number))?.name ?? ''),
    validated,
    definition: definition ?? undefined,
    references: target,
    index,
  };
}
