import type { Finding, Review, ReviewedStatement, ReviewedStep } from '../../review/review.ts';
import { type Effect, effectsOf } from '../effects.ts';
import type { ListedFinding } from '../listed.ts';
import { explain } from '../why.ts';
import { highlight } from './highlight.ts';
import { html, type Markup } from './markup.ts';
import { printTimeline } from './timeline.ts';

type Anchors = ReadonlyMap<Finding, string>;

/** What each finding is linked by: its number in the list. */
export function anchorsOf(listed: readonly ListedFinding[]): Anchors {
  return new Map(listed.map(({ finding }, index) => [finding, `finding-${index + 1}`]));
}

export function printSteps({ steps }: Review, listed: readonly ListedFinding[]): readonly Markup[] {
  return steps.map((step, index) =>
    printStep(
      step,
      index + 1,
      listed.filter((one) => one.step === step),
      anchorsOf(listed),
    ),
  );
}

function printStep(step: ReviewedStep, number: number, listed: readonly ListedFinding[], anchors: Anchors): Markup {
  const { op, id, name, file, transactional, lockTimeout, statements } = step;
  const wait = lockTimeout === '0' ? 'waits for locks for ever' : `waits for a lock ${lockTimeout} at most`;
  const findingsOf = (statement: ReviewedStatement | undefined) =>
    listed.filter((one) => one.statement === statement).map((one) => printFinding(one, anchors));
  return html`<section class="step" id="step-${number}" tabindex="-1" aria-labelledby="step-${number}-title">
<h3 id="step-${number}-title"><span class="number">${number}</span> ${op} <code>${id}</code> ${name}</h3>
<p class="quiet"><code>${file}</code> · ${transactional ? 'in one transaction' : html`<strong>no transaction</strong>`} · ${wait}</p>
${findingsOf(undefined)}
<h4>Locks, from statement to statement</h4>
${printTimeline(step, number)}
<h4>Statements</h4>
<ol class="statements">${statements.map((statement) => printStatement(statement, number, findingsOf(statement)))}</ol>
</section>`;
}

function printStatement(statement: ReviewedStatement, step: number, findings: readonly Markup[]): Markup {
  const { number, line, text } = statement;
  return html`<li id="step-${step}-${number}" class="statement${statement.error === undefined ? '' : ' failed'}">
<div class="source"><div class="place"><b>${number}</b><span>line ${line}</span></div><pre><code>${highlight(text)};</code></pre></div>
<ul class="badges" aria-label="What statement ${number} does">${badgesOf(effectsOf(statement))}</ul>
${findings.length > 0 ? html`<div class="findings">${findings}</div>` : undefined}
</li>`;
}

function badgesOf(effects: readonly Effect[]): readonly Markup[] {
  if (effects.length === 0) return [html`<li class="badge none">nothing that others notice</li>`];
  return effects.map(({ name, value, tone }) => html`<li class="badge ${tone}"><b>${name}</b> ${value}</li>`);
}

/** Open, unless it is allowed. */
function printFinding({ finding, message, advice, like }: ListedFinding, anchors: Anchors): Markup {
  const { rule, severity, allowed } = finding;
  const anchor = anchors.get(finding) ?? '';
  const state = allowed === undefined ? severity : 'allowed';
  const title = html`<summary><span class="severity">${state}</span> <code>${rule}</code> ${message}</summary>`;
  const reason = allowed === undefined ? undefined : html`<p><strong>Allowed:</strong> ${allowed}</p>`;
  const way = advice === '' ? undefined : html`<pre><code>${highlight(advice)}</code></pre>`;
  const same =
    like &&
    html`<p>${advice === '' ? 'The same as for' : 'And then as for'} <a href="#${anchors.get(like.finding) ?? ''}"><code>${like.finding.rule}</code></a>, above.</p>`;
  const body = html`<p>${explain(rule)}</p>${reason}<p class="label">The safe way</p>${way}${same}`;
  return allowed === undefined
    ? html`<details class="finding ${state}" id="${anchor}" open>${title}${body}</details>`
    : html`<details class="finding ${state}" id="${anchor}">${title}${body}</details>`;
}
