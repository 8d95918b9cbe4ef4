/** The page's look. Colours are pairs of light and dark, each at least 4.5:1 against its ground; paper is always light. */
export const css: string = `
:root{--ground:#fff;--raised:#f6f7f9;--line:#d5d9e0;--ink:#1b1f27;--quiet:#59616f;--accent:#1f5fbf;--accent-ground:#e4eefc;
--bad:#b3261e;--bad-ground:#fdeceb;--warn:#8a5300;--warn-ground:#fdf2dc;--good:#1b6e3c;--good-ground:#e5f5ea;
--closed:#d9463d;--read-only:#e9a13b;--open:#8fb3e2;--keyword:#7a3aa8;--string:#1b6e3c;--number:#a14a00;--type:#1f5fbf}
@media (prefers-color-scheme:dark){:root{--ground:#14171c;--raised:#1d2128;--line:#363c47;--ink:#e6e9ee;--quiet:#a0a8b6;--accent:#86b4f8;
--accent-ground:#1f3352;--bad:#ff9189;--bad-ground:#43201e;--warn:#f3bd63;--warn-ground:#3d2e12;--good:#7fd49d;--good-ground:#173324;
--closed:#d9574f;--read-only:#c98a2b;--open:#4a75ad;--keyword:#cfa3f5;--string:#8fd6a6;--number:#f0b071;--type:#8fbaf8}}
@media print{:root{--ground:#fff;--raised:#f6f7f9;--line:#c4c9d2;--ink:#000;--quiet:#444;--accent:#1f5fbf;--accent-ground:#e4eefc;--bad:#b3261e;
--bad-ground:#fdeceb;--warn:#7a4a00;--warn-ground:#fdf2dc;--good:#1b6e3c;--good-ground:#e5f5ea;--closed:#d9463d;--read-only:#e9a13b;
--open:#8fb3e2;--keyword:#7a3aa8;--string:#1b6e3c;--number:#a14a00;--type:#1f5fbf}}
:root{color-scheme:light dark}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0 auto;max-width:76rem;padding:1.5rem 1.25rem 4rem;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
code,pre,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{font-size:.875em}
pre code{font-size:1em}
pre{margin:0;font-size:.875rem;line-height:1.6;white-space:pre-wrap;tab-size:4}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
[tabindex="-1"]:focus{outline:none}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;padding:.5rem 1rem;background:var(--ground);border:1px solid var(--line);z-index:1}
h1{margin:0 0 .25rem;font-size:1.6rem;line-height:1.3}
h2{margin:2.5rem 0 .75rem;font-size:1.25rem}
h3{margin:0;font-size:1.05rem}
h4{margin:1.25rem 0 .5rem;font-size:.8rem;text-transform:uppercase;letter-spacing:.05em;color:var(--quiet)}
p{margin:.25rem 0 .5rem}
.quiet,.legend{color:var(--quiet);font-size:.875rem}
.verdict{display:inline-block;margin-left:.25rem;padding:.1rem .6rem;border-radius:6px;font-size:1rem;vertical-align:.2em}
.error .severity,.verdict.error{color:var(--bad);background:var(--bad-ground)}
.warning .severity,.verdict.warning{color:var(--warn);background:var(--warn-ground)}
.allowed .severity,.verdict.good{color:var(--good);background:var(--good-ground)}
.severity{display:inline-block;min-width:5.8em;padding:0 .5em;border-radius:4px;font-size:.78rem;font-weight:600;text-align:center}
.facts{margin:1rem 0 0;display:flex;flex-wrap:wrap;gap:.5rem 2rem}
.facts dt{font-size:.78rem;color:var(--quiet)}
.facts dd{margin:0}
.overview{list-style:none;margin:0;padding:0;border:1px solid var(--line);border-radius:8px}
.overview li{display:flex;gap:.6rem;align-items:baseline;padding:.45rem .75rem;border-top:1px solid var(--line)}
.overview .severity{flex:none}
.overview div{min-width:0}
.overview li:first-child{border-top:0}
.overview pre{margin:.2rem 0;font-size:.8rem;line-height:1.5}
.overview a{color:inherit;text-decoration-color:var(--line);text-underline-offset:.2em}
.overview a:hover{text-decoration-color:currentColor}
.dag{overflow:auto;max-height:34rem;padding:.5rem;border:1px solid var(--line);border-radius:8px}
.dag svg{display:block;margin:0 auto;font-size:12px}
.node{fill:var(--raised);stroke:var(--line);stroke-width:1.5}
.node.planned{fill:var(--accent-ground);stroke:var(--accent);stroke-width:2}
.node.unmeasured{fill:var(--ground);stroke:var(--accent);stroke-width:2;stroke-dasharray:5 4}
.node.other{fill:var(--ground);stroke-dasharray:2 4}
.node.unfinished{fill:var(--warn-ground);stroke:var(--warn);stroke-width:2}
.pale{opacity:.25}
.history .dag{max-height:70vh}
.dag a:focus-visible rect{stroke:var(--accent);stroke-width:3}
.revisions li:target{background:var(--accent-ground)}
.revisions li[hidden]{display:none}
#search input{font:inherit;width:min(24rem,70%);padding:.35rem .6rem;color:inherit;background:var(--raised);border:1px solid var(--line);border-radius:6px}
text{fill:var(--quiet)}
text.planned,text.unmeasured,text.unfinished{fill:var(--ink)}
text.id.planned{font-weight:700}
.edge{fill:none;stroke:var(--quiet);stroke-width:1.3;opacity:.75}
.edge.needs{stroke-dasharray:4 4}
.edge.path{stroke:var(--accent);stroke-width:2.5;opacity:1}
#tip path{fill:var(--quiet)}
#tip-plan path{fill:var(--accent)}
.key{display:inline-block;width:1.1em;height:.8em;margin-right:.25em;border:1.5px solid var(--line);border-radius:3px;vertical-align:-.05em}
.legend>span{display:inline-block;margin-right:1em}
.key.planned{background:var(--accent-ground);border-color:var(--accent)}
.key.unfinished{background:var(--warn-ground);border-color:var(--warn)}
.key.applied{background:var(--raised)}
.key.other{border-style:dotted;border-color:var(--quiet)}
.key.unmeasured{border-style:dashed;border-color:var(--accent)}
.key.closed,.span.closed{background:var(--closed)}
.key.read-only,.span.read-only{background:var(--read-only)}
.key.open,.span.open{background:var(--open)}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;width:100%}
th,td{padding:.35rem .75rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child{text-align:left;white-space:normal;min-width:9rem}
thead th{color:var(--quiet);font-weight:500}
.step{margin:1rem 0 2rem;padding:1rem 1.25rem;border:1px solid var(--line);border-radius:10px}
.number{display:inline-block;min-width:1.7em;padding:0 .4em;border-radius:5px;background:var(--accent-ground);color:var(--accent);text-align:center}
.track{display:grid;grid-template-columns:minmax(14rem,22rem) 1fr;gap:1rem;align-items:center;padding:.3rem 0;border-top:1px solid var(--line)}
.track.axis{border-top:0;padding:0;color:var(--quiet);font-size:.75rem}
.relation{display:flex;flex-direction:column}
.relation span{color:var(--quiet);font-size:.78rem}
.bar{position:relative;height:1.1rem;background:var(--raised);border-radius:3px}
.axis .bar{background:none;margin-right:0}
.span,.tick{position:absolute;top:0;bottom:0}
.span{border-radius:3px;min-width:3px}
.span.stated{opacity:.65}
.tick{white-space:nowrap;padding-left:.2em;border-left:1px solid var(--line)}
.end{position:absolute;right:0}
.statements{list-style:none;margin:0;padding:0}
.statement{display:grid;grid-template-columns:minmax(0,1fr) minmax(14rem,22rem);gap:.5rem 1.25rem;padding:.75rem 0;border-top:1px solid var(--line)}
.statement:first-child{border-top:0}
.source{display:flex;gap:.75rem;min-width:0;padding:.6rem .75rem;background:var(--raised);border-radius:6px;align-self:start}
.source pre{flex:1;min-width:0}
.failed .source{box-shadow:inset 3px 0 var(--bad)}
.place{flex:none;width:3.4em;color:var(--quiet);font-size:.75rem;line-height:1.4rem}
.place b,.place span{display:block}
.badges{list-style:none;margin:0;padding:0;display:flex;flex-direction:column;gap:.3rem;font-size:.82rem;line-height:1.4}
.badge{padding:.1rem .5rem;border-left:3px solid var(--line);background:var(--raised);border-radius:3px}
.badge.bad{border-color:var(--bad);background:var(--bad-ground)}
.badge.warn{border-color:var(--warn);background:var(--warn-ground)}
.badge.bad b{color:var(--bad)}
.badge.warn b{color:var(--warn)}
.badge.none{color:var(--quiet)}
.findings{grid-column:1/-1}
.finding{margin:.4rem 0;padding:.4rem .75rem;border:1px solid var(--line);border-radius:6px}
.finding summary{cursor:pointer}
.finding:target{border-color:var(--accent);box-shadow:0 0 0 2px var(--accent)}
.finding>p{margin:.5rem 0 .25rem}
.finding>.label{font-size:.78rem;color:var(--quiet);margin:.5rem 0 .2rem}
.finding pre{padding:.5rem .75rem;background:var(--raised);border-radius:6px}
.hljs-keyword,.hljs-built_in{color:var(--keyword)}
.hljs-type{color:var(--type)}
.hljs-string{color:var(--string)}
.hljs-number,.hljs-literal{color:var(--number)}
.hljs-comment,pre em{color:var(--quiet);font-style:italic}
@media (max-width:48rem){
body{padding:1rem .75rem 3rem}
.step{padding:.75rem}
.statement,.track{grid-template-columns:minmax(0,1fr)}
.track{gap:.25rem}
.overview li{flex-direction:column;gap:.15rem}
.axis .relation{display:none}
.source{flex-direction:column;gap:.25rem}
.place{width:auto}
.place b,.place span{display:inline;margin-right:.5em}}
@media print{
@page{margin:14mm}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
:root{color-scheme:light}
body{max-width:none;padding:0;font-size:10.5pt}
.skip{display:none}
.dag{max-height:none;overflow:visible;border:0}
.dag svg{max-width:100%;max-height:22cm;height:auto}
.wide{overflow:visible}
th,td{white-space:normal}
.step{border:0;padding:0}
.source,.finding,.track,.overview li{break-inside:avoid}
h2,h3,h4{break-after:avoid}
.overview a{text-decoration:none}
details::details-content{content-visibility:visible;height:auto}}
`;
