import { fileURLToPath } from 'node:url';
import { prepareUpgrade, type Script } from '../lib/index.ts';
import { renderScript } from '../lib/script/psql.ts';
import type { Finding, Report } from './finding.ts';

const cwd = fileURLToPath(new URL('..', import.meta.url));

/** What a reader of this repository's own migrations has to read beside the team's SQL. Lines are counted, no time is taken. */
export async function measureLegibility(): Promise<Report> {
  const all = await prepareUpgrade({ cwd, env: {} });
  const before = all.steps.at(-2)?.entries[0]?.id ?? '';
  const [base, last] = [read(all), read(await prepareUpgrade({ cwd, env: {}, from: before }))];
  const widest = Math.max(...[...base.ours, ...last.ours].map((line) => line.length));
  return {
    title: 'Legibility',
    notes: [
      `the psql script of this repository's own ${all.steps.length} revisions, and of the last one alone`,
      'machinery: what stands around the SQL of a step in a transaction, its comment and the empty line behind it included',
    ],
    findings: [
      count('lines before the first of the SQL, from a revision', last.first, 70),
      count('lines before the first of the SQL, from base', base.first, 230),
      count('machinery of a step in a transaction', Math.max(...base.machinery), 12),
      count("not the team's, of each 100 lines from base", (100 * base.ours.length) / base.total, 50),
      count("lines that are not the team's, of the last revision alone", last.ours.length, 90),
      count('characters in the longest of these lines', widest, 120),
    ],
  };
}

interface Reading {
  readonly total: number;
  /** How many lines stand before the first of the team's. */
  readonly first: number;
  readonly ours: readonly string[];
  /** Lines of each transactional step that are not the team's. */
  readonly machinery: readonly number[];
}

function read(script: Script): Reading {
  const text = [...renderScript(script, { tool: '0.1.0' })].join('');
  const ours: string[] = [];
  const machinery: number[] = [];
  let at = 0;
  let first = 0;
  for (const [index, { blocks, transactional }] of script.steps.entries()) {
    for (const { body } of blocks) {
      if (body === undefined) continue;
      const own = body.source.text.slice(body.from, body.from + body.length).trimEnd();
      const start = text.indexOf(own, at);
      ours.push(...linesOf(text.slice(at, start)));
      if (first === 0) first = ours.length;
      at = start + own.length + 1;
    }
    if (!transactional) continue;
    const title = text.indexOf(`\n-- ${index + 1}/${script.steps.length} `) + 1;
    const end = text.indexOf('\n\n', at) + 2;
    machinery.push(linesOf(text.slice(title, end)).length - linesOf(blocks[0]?.body?.source.text ?? '').length);
  }
  ours.push(...linesOf(text.slice(at)));
  return { total: linesOf(text).length, first, ours, machinery };
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function count(what: string, value: number, target: number): Finding {
  return { what, unit: 'lines', median: value, samples: [value], target, met: value <= target };
}
