import { didYouMean } from '../suggest.ts';
import type { Change } from './change.ts';
import type { Around, MeasuredStatement, MeasuredStep, Measurement } from './measured.ts';
import type { Finding, Production, ReviewedStatement, ReviewedStep } from './review.ts';
import { rules } from './rules/all.ts';
import type { Hit, Rule, RuleContext, Work } from './rules/rule.ts';
import { renderWay } from './ways/way.ts';

/** Applies every rule to every statement. Pure: the same measurement gives the same findings. */
export function judge(
  { steps }: Pick<Measurement, 'scratch' | 'steps'>,
  production: Production | undefined,
): readonly ReviewedStep[] {
  return steps.map((step) => judgeStep(step, production));
}

function judgeStep(step: MeasuredStep, production: Production | undefined): ReviewedStep {
  const { version, lacks, drift, relations = new Map() } = production ?? { version: undefined };
  const context = { step, version, sizes: relations, lacks, drift };
  const statements = step.statements.map((statement): ReviewedStatement => {
    const hits = putTo({ ...statement, around: findAround(statement, step) }, context);
    const findings = rules.flatMap((rule) =>
      (hits.get(rule) ?? []).map((hit) => toFinding(rule, hit, step, production)),
    );
    return { ...statement, findings: findings.toSorted(byWeight) };
  });
  const { surveys: _, ...told } = step;
  return { ...told, statements, findings: judgeAllowed(step, statements) };
}

/** Rules for the rest come last, and each is told what all before it tell. */
function putTo(statement: MeasuredStatement, context: Omit<RuleContext, 'told'>): ReadonlyMap<Rule, readonly Hit[]> {
  const hits = new Map<Rule, readonly Hit[]>();
  for (const rule of [...rules.filter(({ rest }) => !rest), ...rules.filter(({ rest }) => rest)]) {
    const told = rule.rest ? toldBy([...hits.values()].flat()) : {};
    hits.set(rule, rule.judge(statement, { ...context, told }));
  }
  return hits;
}

function toldBy(hits: readonly Hit[]): Work {
  return {
    read: hits.flatMap(({ tells }) => tells?.read ?? []),
    rewritten: hits.flatMap(({ tells }) => tells?.rewritten ?? []),
  };
}

function findAround({ number, changes }: MeasuredStatement, { transactional, statements }: MeasuredStep): Around {
  const others = transactional ? statements.filter((one) => one.number !== number) : [];
  const objectsOf = (some: readonly MeasuredStatement[], kind: Change['kind']) =>
    new Set(some.flatMap((one) => one.changes.flatMap((change) => (change.kind === kind ? [change.object] : []))));
  const objects = new Set(changes.flatMap(({ kind, object }) => (pairing.has(kind) ? [object] : [])));
  const partner = others.find((one) =>
    one.changes.some(({ kind, object }) => pairing.has(kind) && objects.has(object)),
  );
  return {
    dropped: objectsOf(
      others.filter((one) => one.number < number),
      'dropped',
    ),
    created: objectsOf(
      others.filter((one) => one.number > number),
      'created',
    ),
    partner: partner?.number,
  };
}

const pairing: ReadonlySet<Change['kind']> = new Set(['dropped', 'created', 'trigger', 'definition', 'replaced']);

function toFinding(
  { id, severity, unallowable }: Rule,
  { worked, tells: _, advice, ...hit }: Hit,
  { allow }: MeasuredStep,
  production: Production | undefined,
): Finding {
  const allowed = unallowable ? undefined : allow.find(({ rule }) => rule === id)?.reason;
  const there = hit.relation === undefined ? undefined : production?.relations.get(hit.relation);
  const work = (worked ?? []).flatMap((relation) => {
    const { bytes, rows } = production?.relations.get(relation) ?? {};
    return [{ relation, bytes, rows }];
  });
  return {
    rule: id,
    severity,
    ...hit,
    advice: typeof advice === 'string' ? advice : renderWay(advice),
    bytes: there?.bytes,
    rows: there?.rows,
    work: worked && work,
    allowed,
  };
}

/** Sorts the worst first: errors before warnings, then by the size of the relation. */
export function byWeight(a: Finding, b: Finding): number {
  return rank(a) - rank(b) || weightOf(b) - weightOf(a);
}

/** The weight of an outage is the size of the table that is locked and of those that are worked on meanwhile. */
function weightOf({ bytes = 0, work = [] }: Finding): number {
  return work.reduce((sum, one) => sum + (one.bytes ?? 0), bytes);
}

function rank({ severity, allowed }: Finding): number {
  return allowed !== undefined ? 2 : severity === 'error' ? 0 : 1;
}

function judgeAllowed({ allow }: MeasuredStep, statements: readonly ReviewedStatement[]): readonly Finding[] {
  const used = new Set(statements.flatMap(({ findings }) => findings.map(({ rule }) => rule)));
  return allow.flatMap(({ rule }): readonly Finding[] => {
    const known = rules.find(({ id }) => id === rule);
    if (known === undefined) return [refuseAllow('allow-unknown', rule, 'names no rule', nameNear(rule))];
    if (used.has(rule) && known.unallowable === undefined) return [];
    const words = known.unallowable ? 'allows nothing: what follows it was not measured' : 'allows nothing';
    return [refuseAllow('allow-unused', rule, words, 'take the line out of the head of the file')];
  });
}

function refuseAllow(id: string, rule: string, words: string, next: string): Finding {
  return { rule: id, severity: 'warning', message: `"allow ${rule}" ${words}`, advice: `-- ${next}` };
}

function nameNear(rule: string): string {
  return (
    didYouMean(
      rule,
      rules.map(({ id }) => id),
    ) ?? 'see: updown rules'
  );
}
