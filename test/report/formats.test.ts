import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ReviewFormat, renderReview, type UpdownError } from '../../lib/index.ts';
import { printAnnotations } from '../../lib/report/annotations.ts';
import { listFindings } from '../../lib/report/listed.ts';
import { printMarkdown } from '../../lib/report/markdown.ts';
import { printSarif } from '../../lib/report/sarif.ts';
import { placeFindings, rankFindings } from '../../lib/report/summary.ts';
import { rules } from '../../lib/review/rules/all.ts';
import { updown } from '../support/cli.ts';
import { withProject, writeProject } from '../support/project.ts';
import { hostile, reviewAll, revisions, withFinding } from './reviewed.ts';

interface Sarif {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly name: string;
        readonly version: string;
        readonly rules: readonly {
          readonly id: string;
          readonly shortDescription: { readonly text: string };
          readonly fullDescription: { readonly text: string };
          readonly help: { readonly text: string };
          readonly defaultConfiguration: { readonly level: string };
        }[];
      };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      }[];
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly suppressions?: readonly { readonly kind: string; readonly justification: string }[];
    }[];
  }[];
}

const nasty = { message: `${hostile}\r\n::error::x\u001b[31m`, advice: `SELECT '%', '{}';\n\`\`\`\`\n</details>` };

