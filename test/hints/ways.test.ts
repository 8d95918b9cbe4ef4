import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runHere } from '../support/console.ts';
import { serverUrl } from '../support/server.ts';
import { type Desk, withDesk } from './desk.ts';
import { isSaid } from './scan.ts';

const two = [{ id: 'a1' }, { id: 'b1' }];
const three = [...two, { id: 'c1' }];

async function refused(desk: Desk, command: string, says: string): Promise<string> {
  const { stdout, stderr } = await desk.run(`${command} --json`);
  const hint: string = JSON.parse(stdout || '{}').error?.hint ?? '';
  assert.ok(isSaid(hint, says), `${hint}\n${stdout}${stderr}`);
  return hint;
}

test('a way back that is missing is written, said to be none, or gone as far as it goes', () =>
  withDesk([{ id: 'a1', down: '' }, { id: 'b1', down: '-- updown: irreversible\n' }, { id: 'c1' }], async (desk) => {
    const way = '…Nothing was reverted; `updown downgrade …` goes down as far as possible.';
    const offline = await refused(desk, 'downgrade c1:base --sql', way);
    await desk.does(`${/updown (downgrade [^`]+)/.exec(offline)?.[1]}`);
    await desk.does('upgrade');
    const far = await refused(
      desk,
      'downgrade base --yes',
      '…Nothing was reverted; `updown downgrade …` goes down as far as possible.',
    );
    assert.ok(isSaid(far, 'Restore a backup, or write a new revision that goes forward.'), far);
    await desk.does(`${/updown (downgrade \w+)/.exec(far)?.[1]} --yes`);
    assert.is(await desk.heads(), 'b1');
    await desk.does('revision -m forward --rev-id d1 --parent c1');
    await desk.rewrite([{ id: 'a1', down: '' }, { id: 'b1' }]);
    await desk.does('stamp --only b1');
    const says =
      'Write what undoes up.sql; or a comment why nothing needs to be undone; or the line `-- updown: irreversible`.';
    const hint = await refused(desk, 'downgrade base --yes', says);
    await desk.write('a1', `${/`(-- updown: irreversible)`/.exec(hint)?.[1]}\n`, 'down');
    await refused(desk, 'downgrade base --yes', 'Restore a backup, or write a new revision that goes forward.');
    await desk.write('a1', '-- The table is kept for its rows.\n', 'down');
    await desk.does('downgrade base --yes');
  }));

test('what may not be one transaction is emitted as several, or apart', () =>
  withDesk([{ id: 'a1' }, { id: 'b1', up: '-- updown: no-transaction\nVACUUM;\n' }, { id: 'c1' }], async (desk) => {
    const says =
      'Leave --one-transaction out: then each step is a transaction of its own. Or emit up to the revision before, and from it on, apart.';
    await refused(desk, 'upgrade --sql --one-transaction', says);
    await desk.does('upgrade --sql');
    await desk.does('upgrade a1 --sql --one-transaction');
    await desk.does('upgrade a1:b1 --sql');
    await desk.does('upgrade b1:c1 --sql --one-transaction');
  }));

test('a file that is there is not overwritten: another one is named', () =>
  withDesk(two, async (desk) => {
    await desk.does('upgrade --sql --output up.sql');
    await refused(desk, 'upgrade --sql --output up.sql', 'Nothing was overwritten. Name another one, or remove it.');
    await desk.does('upgrade --sql --output other.sql');
    await refused(
      desk,
      'upgrade --sql --output nowhere/up.sql',
      'Nothing was left there. Check the path, its permissions and the space on the disk.',
    );
    await mkdir(join(desk.folder, 'nowhere'));
    await desk.does('upgrade --sql --output nowhere/up.sql');
    await mkdir(join(desk.folder, 'folder.sql'));
    await refused(
      desk,
      'upgrade --expect folder.sql',
      'Name what --output or `updown plan --json` has written, or a digest.',
    );
    await desk.does('upgrade --expect up.sql');
  }));

test('a script that somebody changed is emitted again', () =>
  withDesk(two, async (desk) => {
    const text = (await desk.does('upgrade --sql')).stdout;
    await desk.put('up.sql', text.replace('CREATE TABLE "t_b1"', 'CREATE TABLE "t_b9"'));
    const hint = await refused(
      desk,
      'upgrade --expect up.sql',
      'Nothing was sent. Emit it again, and review that: updown upgrade --sql',
    );
    await desk.put('up.sql', (await desk.obeys(hint)).stdout);
    await desk.does('upgrade --expect up.sql');
  }));

test('a history of another tool: its folder, twins, links, and what is put in their place', () =>
  withDesk([], async (desk) => {
    await refused(desk, 'import golang-migrate nowhere --dir new', 'Give the folder that holds the migrations.');
    await desk.put('old/readme.txt', 'x');
    await refused(desk, 'import golang-migrate old --dir new', 'Give the folder that holds files such as "…".');
    await desk.put('old/1_a.up.sql', 'SELECT 1;\n');
    await desk.put('old/1_b.up.sql', 'SELECT 1;\n');
    await refused(desk, 'import golang-migrate old --dir new', 'Keep one of them, or give one another number.');
    await desk.put('mended/1_a.up.sql', 'SELECT 1;\n');
    await desk.put('mended/2_b.up.sql', 'SELECT 1;\n');
    await desk.does('import golang-migrate mended --dir new');
    await desk.put('diesel/2024-01-01-000000_a/up.sql', 'SELECT 1;\n');
    await desk.put('diesel/2024-01-01-000000_b/up.sql', 'SELECT 1;\n');
    await refused(desk, 'import diesel diesel --dir other', 'Keep one of them, or give one another version.');
    await desk.put('odd\u0001/up.sql', '');
    await desk.put('named/1_a\u0001.up.sql', 'SELECT 1;\n');
    await refused(desk, 'import golang-migrate named --dir other', 'Rename it, then import again.');
    await mkdir(join(desk.folder, 'linked'));
    await desk.put('outside.sql', 'SELECT 1;\n');
    await symlink(join(desk.folder, 'outside.sql'), join(desk.folder, 'linked/1_a.up.sql'));
    await refused(
      desk,
      'import golang-migrate linked --dir other',
      'Put the file or folder itself in its place, then import again.',
    );
    await desk.put('itself/1_a.up.sql', 'SELECT 1;\n');
    await desk.does('import golang-migrate itself --dir other');
  }));

test('which database is meant: the url is set, or the embedded one named', () =>
  withDesk(two, async (desk) => {
    await desk.put('updown.json', '{ "url": "pglite:memory" }');
    const run = async (env: Readonly<Record<string, string>>, more: readonly string[] = []) =>
      runHere(['upgrade', '--json', ...more], { cwd: desk.folder, env });
    for (const [env, says] of [
      [{ CI: 'true' }, 'Set DATABASE_URL to the url of the database; ….'],
      [{ PGUSER: 'ada' }, "Set DATABASE_URL, or PGHOST and PGDATABASE, to the server's place; …."],
    ] as const) {
      const { stdout } = await run(env);
      const hint: string = JSON.parse(stdout).error.hint;
      assert.ok(isSaid(hint, says), stdout);
      const [, option = '', url = ''] = /(--url) (\S+?)\.?$/.exec(hint) ?? [];
      assert.is((await run(env, [option, url])).status, 0);
      assert.is((await run({ ...env, DATABASE_URL: desk.database.url })).status, 0);
      await desk.does(`downgrade base --yes --url ${desk.database.url}`);
    }
  }));

test('a review that lacks a server, rows or time is given them', () =>
  withDesk(
    [
      { id: 'a1', up: 'CREATE TABLE t (n integer);\n' },
      { id: 'b1', up: 'DO $$ BEGIN LOOP EXIT WHEN EXISTS (SELECT FROM auth.users); END LOOP; END $$;\n' },
      { id: 'c1', up: 'ALTER TABLE t ADD COLUMN m integer;\n' },
    ],
    async (desk) => {
      const scratch = await serverUrl();
      await desk.put('updown.json', '{ "scratch": { "template": "template1" } }');
      await refused(
        desk,
        'review base:a1',
        'Name the server, as "url" next to it or with --scratch; or name a file of SQL instead of a template, as "setup".',
      );
      await desk.does(`review base:a1 --scratch ${scratch}`);
      await desk.put('updown.json', '{ "scratch": { "setup": "setup.sql" } }');
      await desk.put('setup.sql', 'CREATE SCHEMA auth;\nCREATE TABLE auth.users (id nothing);\n');
      await refused(
        desk,
        'review base:a1',
        'Correct the file, or take what it needs from a scratch server (--scratch postgres://…). Nothing but scratch was touched.',
      );
      await desk.put('setup.sql', 'CREATE SCHEMA auth;\nCREATE TABLE auth.users (id integer);\n');
      await desk.does('review base:a1');
      const endless =
        'A loop that waits for rows never ends on empty scratch: give it rows in a setup file ("scratch": { "setup": … } in updown.json). If it only takes long: --statement-timeout <duration>.';
      await refused(desk, 'review b1:c1 --statement-timeout 1s', endless);
      await desk.put('setup.sql', 'CREATE SCHEMA auth;\nCREATE TABLE auth.users AS SELECT 1 AS id;\n');
      await desk.does('review b1:c1 --statement-timeout 1s');
      const hint = await refused(
        desk,
        'review b1:c1 --statement-timeout soon',
        'Write --statement-timeout 90s, 500ms or 10min; 0 is no limit.',
      );
      await desk.does(`review b1:c1 ${/--statement-timeout \w+/.exec(hint)?.[0]}`);
      await desk.put('updown.json', '{}');
      const lacks =
        'Make what it lacks in a file that "scratch": { "setup": "<file>" } of updown.json names, or name a server that has it: --scratch postgres://…';
      await desk.write('b1', 'SELECT FROM auth.users;\n');
      const asked = await refused(desk, 'upgrade b1:c1 --sql --annotate', lacks);
      await desk.put(
        'updown.json',
        `{ ${/"scratch": \{ "setup": "<file>" \}/.exec(asked)?.[0].replace('<file>', 'setup.sql')} }`,
      );
      await desk.does('upgrade b1:c1 --sql --annotate');
      await refused(
        desk,
        'review --url postgres://u@127.0.0.1:1/d',
        '… Or say what to review: updown review --url postgres://u@127.0.0.1:1/d <from>:<to>',
      );
      await desk.does('review b1:c1 --url postgres://u@127.0.0.1:1/d');
    },
  ));

test('a scratch server asks for rights, which are given', () =>
  withDesk(
    [
      { id: 'a1', up: 'CREATE TABLE t (n integer);\nGRANT SELECT ON t TO named_by_files;\n' },
      { id: 'b1', up: 'SELECT 1;\n' },
    ],
    async (desk) => {
      const { query, name, url } = desk.database;
      const reviewer = new URL(url);
      [reviewer.username, reviewer.password] = [`reviewer_${name}`, 'x'];
      await query(`CREATE ROLE reviewer_${name} LOGIN PASSWORD 'x'`);
      try {
        const command = `review a1:b1 --scratch ${reviewer.href}`;
        await refused(
          desk,
          command,
          'The role needs CREATEDB there. Never name production as --scratch; without it, PostgreSQL runs in this process.',
        );
        await query(`ALTER ROLE reviewer_${name} CREATEDB`);
        await refused(
          desk,
          command,
          'The role that connects to the scratch server needs CREATEROLE there, or the role has to be there.',
        );
        await query(`ALTER ROLE reviewer_${name} CREATEROLE`);
        await desk.does(command);
        await query(`CREATE DATABASE stock_${name}`);
        await desk.put('updown.json', `{ "scratch": { "url": "${reviewer.href}", "template": "stock_${name}" } }`);
        await refused(
          desk,
          'review a1:b1',
          'The role needs CREATEDB there, and must own "…" or find it marked as a template; nobody may be connected to that.',
        );
        await query(`ALTER DATABASE stock_${name} IS_TEMPLATE true`);
        await desk.does('review a1:b1');
      } finally {
        await query(`ALTER DATABASE stock_${name} IS_TEMPLATE false`).catch(() => {});
        await query(`DROP DATABASE IF EXISTS stock_${name}`);
        await query(`DROP ROLE reviewer_${name}`);
      }
    },
  ));

test('a setting of the connection goes where its hint says', () =>
  withDesk(three, async (desk) => {
    const { url } = desk.database;
    const says =
      "Take it out of the connection (options=, PGOPTIONS or the service's options), or write … in updown.json.";
    const run = (more: string) =>
      runHere(['upgrade', 'a1', '--json', '--url', url], { cwd: desk.folder, env: { PGOPTIONS: more } });
    await desk.put('updown.json', '{ "settings": { "search_path": "public" } }');
    const { stdout } = await run('-c search_path=elsewhere');
    const hint: string = JSON.parse(stdout).error?.hint ?? '';
    assert.ok(isSaid(hint, says), stdout);
    await desk.database.query('CREATE SCHEMA elsewhere');
    await desk.put('updown.json', `{ ${/or write (.*) in updown\.json/.exec(hint)?.[1]} }`);
    assert.is((await run('-c search_path=elsewhere')).status, 0);
  }));

test.run();
