import { createHash } from 'node:crypto';
import type { History, Shown } from '../../command/history.ts';
import { plural, printHeads } from '../../words.ts';
import { type DagNode, drawDag } from './dag.ts';
import { linesOf, titleOf } from './dag-lines.ts';
import { printDocument } from './document.ts';
import { html, type Markup, trusted } from './markup.ts';

/** A file of a revision, and where it is from the page. */
export interface FileLink {
  readonly name: string;
  readonly href: string;
}

export type FindLinks = (shown: Shown) => readonly FileLink[];

/** Placing the boxes takes longer with every one; what is older stands in the list alone. */
const mostDrawn = 400;

/** The graph of a whole project and a list of its revisions, as one page. Its one script looks for words in the list, and its policy allows no other. */
export function printHistoryPage(history: History, linksFor: FindLinks): string {
  const { project, database, revisions } = history;
  const scriptHash = createHash('sha256').update(script).digest('base64');
  return printDocument({
    title: html`History of ${project}${database === undefined ? '' : `, ${database}`}: ${plural(revisions.length, 'revision')}`,
    kind: 'history',
    script: `sha256-${scriptHash}`,
    body: html`<a class="skip" href="#revisions">Skip to the list</a>
<header>
<h1>History of ${project} <span class="verdict">${plural(revisions.length, 'revision')}</span></h1>
${printFacts(history)}
<p id="search" hidden><label>Search <input type="search" id="words" autocomplete="off" spellcheck="false"></label> <span id="found" class="quiet" role="status"></span></p>
</header>
<main>
<section aria-labelledby="graph-title"><h2 id="graph-title">Graph, newest first</h2>${printGraph(revisions)}</section>
<section id="revisions" tabindex="-1" aria-labelledby="list-title"><h2 id="list-title">Revisions, newest first</h2>
<ol class="overview revisions">${revisions.map((shown) => printRow(shown, linksFor(shown)))}</ol></section>
</main>
<script>${trusted(script)}</script>`,
  });
}

function printFacts({ database, revisions }: History): Markup {
  const idsOf = (wanted: (shown: Shown) => boolean) => revisions.filter(wanted).map(({ revision }) => revision.id);
  const pending = idsOf(({ state }) => state === 'pending' || state === 'late').length;
  return html`<dl class="facts">
<div><dt>Database</dt><dd>${database ?? 'none was asked'}</dd></div>
${database === undefined ? undefined : html`<div><dt>It is at</dt><dd><code>${printHeads(idsOf(({ current }) => current))}</code></dd></div><div><dt>Pending</dt><dd>${pending}</dd></div>`}
<div><dt>Heads of the files</dt><dd><code>${idsOf(({ head }) => head).join(', ')}</code></dd></div>
</dl>`;
}

const states: Readonly<
  Record<Shown['state'], { readonly look: string; readonly lead: string; readonly words: string }>
> = {
  applied: { look: 'applied', lead: '✓', words: 'applied' },
  pending: { look: 'planned', lead: '○', words: 'pending' },
  late: { look: 'unfinished', lead: '!', words: 'pending below an applied one' },
  unfinished: { look: 'unfinished', lead: '!', words: 'unfinished' },
  unknown: { look: 'unmeasured', lead: '?', words: 'applied, not in the files' },
  unasked: { look: 'applied', lead: '', words: '' },
};

function marksOf({ head, current }: Shown): readonly string[] {
  return [...(head ? ['head'] : []), ...(current ? ['current'] : [])];
}

function printGraph(revisions: readonly Shown[]): Markup {
  const drawn = revisions.slice(0, mostDrawn).toReversed();
  const nodes = drawn.map((shown): DagNode => {
    const { revision, state } = shown;
    const { look, lead } = states[state];
    return {
      id: revision.id,
      lead,
      marks: marksOf(shown),
      message: revision.message,
      state: look,
      title: titleOf(revision),
      href: `#${anchorOf(shown)}`,
    };
  });
  const isPending = new Set(drawn.flatMap(({ state, revision }) => (state === 'pending' ? [revision.id] : [])));
  const lines = drawn
    .flatMap(({ revision, needs }) => linesOf(revision, needs))
    .map((line) => ({ ...line, isPath: isPending.has(line.to) }));
  const kinds = new Set(drawn.map(({ state }) => state));
  const left = revisions.length - drawn.length;
  return html`<p class="legend">${Object.entries(states).map(([state, { look, lead, words }]) =>
    words !== '' && kinds.has(state as Shown['state'])
      ? html`<span><span class="key ${look}"></span> ${lead} ${words}</span> `
      : undefined,
  )}${left > 0 ? html`<span>${plural(left, 'older revision')} in the list alone</span>` : undefined}</p>
${drawDag(nodes, lines, { label: 'Revisions, the newest at the top', upward: true })}`;
}

function printRow(shown: Shown, links: readonly FileLink[]): Markup {
  const { revision, state, entry } = shown;
  const { id, message, labels, parents } = revision;
  const { look, lead, words } = states[state];
  const said = [...marksOf(shown), ...(words === '' ? [] : [words])].join(', ');
  const on = html`on ${parents.length === 0 ? 'base' : parents.map((parent, index) => html`${index > 0 ? ', ' : ''}<a href="#r-${parent}"><code>${parent}</code></a>`)}`;
  const when = entry === undefined ? undefined : html` · ${entry.at} by ${entry.who}`;
  const files = links.map(({ name, href }) => html` · <a href="${href}">${name}</a>`);
  return html`<li id="${anchorOf(shown)}"><span class="key ${look}"></span> <div><code>${id}</code> ${message}${labels.map((label) => html` <em>${label}</em>`)}<br><span class="quiet">${lead} ${said}${said === '' ? '' : ' · '}${on}${when}${files}</span></div></li>`;
}

function anchorOf({ revision }: Shown): string {
  return `r-${revision.id}`;
}

/** Hides rows without all of the words, and pales their boxes. */
const script = `
const rows=[...document.querySelectorAll('.revisions>li')],boxes=new Map([...document.querySelectorAll('.dag a')].map(a=>[a.getAttribute('href').slice(1),a.parentNode]));
const field=document.getElementById('words'),found=document.getElementById('found');
document.getElementById('search').hidden=false;
field.addEventListener('input',()=>{
const words=field.value.toLowerCase().split(/\\s+/).filter(Boolean);let count=0,first;
for(const row of rows){const is=words.every(word=>row.textContent.toLowerCase().includes(word));row.hidden=!is;
const box=boxes.get(row.id);if(box){box.classList.toggle('pale',!is);if(is&&!first)first=box}if(is)count++}
found.textContent=words.length?count+' of '+rows.length:'';
if(words.length&&first){const at=first.closest('.dag'),a=at.getBoundingClientRect(),b=first.getBoundingClientRect();
at.scrollTop+=b.top-a.top-a.height/3;at.scrollLeft+=b.left-a.left-a.width/3}});
`;
