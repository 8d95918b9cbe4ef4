import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withBrowser } from '../support/browser.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsBrowser } from '../support/run.ts';
import { hostile } from './reviewed.ts';

const env = { PGHOST: undefined, PGDATABASE: undefined, DATABASE_URL: undefined } as unknown as NodeJS.ProcessEnv;

test('history --html: the graph with what is applied, pending, current and head, and a list with links to files that are there', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'aaaaaaaaaaaa', message: 'tables' },
      { id: 'bbbbbbbbbbbb', message: hostile },
      { id: 'cccccccccccc', parents: ['aaaaaaaaaaaa'], message: 'a branch' },
      { id: 'dddddddddddd', parents: ['bbbbbbbbbbbb', 'cccccccccccc'], message: 'join' },
    ]);
    await mkdir(join(cwd, 'out'));
    await withDatabase(async ({ url }) => {
      await updown(['upgrade', 'bbbbbbbbbbbb', '--url', url], { cwd, env });
      const { status, stdout, stderr } = await updown(['history', '--html', 'out/h.html', '--url', url], { cwd, env });
      assert.is(status, 0, stderr);
      assert.is(stdout, 'page out/h.html\n');
      const page = await readFile(join(cwd, 'out/h.html'), 'utf8');
      assert.match(page, /<title>History of test-abc123, [^<]+: 4 revisions<\/title>/);
      assert.match(page, '<dt>It is at</dt><dd><code>bbbbbbbbbbbb</code>');
      const boxes = Array.from(page.matchAll(/class="id (\w+)">([^<]+)</g), ([, state, name]) => `${state} ${name}`);
      assert.equal(boxes, [
        'applied ✓ aaaaaaaaaaaa',
        'applied ✓ bbbbbbbbbbbb (current)',
        'planned ○ cccccccccccc',
        'planned ○ dddddddddddd (head)',
      ]);
      assert.is(page.split('class="edge ').length - 1, 4);
      const links = Array.from(page.matchAll(/href="([^"#:]+)"/g), ([, href = '']) => decodeURIComponent(href));
      assert.is(links.length, 8);
      assert.equal(
        links.filter((href) => !existsSync(join(cwd, 'out', href))),
        [],
      );
      assert.is(page.split('<script').length, 2, 'its own script alone');
      const again = await updown(['history', '--html', 'out/h.html'], { cwd, env });
      assert.match(again.stderr, '"out/h.html" already exists');
    });
  }));

for (const { width, colorScheme } of [
  { width: 1200, colorScheme: 'light' },
  { width: 400, colorScheme: 'dark' },
] as const)
  needsBrowser(
    test,
    `300 revisions, ${width} wide: all are drawn, a search shows those with its words, nothing is cut off`,
    () =>
      withProject({}, async (cwd) => {
        const ids = Array.from({ length: 300 }, (_, index) => `r${String(index).padStart(11, '0')}`);
        await writeProject(
          cwd,
          ids.map((id, index) => ({ id, message: index === 7 ? 'Billing tables' : `step ${index}` })),
        );
        assert.is((await updown(['history', '--html', 'h.html'], { cwd, env })).status, 0);
        await withBrowser(async (browser) => {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
          const said: string[] = [];
          page.on('console', (message) => said.push(message.text()));
          page.on('pageerror', (error) => said.push(error.message));
          await page.goto(pathToFileURL(join(cwd, 'h.html')).href);
          assert.is(await page.evaluate('document.documentElement.scrollWidth'), width);
          assert.is(await page.locator('.dag .node').count(), 300);
          assert.is(await shownRows(page), 300);
          await page.fill('#words', 'tables billing');
          assert.is(await shownRows(page), 1);
          assert.is(await page.locator('#found').textContent(), '1 of 300');
          assert.is(await page.locator('.dag g.pale').count(), 299);
          assert.ok(await page.locator('.dag g:not(.pale) text.id').isVisible());
          assert.ok(await isInView(page, '.dag g:not(.pale) rect'), 'the graph is scrolled to it');
          await page.fill('#words', '');
          assert.is(await shownRows(page), 300);
          assert.equal(said, []);
        });
      }),
  );

function shownRows(page: Page): Promise<number> {
  return page.locator('.revisions > li:not([hidden])').count();
}

/** Of the part of the graph that is shown. */
function isInView(page: Page, selector: string): Promise<boolean> {
  return page.evaluate(`(() => {
    const [frame, box] = ['.dag', ${JSON.stringify(selector)}].map((one) => document.querySelector(one).getBoundingClientRect());
    return box.top >= frame.top && box.bottom <= frame.bottom;
  })()`);
}

test.run();
