import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { renderReview, review } from '../lib/index.ts';
import { withBrowser } from '../test/support/browser.ts';
import { type TestRevision, withProject, writeProject } from '../test/support/project.ts';

// npm run docs:picture: docs/review.png, the page of a review as README shows it.
const picture = fileURLToPath(new URL('../docs/review.png', import.meta.url));
const size = { width: 1200, height: 845 };

const revisions: readonly TestRevision[] = [
  {
    id: '5cd038a8f131',
    message: 'customers and orders',
    up: `CREATE TABLE customers (id integer PRIMARY KEY, email text);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES customers, total integer);
`,
  },
  { id: '9e4107c2d6ab', message: 'totals are larger', up: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;\n' },
  {
    id: 'b27f40d91c3e',
    message: 'customers have an address',
    up: 'ALTER TABLE customers ALTER COLUMN email SET NOT NULL;\n',
  },
];

await withProject({}, async (cwd) => {
  await writeProject(cwd, revisions, { project: 'shop' });
  const page = join(cwd, 'review.html');
  await writeFile(page, await renderReview(await review({ cwd, env: {}, range: '5cd038a8f131:head' }), 'html'));
  await withBrowser(async (browser) => {
    const tab = await browser.newPage({ viewport: size, colorScheme: 'light' });
    await tab.goto(pathToFileURL(page).href);
    await tab.screenshot({ path: picture });
  });
});
