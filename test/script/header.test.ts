import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareDowngrade, prepareStamp, prepareUpgrade, type Script } from '../../lib/index.ts';
import { readHeader } from '../../lib/script/header.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderScript } from '../../lib/script/psql.ts';
import type { TestRevision } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, print, readEvents, runScript } from '../support/script.ts';
import { withSite } from './site.ts';

/** The comment at the top of a script, behind what closes it at its end. */
function head(text: string): string {
  return text.slice(0, text.indexOf('\n\n')).replace(/^\\set .*\n/, '');
}

function printPlain(script: Script): string {
  return renderPlain(script, { tool: '1.2.3' })
    .flatMap(({ pieces }) => [...pieces])
    .join('');
}

const revisions: readonly TestRevision[] = [
  { id: 'a1', message: 'add orders', up: 'CREATE TABLE orders (id int, old text);' },
  {
    id: 'b1',
    message: 'drop the old',
    up: '-- why\nALTER TABLE orders\n  DROP COLUMN old;\n\nDELETE FROM orders;',
    down: '-- updown: irreversible',
  },
  { id: 'c1', message: 'empty', up: 'CREATE TABLE c1 (id int);', down: '' },
  {
    id: 'd1',
    message: 'an index',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON orders (id);',
    down: null,
  },
  { id: 'e1', message: 'unseen', up: '-- updown: unparsed\nSELECT 1;' },
];

const upgradeHead = `-- -----------------------------------------------------------------------------
-- updown script for project test-abc123
--
--   from     base
--   to       e1
--   steps    5 up
--   digest   <digest>
--            (of all that is sent; updown script verify compares it, and each ledger entry records it)
--   made by  updown 1.2.3
--
--      1  up a1 add orders
--      2  up b1 drop the old
--         DESTROYS line 2: DROP COLUMN orders.old
--         DESTROYS line 5: DELETE FROM orders without WHERE
--         NO WAY BACK: its down.sql says that it is irreversible
--      3  up c1 empty
--         NO WAY BACK: its down.sql is empty
--      4  up d1 an index
--         NOT in a transaction: each statement commits by itself, and is recorded after it has run
--         NO WAY BACK: its down.sql is missing or cannot be read
--      5  up e1 unseen
--         NOT PARSED: it was not checked for statements that destroy data
--
-- With psql 14 or later, on PostgreSQL 12 or later: psql -X -v ON_ERROR_STOP=1 -f <this file> "<connection string>"
-- Exit 0: done, the last line names the head. 1: psql itself failed, for example to read a file. 2: the connection was
-- lost. 3: refused, failed, or cut off (the last line closes the first): the message says why; the ledger records what
-- was committed. It can be run again after each: recorded steps are skipped, a database in any other state is refused.
-- After "canceling statement due to lock timeout": SELECT * FROM updown.lock_holders; shows who holds the lock.
-- -----------------------------------------------------------------------------`;

test('the header says what, from where, how to run it, what it destroys and what cannot be undone', () =>
  withSite(revisions, async (site) => {
    const script = await prepareUpgrade(site);
    const text = [...renderScript(script, { tool: '1.2.3' })].join('');
    assert.is(head(text).replace(script.digest, '<digest>'), upgradeHead);
    const plain = printPlain(script);
    const shared = upgradeHead.slice(upgradeHead.indexOf('--      1'), upgradeHead.indexOf('--\n-- With psql'));
    // Where it happens, too.
    for (const printed of [text, plain])
      assert.match(
        printed,
        /^-- 2\/5 {2}up b1 drop the old -+\n.*\n-- sha256 .*\n-- DESTROYS line 2: DROP COLUMN orders\.old\n-- DESTROYS .*\n-- NO WAY BACK: /m,
      );
    assert.ok(plain.includes(shared), plain.slice(0, 3000));
  }));

test('the header of a downgrade names what it destroys, and of a stamp each revision', () =>
  withSite([{ id: 'a1' }, { id: 'b1' }], async (site) => {
    const down = head(print(await prepareDowngrade({ ...site, from: 'b1', target: 'base' })));
    assert.match(
      down,
      /down b1 [^\n]*\n-- {9}DESTROYS line 1: DROP TABLE t_b1\n-- {6}2 {2}down a1 [^\n]*\n-- {9}DESTROYS line 1: DROP TABLE t_a1\n/,
    );
    assert.not.match(down, /NO WAY BACK/);
    const stamp = head(print(await prepareStamp({ ...site, targets: ['b1'] })));
    assert.match(stamp, /stamp a1 b1 without running them\n-- {9}stamp a1\n-- {9}stamp b1\n/);
  }));

