import { didYouMean } from '../suggest.ts';
import type { MeasuredStep, Measurement } from './measured.ts';
import type { Finding, Production, ReviewedStatement, ReviewedStep } from './review.ts';
import { rules } from './rules/all.ts';
import type { Hit, Rule } from './rules/rule.ts';

/** Puts every rule to every statement. Pure: the same measurement is judged the same. */
export function judge({ steps }: Measurement, production: Production | undefined): readonly ReviewedStep[] {
  return steps.map((step) => judgeStep(step, production));
}

function judgeStep(step: MeasuredStep, production: Production | undefined): ReviewedStep {
  const context = { step, version: production?.version };
  const statements = step.statements.map((statement): ReviewedStatement => {
    const findings = rules.flatMap((rule) =>
      rule.judge(statement, context).map((hit) => toFinding(rule, hit, step, production)),
    );
    return { ...statement, findings: findings.toSorted(byWeight) };
  });
  return { ...step, statements, findings: judgeAllowed(step, statements) };
}

/** What is behind a statement that fails was not measured, so nobody can know what letting it pass lets pass. */
const unallowable: ReadonlySet<string> = new Set(['fails']);

function toFinding(
  { id, severity }: Rule,
  hit: Hit,
  { allow }: MeasuredStep,
  production: Production | undefined,
): Finding {
  const allowed = unallowable.has(id) ? undefined : allow.find(({ rule }) => rule === id)?.reason;
  const there = hit.relation === undefined ? undefined : production?.relations.get(hit.relation);
  return {
    rule: id,
    severity,
    ...hit,
    ...(there !== undefined && { bytes: there.bytes, rows: there.rows }),
    ...(allowed !== undefined && { allowed }),
  };
}

/** What is worst there comes first: errors, and of those the largest relation. */
export function byWeight(a: Finding, b: Finding): number {
  return rank(a) - rank(b) || (b.bytes ?? 0) - (a.bytes ?? 0);
}

function rank({ severity, allowed }: Finding): number {
  return allowed !== undefined ? 2 : severity === 'error' ? 0 : 1;
}

function judgeAllowed({ allow }: MeasuredStep, statements: readonly ReviewedStatement[]): readonly Finding[] {
  const used = new Set(statements.flatMap(({ findings }) => findings.map(({ rule }) => rule)));
  const ids = rules.map(({ id }) => id);
  return allow.flatMap(({ rule }): readonly Finding[] => {
    if (used.has(rule) && !unallowable.has(rule)) return [];
    const isKnown = ids.includes(rule);
    const hint = didYouMean(rule, ids);
    return [
      {
        rule: isKnown ? 'allow-unused' : 'allow-unknown',
        severity: 'warning',
        message: unallowable.has(rule)
          ? `"allow ${rule}" lets nothing pass: what is behind it was not measured`
          : isKnown
            ? `"allow ${rule}" lets nothing pass`
            : `"allow ${rule}" names no rule`,
        advice: isKnown ? '-- take the line out of the head of the file' : `-- ${hint ?? 'see: updown rules'}`,
      },
    ];
  });
}
