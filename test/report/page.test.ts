import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printPage } from '../../lib/report/html/page.ts';
import { css } from '../../lib/report/html/style.ts';
import { foldTracks, layTracks } from '../../lib/report/html/timeline.ts';
import { listFindings } from '../../lib/report/listed.ts';
import { withBrowser } from '../support/browser.ts';
import { updown } from '../support/cli.ts';
import { computing } from '../support/cpu.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsBrowser } from '../support/run.ts';
import { reviewAll, reviewPartitions, revisions, withFinding } from './reviewed.ts';

test('a lock is drawn from the statement that takes it to the commit, outside a transaction for its statement alone', async () => {
  const { steps } = await reviewAll();
  const [larger] = steps;
  assert.equal(layTracks(larger!), [
    { relation: 'public.orders', spans: [{ mode: 'ACCESS EXCLUSIVE', from: 2, until: 4, stated: false }] },
    { relation: 'public.customers', spans: [{ mode: 'ROW EXCLUSIVE', from: 1, until: 4, stated: false }] },
  ]);
  const concurrent = steps.find(({ transactional }) => !transactional);
  assert.equal(
    layTracks(concurrent!).map(({ relation, spans }) => [relation, spans.map(({ from, until }) => [from, until])]),
    [['public.orders', [[1, 2]]]],
  );
});

test('a stronger lock on the same relation ends the weaker one where it is taken', async () => {
  const { steps } = await reviewAll();
  const [first, second, third] = steps[0]!.statements;
  const lock = { relation: 'public.orders', kind: 'table', since: 1, mode: 'SHARE' } as const;
  const statements = [
    { ...first!, locks: [lock] },
    { ...second!, locks: [lock] },
    { ...third!, locks: [{ ...lock, since: 3, mode: 'ACCESS EXCLUSIVE' as const }] },
  ];
  assert.equal(layTracks({ ...steps[0]!, statements })[0]!.spans, [
    { mode: 'SHARE', from: 1, until: 3, stated: false },
    { mode: 'ACCESS EXCLUSIVE', from: 3, until: 4, stated: false },
  ]);
});

test('hostile text from files, the server and descriptions stays text', async () => {
  const review = withFinding(await reviewAll(), {
    message: '"><img src=x onerror=alert(3)>\u202e\u0000',
    advice: '</code></pre><script>alert(4)</script>\u001b[2J',
    relation: '<b>',
  });
  const page = printPage(review);
  assert.not.match(page, /<script|<img|<b>&|onerror=alert\(3\)>/i);
  for (const character of ['\u202e', '\u0000', '\u001b']) assert.not.ok(page.includes(character));
  assert.ok(page.includes('\\u202e') && page.includes('\\x1b'));
});