const nasty = 'a\n\\! touch pwned\n`touch pwned`; */ DROP TABLE x; -- \r\\q\u001b[31m\u202e\u0000\u2028SELECT 1 / 0;';
const hostile: readonly TestRevision[] = [
  { id: 'a1', message: nasty, up: 'CREATE TABLE x (id int);\nCREATE TABLE "y\n\\! touch pwned\n" (id int);' },
  { id: 'b1', message: `'$updown$ \\${nasty}`, up: 'DROP TABLE "y\n\\! touch pwned\n";' },
  { id: 'c1', message: nasty, up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY ON x (id);' },
];
const annotations = new Map(
  ['a1', 'b1', 'c1'].map((id) => [id, { impact: [nasty], statements: new Map([[1, [nasty, 'waits for nobody']]]) }]),
);

needsPsql(
  test,
  'F67: newlines, backticks, \\!, */ and ANSI codes in messages, names and annotations stay comments',
  () =>
    withSite(hostile, async (site, database) => {
      const script = await prepareUpgrade(site);
      const text = [...renderScript(script, { tool: '1.2.3', annotations })].join('');
      assert.ok(
        head(text)
          .split('\n')
          .every((line) => line.startsWith('-- ') || line === '--'),
      );
      assert.not.match(text.replaceAll('\n', ''), /[\p{Cc}\u202e\u2028]/u);
      const outcome = await runScript(site.url, text);
      assert.is(lastLine(outcome), 'updown: done, the database is at c1', outcome.stderr);
      assert.not.match(outcome.stdout, /\p{Cc}(?<!\n)/u);
      assert.not(existsSync('pwned') || existsSync(join(site.cwd, 'pwned')));
      assert.equal(await database.query("SELECT to_regclass('x') IS NOT NULL AS x"), [{ x: true }]);
      assert.match(await readEvents(database), /up c1$/);
    }),
);

test('each annotation stands above its statement, without it the bytes are what a run sends, and it changes no digest', () =>
  withSite(hostile, async (site) => {
    const script = await prepareUpgrade(site);
    const bare = [...renderScript(script, { tool: '1.2.3' })].join('');
    const first = [...renderScript(script, { tool: '1.2.3', annotations })].join('');
    assert.is([...renderScript(script, { tool: '1.2.3', annotations })].join(''), first);
    assert.match(first, /\n-- line 1, CREATE TABLE: waits for nobody\nCREATE TABLE x /);
    assert.match(first, /\n-- line 2, CREATE INDEX CONCURRENTLY: waits for nobody\nCREATE INDEX CONCURRENTLY ON x /);
    const added = first.split('\n').filter((line) => line.includes('touch pwned') || line.includes('waits for nobody'));
    assert.ok(added.length > 6);
    const without = first
      .split('\n')
      .filter((line) => !/^-- (line \d| {10}\S)/.test(line))
      .join('\n');
    assert.is(without, bare);
  }));

/** The header of a script of so many steps, each of which destroys so many things. */
async function headOf(
  steps: number,
  things: number,
): Promise<{ readonly text: string; readonly head: readonly string[] }> {
  const up = Array.from({ length: things }, (_, n) => `DROP TABLE IF EXISTS t${n};\n`).join('');
  const own = Array.from({ length: steps }, (_, n) => ({ id: `r${n}`, up, down: '-- updown: irreversible\n' }));
  let text = '';
  await withSite(own, async (site) => {
    text = [...renderScript(await prepareUpgrade(site), { tool: '1.2.3' })].join('');
  });
  const lines = text.split('\n');
  return {
    text,
    head: lines.slice(
      2,
      lines.findIndex((line, index) => index > 2 && line.startsWith('-- ---')),
    ),
  };
}

test('a header of ten steps fits on a screen, whatever they destroy; all of that stands above the step', async () => {
  const { text, head } = await headOf(10, 30);
  assert.ok(head.length <= 48, `${head.length} lines`);
  assert.is(head.filter((line) => line === '--         DESTROYS in 30 places; NO WAY BACK').length, 10);
  assert.match(head.join('\n'), 'What that is in full stands above each of these steps.');
  assert.is([...text.matchAll(/^-- DESTROYS line \d+: DROP TABLE t\d+$/gm)].length, 300);
});

test('a header of two hundred steps says of how many more steps the marks stand above them', async () => {
  const { text, head } = await headOf(200, 1);
  // A line for each step, which `--expect` reads, and no more than a screen beside that.
  assert.ok(head.length <= 200 + 48, `${head.length} lines`);
  assert.match(head.join('\n'), 'above each of these steps, and so it does of 180 more steps: 21-200.');
  assert.is(readHeader(text)?.steps.length, 200);
});

test('a header names each marked step that it says no more of', async () => {
  const drop = 'DROP TABLE IF EXISTS t;\n';
  const marked = Array.from({ length: 20 }, (_, n) => ({ id: `r${n}`, up: drop, down: '-- updown: irreversible\n' }));
  const others = [3, 1, 2].flatMap((count, group) => [
    { id: `g${group}`, up: `CREATE TABLE g${group} ();\n` },
    ...Array.from({ length: count }, (_, n) => ({ id: `g${group}n${n}`, up: drop })),
  ]);
  await withSite([...marked, ...others], async (site) => {
    const text = [...renderScript(await prepareUpgrade(site), { tool: '1.2.3' })].join('');
    assert.match(text, ' and so it does of 6 more steps: 22-24, 26, 28-29.\n');
  });
});

test('one step that destroys much is told in a few lines', async () => {
  const { head } = await headOf(1, 30);
  assert.equal(
    head.filter((line) => /DESTROYS|NO WAY/.test(line)).map((line) => line.slice(11)),
    [
      ...[1, 2, 3].map((line) => `DESTROYS line ${line}: DROP TABLE t${line - 1}`),
      'DESTROYS 27 more: they stand above the step',
      'NO WAY BACK: its down.sql says that it is irreversible',
    ],
  );
});

test.run();
