import type { Change } from '../change.ts';
import type { MeasuredStatement, MeasuredStep, Surveys } from '../measured.ts';
import { describeName } from '../object-name.ts';
import type { Hit } from '../rules/rule.ts';
import type { RelationFacts, Survey } from '../survey.ts';
import { isIndirect } from './text.ts';

/** One thing that code knows by its name, before a step and behind it: the same, or another that was made again under that name. */
export interface Pair<T> {
  readonly then: T;
  readonly now: T;
  readonly again: boolean;
}

interface Named {
  readonly oid: number;
  readonly name: string;
}

type Kind = 'schemas' | 'relations' | 'functions' | 'sequences' | 'publications';

/** Of what was there, or had another in its place, before the plan began. What has another name now is the same by its oid, unless something else took its name. */
export function pairsOf<K extends Kind>({ origin, found, left }: Surveys, kind: K): readonly Pair<Survey[K][number]>[] {
  const nameOf = (one: Named) => ('signature' in one ? (one.signature as string) : one.name);
  const old = new Set<number | string>((origin[kind] as readonly Named[]).flatMap((one) => [one.oid, nameOf(one)]));
  const byName = new Map((left[kind] as readonly Named[]).map((one) => [nameOf(one), one]));
  const byOid = new Map((left[kind] as readonly Named[]).map((one) => [one.oid, one]));
  return (found[kind] as readonly Named[]).flatMap((then) => {
    const now = byName.get(nameOf(then)) ?? byOid.get(then.oid);
    return now === undefined || !(old.has(then.oid) || old.has(nameOf(then)))
      ? []
      : [{ then, now, again: then.oid !== now.oid }];
  }) as unknown as readonly Pair<Survey[K][number]>[];
}

/** What the commit of this step brings, told with the last of its statements that has to do with it. */
export function tellWith(
  statement: MeasuredStatement,
  step: MeasuredStep,
  wanted: (change: Change, statement: MeasuredStatement) => boolean,
  hit: Hit,
): readonly Hit[] {
  return culpritOf(step, wanted)?.number === statement.number ? [hit] : [];
}

function culpritOf(
  { statements }: MeasuredStep,
  wanted: (change: Change, statement: MeasuredStatement) => boolean,
): MeasuredStatement | undefined {
  return (
    statements.findLast((one) => one.changes.some((change) => wanted(change, one))) ??
    statements.findLast((one) => one.changes.length > 0 || isIndirect(one)) ??
    statements.at(-1)
  );
}

/** Whether a change is about a thing of this name, or makes something have it. */
export function isAbout(name: string): (change: Change) => boolean {
  return (change) => change.relation === name || describeName(change) === name || change.to === name;
}

export function isView({ kind }: RelationFacts): boolean {
  return kind === 'v' || kind === 'm';
}

export function tablePairs(surveys: Surveys): readonly Pair<RelationFacts>[] {
  return pairsOf(surveys, 'relations').filter(({ then, now }) => isTable(then) && isTable(now));
}

function isTable({ kind }: RelationFacts): boolean {
  return kind === 'r' || kind === 'p';
}
