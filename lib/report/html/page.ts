import type { Production, Review } from '../../review/review.ts';
import { sanitizeLine } from '../../sql/quote.ts';
import { cutWords, plural, printHeads } from '../../words.ts';
import { type ListedFinding, listFindings } from '../listed.ts';
import { notesOf } from '../notes.ts';
import { printBytes, printCount } from '../size.ts';
import { isDowngrade, tally, wordFindings, wordScope, wordSubject } from '../summary.ts';
import { printDocument } from './document.ts';
import { highlight } from './highlight.ts';
import { html, type Markup } from './markup.ts';
import { printDag } from './plan-dag.ts';
import { anchorsOf, printSteps } from './steps.ts';

const longestStatement = 160;

/** The review as one page that needs nothing else: no script, no network. */
export function printPage(review: Review): string {
  const verdict = review.steps.length === 0 ? 'nothing to review' : wordFindings(tally(review));
  const { project, database } = review;
  const subject = `${wordSubject(review).replace(/^r/, 'R')} of ${project}`;
  const listed = listFindings(review);
  return printDocument({
    title: html`${subject}${database === undefined ? '' : `, for ${database}`}: ${verdict}`,
    body: html`<a class="skip" href="#findings">Skip to the findings</a>
<header>
<h1>${subject} <span class="verdict ${toneOf(review)}">${verdict}</span></h1>
${review.steps.length > 0 ? html`<p>${wordScope(tally(review), review)}</p>` : undefined}
${printFacts(review)}
</header>
<main>
${printNotes(review)}
${printFindings(listed)}
<section aria-labelledby="graph-title"><h2 id="graph-title">Revisions</h2>${printDag(review)}</section>
${review.production === undefined ? undefined : printProduction(review.production)}
<section id="steps" aria-labelledby="steps-title"><h2 id="steps-title">Steps</h2>
<p class="legend"><span><span class="key closed"></span> closed to all</span> <span><span class="key read-only"></span> can be read, not written</span> <span><span class="key open"></span> can be read and written</span></p>
${printSteps(review, listed)}
${review.unmeasured.length > 0 ? html`<p><strong>Not measured</strong>, because a step before failed: ${review.unmeasured.join(', ')}</p>` : undefined}
</section>
</main>`,
  });
}

function toneOf(review: Review): string {
  const { errors, warnings } = tally(review);
  return errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'good';
}

function printFacts({ project, database, from, to, digest, steps, production }: Review): Markup {
  const version = production === undefined ? '' : `, PostgreSQL ${production.version}`;
  return html`<dl class="facts">
<div><dt>Project</dt><dd>${project}</dd></div>
<div><dt>Database</dt><dd>${database === undefined ? 'none was named' : `${database}${version}`}</dd></div>
<div><dt>From</dt><dd><code>${printHeads(from)}</code></dd></div>
<div><dt>To</dt><dd><code>${printHeads(to)}</code></dd></div>
<div><dt>Digest, as <code>${isDowngrade(steps) ? 'downgrade' : 'upgrade'} --expect</code> takes it</dt><dd><code>${digest}</code></dd></div>
</dl>`;
}

function printNotes(review: Review): Markup | undefined {
  const notes = notesOf(review);
  if (notes.length === 0) return undefined;
  const items = notes.map(({ kind, text }) => html`<li><strong>${kind}</strong> ${text}</li>`);
  return html`<section aria-labelledby="notes-title"><h2 id="notes-title">To be read with it</h2><ul>${items}</ul></section>`;
}

function printFindings(listed: readonly ListedFinding[]): Markup {
  const anchors = anchorsOf(listed);
  const rows = listed.map(({ finding, message, step, statement, line }) => {
    const { rule, severity, allowed } = finding;
    const state = allowed === undefined ? severity : 'allowed';
    const text = statement && html`<pre><code>${highlight(shorten(statement.text))}</code></pre>`;
    return html`<li class="${state}"><span class="severity">${state}</span> <div><a href="#${anchors.get(finding) ?? ''}"><code>${rule}</code> ${message}</a>${text}<span class="quiet">${step.file}:${line}</span></div></li>`;
  });
  const list = rows.length === 0 ? html`<p>Nothing was found.</p>` : html`<ol class="overview">${rows}</ol>`;
  return html`<section id="findings" tabindex="-1" aria-labelledby="findings-title"><h2 id="findings-title">Findings, worst first</h2>${list}</section>`;
}

/** One line of a statement, for a list. */
function shorten(text: string): string {
  return cutWords(sanitizeLine(text.replace(/\s+/g, ' ')), longestStatement, ' …');
}

function printProduction({ database, relations }: Production): Markup {
  const rows = [...relations.values()]
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, 40)
    .map(
      ({ name, bytes, rows: rowCount, written, scans, since }) =>
        html`<tr><th scope="row"><code>${name}</code></th><td>${printBytes(bytes)}</td><td>${printCount(rowCount)}</td><td>${printCount(written)}</td><td>${printCount(scans)}</td><td>${since ?? 'ever'}</td></tr>`,
    );
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="production-title"><h2 id="production-title">In ${database}</h2>
<div class="wide" tabindex="0" role="region" aria-labelledby="production-title"><table>
<thead><tr><th scope="col">relation</th><th scope="col">size</th><th scope="col">rows, about</th><th scope="col">rows written</th><th scope="col">scans</th><th scope="col">since</th></tr></thead>
<tbody>${rows}</tbody></table></div><p class="quiet">${plural(relations.size, 'relation')} of those the plan touches; sizes with indexes</p></section>`;
}