test('title and head have the project and the database; the list has each statement; partitions are counted', async () => {
  const review = { ...(await reviewPartitions()), project: 'shop<1>', database: 'shop on db1' };
  const page = printPage(review);
  assert.match(page, '<title>Review of shop&#60;1&#62;, for shop on db1: 5 errors, 1 warning</title>');
  assert.match(page, /<h1>Review of shop&#60;1&#62; <span[^>]*>5 errors, 1 warning/);
  assert.match(page, '<dt>Project</dt><dd>shop&#60;1&#62;</dd></div>\n<div><dt>Database</dt><dd>shop on db1</dd>');
  const [, list = ''] = /<ol class="overview">(.*?)<\/ol>/s.exec(page) ?? [];
  const items = list
    .split('<li ')
    .slice(1)
    .map((item) => item.replace(/<[^>]*>/g, ''));
  assert.is(items.length, listFindings(review).length);
  assert.match(items[0]!, /rewrites public\.orders .*ALTER TABLE orders ALTER COLUMN total TYPE bigint.*up\.sql:1$/);
  assert.not.match(page, 'public.events_1');
  const [step] = review.steps;
  assert.equal(
    foldTracks(step!, layTracks(step!)).map(({ relation }) => relation),
    ['public.orders', 'public.events and 5 partitions of it'],
  );
  const unnamed = printPage({ ...review, database: undefined });
  assert.match(unnamed, '<title>Review of shop&#60;1&#62;: 5 errors');
  assert.match(unnamed, '<dd>none was named</dd>');
});

test('the page names nothing outside itself', async () => {
  const page = printPage(await reviewAll());
  const text = page.replace(/<pre>.*?<\/pre>/gs, '');
  assert.equal(
    Array.from(text.matchAll(/(?:href|src|url)\s*[=(]\s*["']?([^"')\s>]+)/g), ([, to = '']) => to).filter(
      (to) => !/^(#|data:,$)/.test(to),
    ),
    [],
  );
});

test('nothing to review is a page too; so is a plan in a history of 5,000 revisions, most of it not drawn', async () => {
  const review = await reviewAll();
  const empty = printPage({ ...review, steps: [], unmeasured: [] });
  assert.match(empty, 'nothing to review');
  const ids = Array.from({ length: 5_000 }, (_, index) => `r${index}`);
  const nodes = new Map(
    ids.map((id, index) => [
      id,
      { id, parents: index === 0 ? [] : [`r${index - 1}`], dependsOn: [], labels: [], folder: id, message: id },
    ]),
  );
  const graph = {
    order: ids,
    nodes,
    position: new Map(ids.map((id, index) => [id, index])),
    children: new Map(ids.map((id, index) => [id, index === 4_999 ? [] : [`r${index + 1}`]])),
    dependents: new Map(),
    dependencies: new Map(),
    labels: new Map(),
  };
  const steps = [{ ...review.steps[0]!, id: 'r4990' }];
  let page = '';
  const cost = await computing(() => {
    page = printPage({ ...review, graph, steps, from: ['r4989'], to: ['r4990'], unmeasured: [] });
  });
  assert.match(page, '4,995 more revisions not drawn'.replace(',', ''));
  assert.ok(cost < 5_000, String(cost));
});

test('text can be read: at least 4.5:1 against its ground, in light, dark and print', () => {
  const schemes = Array.from(css.matchAll(/:root\{(--[^}]+)\}/g), ([, text = '']) => new Map(parsePairs(text)));
  assert.is(schemes.length, 3);
  const grounds = {
    ground: ['ink', 'quiet', 'accent'],
    raised: ['ink', 'quiet', 'keyword', 'string', 'number', 'type'],
    'bad-ground': ['bad', 'ink'],
    'warn-ground': ['warn', 'ink'],
    'good-ground': ['good'],
    'accent-ground': ['ink', 'accent'],
  };
  const low = schemes.flatMap((scheme) =>
    Object.entries(grounds).flatMap(([ground, inks]) =>
      inks
        .map((ink) => ({ ink, ground, ratio: contrast(scheme.get(ink)!, scheme.get(ground)!) }))
        .filter(({ ratio }) => !(ratio >= 4.5)),
    ),
  );
  assert.equal(low, []);
});

test('--html: written once, never over a file, beside the text; refused before anything is measured', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, revisions.slice(0, 2));
    const env = { PGHOST: undefined, PGDATABASE: undefined, DATABASE_URL: undefined } as unknown as NodeJS.ProcessEnv;
    const first = await updown(['review', '--html', 'review.html'], { cwd, env });
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stdout, /\d errors?, \d warnings?[\s\S]*page review\.html/);
    const page = await readFile(join(cwd, 'review.html'), 'utf8');
    assert.match(page, /^<!doctype html>/);
    await writeFile(join(cwd, 'review.html'), 'mine');
    const second = await updown(['review', '--html', 'review.html'], { cwd, env });
    assert.match(second.stderr, '"review.html" already exists');
    assert.not.match(second.stdout, 'errors');
    assert.is(await readFile(join(cwd, 'review.html'), 'utf8'), 'mine');
  }));

