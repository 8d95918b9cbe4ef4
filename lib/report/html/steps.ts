import type { Review, ReviewedStatement, ReviewedStep } from '../../review/review.ts';
import { type Effect, effectsOf } from '../effects.ts';
import { type PlacedFinding, placeFindings, wordSize } from '../summary.ts';
import { explain } from '../why.ts';
import { highlight } from './highlight.ts';
import { html, type Markup } from './markup.ts';
import { printTimeline } from './timeline.ts';

/** What a finding is linked by: its number in the order of the plan. */
export function anchorsOf(review: Review): ReadonlyMap<PlacedFinding['finding'], string> {
  return new Map(placeFindings(review).map(({ finding }, index) => [finding, `finding-${index + 1}`]));
}

export function printSteps(review: Review): readonly Markup[] {
  const anchors = anchorsOf(review);
  return review.steps.map((step, index) => printStep(step, index + 1, anchors));
}

function printStep(step: ReviewedStep, number: number, anchors: ReturnType<typeof anchorsOf>): Markup {
  const { op, id, name, file, transactional, lockTimeout, findings, statements } = step;
  const wait = lockTimeout === '0' ? 'waits for locks for ever' : `waits for a lock ${lockTimeout} at most`;
  return html`<section class="step" id="step-${number}" tabindex="-1" aria-labelledby="step-${number}-title">
<h3 id="step-${number}-title"><span class="number">${number}</span> ${op} <code>${id}</code> ${name}</h3>
<p class="quiet"><code>${file}</code> · ${transactional ? 'in one transaction' : html`<strong>no transaction</strong>`} · ${wait}</p>
${findings.map((finding) => printFinding(finding, anchors.get(finding) ?? ''))}
<h4>Locks, from statement to statement</h4>
${printTimeline(step, number)}
<h4>Statements</h4>
<ol class="statements">${statements.map((statement) => printStatement(statement, number, anchors))}</ol>
</section>`;
}

function printStatement(statement: ReviewedStatement, step: number, anchors: ReturnType<typeof anchorsOf>): Markup {
  const { number, line, text, findings } = statement;
  return html`<li id="step-${step}-${number}" class="statement${statement.error === undefined ? '' : ' failed'}">
<div class="source"><div class="place"><b>${number}</b><span>line ${line}</span></div><pre><code>${highlight(text)};</code></pre></div>
<ul class="badges" aria-label="What statement ${number} does">${badgesOf(effectsOf(statement))}</ul>
${findings.length > 0 ? html`<div class="findings">${findings.map((finding) => printFinding(finding, anchors.get(finding) ?? ''))}</div>` : undefined}
</li>`;
}

function badgesOf(effects: readonly Effect[]): readonly Markup[] {
  if (effects.length === 0) return [html`<li class="badge none">nothing that others notice</li>`];
  return effects.map(({ name, value, tone }) => html`<li class="badge ${tone}"><b>${name}</b> ${value}</li>`);
}

/** Open, unless it is allowed. */
function printFinding(finding: PlacedFinding['finding'], anchor: string): Markup {
  const { rule, severity, message, advice, allowed } = finding;
  const state = allowed === undefined ? severity : 'allowed';
  const title = html`<summary><span class="severity">${state}</span> <code>${rule}</code> ${message}${wordSize(finding)}</summary>`;
  const reason = allowed === undefined ? undefined : html`<p><strong>Allowed:</strong> ${allowed}</p>`;
  const body = html`<p>${explain(rule)}</p>${reason}<p class="label">The safe way</p><pre><code>${highlight(advice)}</code></pre>`;
  return allowed === undefined
    ? html`<details class="finding ${state}" id="${anchor}" open>${title}${body}</details>`
    : html`<details class="finding ${state}" id="${anchor}">${title}${body}</details>`;
}