test('Markdown: the verdict first, then findings worst first with their fix, then a table a step', async () => {
  const review = await reviewAll();
  const text = printMarkdown(review);
  assert.match(text, /^### ❌ updown review: \d errors, \d warnings?, 1 allowed\n/);
  const order = ['❌ <b>', '⚠️ <b>', '✅ allowed <b>', '| line | statement |'].map((mark) => text.indexOf(mark));
  assert.equal(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.is(text.split('<details>').length - 1, listFindings(review).length + review.steps.length);
  assert.is(text.split('</details>').length, text.split('<details>').length);
  assert.match(text, '```sql\n-- in a revision of its own, with');
  assert.match(text, 'Not measured**, because a step before failed: `999999999999`');
  assert.match(
    text,
    /\| 4 \| `ALTER TABLE orders ALTER COLUMN total TYPE bigint` \| lock ACCESS EXCLUSIVE on public\.orders<br>/,
  );
});

test('Markdown: hostile text is no markup, mentions nobody, refers to no issue, links nowhere, ends no cell and no fence', async () => {
  const text = printMarkdown(withFinding(await reviewAll(), nasty));
  const prose = text
    .replace(/^(`{3,})sql\n[\s\S]*?\n\1$/gm, '')
    .replace(/(?<![\\`])(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g, '');
  assert.ok(prose.includes('alert(1)'));
  assert.not.match(prose, /<\/?script|<b>&|@\w|(?<!&)#\d|(?<!\\)\]\(|http:\/\//);
  assert.not.ok(isRaw(text));
  assert.match(text, /^`{5}sql\nSELECT '%', '\{\}';\n````\n<\/details>\n`{5}$/m);
  for (const row of text.split('\n').filter((line) => /^\| \d/.test(line)))
    assert.is(row.replaceAll('\\|', '').split('|').length, 5, row);
});

test('Markdown: a plan of 300 findings fits in a comment: the worst with their fix, others named, the rest counted, and where the whole is', async () => {
  const review = await reviewAll();
  const [step, ...steps] = review.steps;
  const findings = Array.from({ length: 300 }, (_, index) => ({
    rule: 'drop-table',
    severity: index % 3 === 0 ? ('error' as const) : ('warning' as const),
    message: `drops table ${index}`,
    advice: `SELECT '${'x'.repeat(index === 0 ? 100_000 : 700)}';`,
  }));
  const full = { ...review, steps: [{ ...step!, findings }, ...steps] };
  const text = printMarkdown(full);
  assert.ok(text.length < 60_000 && text.length > 50_000, String(text.length));
  assert.is(text.split('</details>').length, text.split('<details>').length);
  const ranked = listFindings(full);
  const shown = Array.from(
    text.matchAll(/(?:<summary>|^)(?:❌|⚠️) <b>[\w-]+<\/b>: (.+?)(?:<\/summary>| `[^`]+`)$/gm),
    ([, words]) => words,
  );
  assert.equal(
    shown.slice(1, 5),
    ['drops table 3', 'drops table 6', 'drops table 9', 'drops table 12'],
    'the worst come first',
  );
  assert.ok(text.indexOf('drops table 9<') < text.indexOf('drops table 1 '), 'errors with their way, warnings by name');
  const [, rest = ''] = /\*\*And (\d+) more findings\*\*: \d+ errors, \d+ warnings, 1 allowed\n/.exec(text) ?? [];
  assert.is(shown.length + Number(rest), ranked.length);
  assert.match(text, /All of it: `updown review aaaaaaaaaaaa:\w{12} --html review\.html`\n$/);
  assert.match(printMarkdown({ ...review, steps: [] }), 'nothing is pending');
});

test('Markdown: neither long messages, reasons and notes nor many heads are more than a comment holds', async () => {
  const review = await reviewAll();
  const long = '@a #1 '.repeat(20_000);
  const ids = Array.from({ length: 5_000 }, (_, index) => `r${index}`);
  const many = Array.from({ length: 300 }, () => ({
    rule: 'drop-table',
    severity: 'error' as const,
    message: long,
    advice: long,
    allowed: long,
  }));
  const [step, ...steps] = review.steps;
  const text = printMarkdown({
    ...review,
    steps: [{ ...step!, findings: many }, ...steps],
    from: ids,
    to: ids,
    unmeasured: ids,
    warnings: Array.from({ length: 300 }, () => long),
    shared: [{ kind: 'made', object: long }],
  });
  assert.ok(text.length < 60_000, String(text.length));
  assert.match(text, /All of it: `updown review --html review\.html`\n$/);
});

test('SARIF: the fields that code scanning asks for, rules from the table, lines of files that a checkout has', async () => {
  const review = await reviewAll();
  const { $schema, version, runs } = JSON.parse(printSarif(review)) as Sarif;
  assert.match($schema, /sarif-2\.1\.0\.json$/);
  assert.is(version, '2.1.0');
  assert.is(runs.length, 1);
  const { driver } = runs[0]!.tool;
  assert.is(driver.name, 'updown');
  assert.match(driver.version, /^\d+\.\d+\.\d+/);
  assert.equal(
    driver.rules.map(({ id }) => id),
    rules.map(({ id }) => id),
  );
  for (const { shortDescription, fullDescription, help, defaultConfiguration } of driver.rules) {
    assert.ok(shortDescription.text && fullDescription.text && help.text);
    assert.ok(['error', 'warning'].includes(defaultConfiguration.level));
  }
  const placed = placeFindings(review);
  const { results } = runs[0]!;
  assert.is(results.length, placed.length);
  for (const [index, result] of results.entries()) {
    const { finding, step, line } = placed[index]!;
    const { artifactLocation, region } = result.locations[0]!.physicalLocation;
    assert.is(driver.rules[result.ruleIndex]!.id, result.ruleId);
    assert.equal([result.ruleId, result.level], [finding.rule, finding.severity]);
    assert.equal([artifactLocation.uri, region.startLine], [step.file, line]);
    assert.not.match(artifactLocation.uri, /^\/|:/);
    assert.ok(result.message.text.startsWith(finding.message.slice(0, 5)));
    assert.is(result.suppressions?.[0]?.kind, finding.allowed === undefined ? undefined : 'inSource');
  }
  const prints = results.map(({ partialFingerprints }) => partialFingerprints['finding/v1']);
  assert.is(new Set(prints).size, prints.length);
});

test('SARIF: hostile text makes no link and no placeholder, and a fingerprint stays when the statement moves', async () => {
  const review = withFinding(await reviewAll(), nasty);
  const printed = printSarif(review);
  const [{ results }] = (JSON.parse(printed) as Sarif).runs as [Sarif['runs'][0]];
  const texts = results.map(({ message }) => message.text);
  for (const text of texts) assert.not.ok(isRaw(text) || /\]\(|(?<!\{)\{(?!\{)/.test(text));
  const [step, ...steps] = review.steps;
  const statements = step!.statements.map((statement) => ({ ...statement, line: statement.line + 10 }));
  const [moved] = (JSON.parse(printSarif({ ...review, steps: [{ ...step!, statements }, ...steps] })) as Sarif).runs;
  assert.equal(
    moved!.results.map(({ partialFingerprints }) => partialFingerprints),
    results.map(({ partialFingerprints }) => partialFingerprints),
  );
});

test('GitHub: a command a finding, worst first; hostile text ends no property and begins no command', async () => {
  const review = withFinding(await reviewAll(), nasty);
  const [step, ...steps] = review.steps;
  const odd = { ...review, steps: [{ ...step!, file: 'a,b:c%\n/up.sql' }, ...steps] };
  const lines = printAnnotations(odd).trimEnd().split('\n');
  const commands = lines.slice(0, -1);
  assert.is(commands.length, placeFindings(odd).length);
  assert.equal(
    commands.map((line) => /^::(\w+) file=[^,:]+,line=\d+,title=([\w-]+)::/.exec(line)?.slice(1)),
    rankFindings(odd).map(({ finding }) => [finding.allowed === undefined ? finding.severity : 'notice', finding.rule]),
  );
  assert.match(lines.at(-1)!, /^\d errors?, \d warnings?, 1 allowed in \d+ statements of 5 steps, on PostgreSQL/);
  const text = commands.find(
    (line) => line.includes('file=a%2Cb%3Ac%25 /up.sql') || line.includes('file=a%2Cb%3Ac%25'),
  )!;
  assert.match(text, "%250A::error::x ::error::x\\x1b[31m%0AThe safe way:%0ASELECT '%25', '{}';%0A````%0A</details>");
  assert.not.ok(isRaw(text));
});

test('--format: one of those named, not beside --json, with the exit status of --fail-on', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, revisions.slice(0, 2));
    const env = { PGHOST: undefined, PGDATABASE: undefined, DATABASE_URL: undefined } as unknown as NodeJS.ProcessEnv;
    const run = (...args: readonly string[]) => updown(['review', ...args], { cwd, env });
    const sarif = await run('--format', 'sarif', '--fail-on', 'error');
    assert.is(sarif.status, 3);
    assert.is(sarif.json<Sarif>().version, '2.1.0');
    const odd = await run('--format', 'toString');
    assert.is(odd.status, 2);
    assert.match(odd.stderr, /no format "toString"[\s\S]*text, markdown, sarif, github/);
    assert.is((await run('--format', 'markdown', '--json')).status, 2);
    assert.match((await run('--format', 'github', '--html', 'a.html')).stdout, /^::error /);
  }));

function isRaw(text: string): boolean {
  return text.includes('\u001b') || text.includes('\r');
}

test('the library renders what the command prints, and refuses a format that there is not', async () => {
  const reviewed = await reviewAll();
  assert.is(await renderReview(reviewed, 'markdown'), printMarkdown(reviewed));
  assert.is(await renderReview(reviewed, 'sarif'), printSarif(reviewed));
  assert.is(await renderReview(reviewed, 'github'), printAnnotations(reviewed));
  assert.match(await renderReview(reviewed, 'html'), /^<!doctype html>/);
  const text = await renderReview(reviewed, 'text', { width: 60 });
  assert.match(text, /^up bbbbbbbbbbbb totals are larger$/m);
  assert.is(text.includes('\x1b'), false);
  const isWhole = (line: string) => /^ {6}|^\S+$/.test(line);
  assert.equal(
    text.split('\n').filter((line) => line.length > 60 && !isWhole(line) && !/^plan | in \d+ statements /.test(line)),
    [],
  );
  for (const format of ['xml', 'constructor'] as unknown as readonly ReviewFormat[]) {
    const error = await renderReview(reviewed, format).catch((thrown: unknown) => thrown);
    assert.is((error as UpdownError).code, 'usage');
  }
});

test.run();