for (const { width, height, scheme } of [
  { width: 1280, height: 900, scheme: 'light' },
  { width: 1280, height: 900, scheme: 'dark' },
  { width: 390, height: 844, scheme: 'light' },
  { width: 390, height: 844, scheme: 'dark' },
] as const) {
  needsBrowser(
    test,
    `in a browser, ${width} wide and ${scheme}: no error, no request, no sideways scrolling, every finding reached by Tab, a PDF`,
    () =>
      withProject({}, async (cwd) => {
        const review = withFinding(await reviewAll(), { message: `is about ${'a_very_long_name_'.repeat(12)}` });
        const file = join(cwd, 'review.html');
        await writeFile(file, printPage(review));
        await withBrowser(async (browser) => {
          const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
          const [said, asked] = listen(page);
          await page.goto(pathToFileURL(file).href);
          assert.is(await page.evaluate('document.documentElement.scrollWidth'), width);
          assert.is(await isDark(page), scheme === 'dark');
          const wanted = listFindings(review).map((_, index) => `finding-${index + 1}`);
          assert.ok(wanted.length > 5);
          const reached = await tabThrough(page);
          assert.equal(
            wanted.filter((id) => !reached.includes(id)),
            [],
          );
          assert.is(reached[0], 'skip');
          const pdf = await page.pdf({ format: 'A4' });
          assert.is(pdf.subarray(0, 5).toString(), '%PDF-');
          assert.ok(pdf.length > 20_000);
          assert.equal(said, []);
          assert.equal(asked, [pathToFileURL(file).href]);
        });
      }),
  );
}

needsBrowser(test, 'on paper: light though the screen is dark, what is folded is shown, the graph is not cut', () =>
  withProject({}, async (cwd) => {
    const file = join(cwd, 'review.html');
    await writeFile(file, printPage(await reviewAll()));
    await withBrowser(async (browser) => {
      const page = await browser.newPage({ viewport: { width: 720, height: 1000 }, colorScheme: 'dark' });
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await page.goto(pathToFileURL(file).href);
      assert.is(await isDark(page), false);
      assert.ok(await page.locator('details:not([open]) pre').first().isVisible());
      assert.is(
        await page.evaluate('(e => e.scrollHeight - e.clientHeight)(document.querySelector(".dag"))'),
        0,
        'nothing of the graph is scrolled away',
      );
    });
  }),
);

function listen(page: Page): readonly [readonly string[], readonly string[]] {
  const said: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('dialog', (dialog) => said.push(dialog.message()));
  page.on('request', (request) => request.url() !== 'data:,' && asked.push(request.url()));
  return [said, asked];
}

function isDark(page: Page): Promise<boolean> {
  return page.evaluate('Number(/\\d+/.exec(getComputedStyle(document.body).backgroundColor)[0]) < 128');
}

/** The ids of all that Tab stops at, each with a ring around it. */
async function tabThrough(page: Page): Promise<readonly string[]> {
  const reached: string[] = [];
  for (let presses = 0; presses < 300; presses++) {
    await page.keyboard.press('Tab');
    const [id, style] = (await page.evaluate(`(() => {
      const at = document.activeElement;
      const id = at.className === 'skip' ? 'skip' : at.tagName === 'SUMMARY' ? at.parentElement.id : at.tagName;
      return [id, getComputedStyle(at).outlineStyle];
    })()`)) as readonly [string, string];
    if (id === 'BODY') break;
    assert.is(style, 'solid', id);
    reached.push(id);
  }
  return reached;
}

function parsePairs(text: string): readonly (readonly [string, string])[] {
  return Array.from(text.matchAll(/--([\w-]+):(#\w+)/g), ([, name = '', value = '']) => [name, value] as const);
}

/** https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const digits = color.length === 4 ? color.replace(/\w/g, '$&$&') : color;
  const [r = 0, g = 0, b = 0] = Array.from(digits.matchAll(/\w\w/g), ([pair]) => {
    const value = Number.parseInt(pair, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test.run();
