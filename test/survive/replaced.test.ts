import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { digestSql } from '../../lib/sql/read.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, readEvents, runScript } from '../support/script.ts';

/** A project whose revisions `p1`, `p2` and `p3` are one later on, with the id of the last one; `top` stands on it. */
interface Site extends Database {
  readonly cwd: string;
  readonly run: (...args: readonly string[]) => ReturnType<typeof updown>;
  /** The files as `squash` leaves them. */
  readonly squash: () => Promise<void>;
  /** Another revision on top. */
  readonly add: () => Promise<void>;
}

const parts = ['p1', 'p2', 'p3'];
const upOf = (id: string) => `CREATE TABLE t_${id} (id integer);\n`;
const downOf = (id: string) => `DROP TABLE t_${id};\n`;

function withSite(body: (site: Site) => Promise<void>): Promise<void> {
  return withDatabase((database) =>
    withProject({}, async (cwd) => {
      const folders = await writeProject(
        cwd,
        [...parts, 'top'].map((id) => ({ id, up: upOf(id), down: downOf(id) })),
      );
      await writeFile(join(cwd, 'updown.json'), JSON.stringify({ url: database.url, scratch: database.admin }));
      const manifest = join(cwd, 'migrations', 'manifest.jsonl');
      const squash = async () => {
        const lines = (await readFile(manifest, 'utf8')).trimEnd().split('\n');
        const replaces = { revisions: ['p1', 'p2'], up: [digestSql(upOf('p3'), 'up.sql')], commit: '1234567' };
        const own = JSON.stringify({ ...JSON.parse(lines[3] ?? ''), parents: [], replaces });
        await writeFile(manifest, `${[lines[0], own, ...lines.slice(4)].join('\n')}\n`);
        for (const id of ['p1', 'p2']) await rm(join(cwd, 'migrations', folders.get(id) ?? ''), { recursive: true });
        const file = (name: string) => join(cwd, 'migrations', folders.get('p3') ?? '', name);
        await writeFile(file('up.sql'), parts.map(upOf).join(''));
        await writeFile(file('down.sql'), parts.toReversed().map(downOf).join(''));
      };
      const run: Site['run'] = (...args) => updown(args, { cwd });
      const add = async () => {
        const { files } = (await run('revision', '-m', 'more', '--rev-id', 'more', '--json')).json<{
          files: readonly string[];
        }>();
        const [up, down] = files.map((file) => join(cwd, file));
        await writeFile(up ?? '', upOf('more'));
        await writeFile(down ?? '', downOf('more'));
      };
      await body({ ...database, cwd, run, squash, add });
    }),
  );
}

const tables = async ({ query }: Database) =>
  (await query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).map((row) => row.tablename);

test('a database that has all of it singly needs nothing', () =>
  withSite(async ({ run, squash, ...database }) => {
    assert.is((await run('upgrade')).status, 0);
    await squash();
    const status = await run('status', '--schema', '--json');
    assert.is(status.status, 0, status.stderr);
    const { edited, unknown, late, pending } = status.json<Record<string, unknown>>();
    assert.equal({ edited, unknown, late, pending }, { edited: [], unknown: [], late: [], pending: [] });
    assert.match((await run('status')).stdout, '2 of 2');
    const check = await run('check', '--url', database.url);
    assert.is(check.status, 0, check.stdout + check.stderr);
    assert.match((await run('upgrade')).stdout, 'Nothing to do');
    assert.match((await run('current')).stdout, 'top');
    assert.not.match((await run('history')).stdout, /unknown|pending|p1/);
    // Nothing was written for that.
    assert.is(await readEvents(database), 'up p1, up p2, up p3, up top');
  }));

test('a run that has something to do there records the one revision first, and goes on', () =>
  withSite(async ({ run, squash, add, ...database }) => {
    await run('upgrade');
    await squash();
    await add();
    const { status, stderr } = await run('upgrade');
    assert.is(status, 0, stderr);
    assert.is(await readEvents(database), 'up p1, up p2, up p3, up top, unstamp p2, unstamp p1, stamp p3, up more');
    assert.is((await run('status', '--exit-code')).status, 0);
    assert.is((await run('check', '--url', database.url)).status, 0);
  }));

test('a downgrade below it leaves nothing of it, in the ledger and beside', () =>
  withSite(async ({ run, squash, ...database }) => {
    await run('upgrade');
    await squash();
    const { status, stderr } = await run('downgrade', 'base', '--yes');
    assert.is(status, 0, stderr);
    assert.equal(await tables(database), []);
    assert.equal(await database.query('SELECT revision FROM updown.applied'), []);
    assert.is((await run('upgrade')).status, 0);
    assert.equal(await database.query('SELECT revision FROM updown.applied ORDER BY seq'), [
      { revision: 'p3' },
      { revision: 'top' },
    ]);
  }));

test('an embedded database that has all of it singly goes on, and down', () =>
  withSite(async ({ run, squash, add }) => {
    const url = ['--url', 'pglite:own'];
    assert.is((await run('upgrade', ...url)).status, 0);
    await squash();
    await add();
    const { status, stdout, stderr } = await run('upgrade', ...url, '--json');
    assert.is(status, 0, stderr);
    assert.equal(
      (JSON.parse(stdout).steps as { id: string }[]).map(({ id }) => id),
      ['more'],
    );
    assert.is((await run('downgrade', 'base', '--yes', ...url)).status, 0);
    assert.match((await run('status', ...url)).stdout, '0 of 3');
  }));

test('a database that has none of it takes it as one step', () =>
  withSite(async ({ run, squash, ...database }) => {
    await squash();
    assert.is((await run('upgrade')).status, 0);
    assert.is(await readEvents(database), 'up p3, up top');
    assert.equal(await tables(database), ['t_p1', 't_p2', 't_p3', 't_top']);
    assert.is((await run('verify')).status, 0);
  }));

const halfWay =
  /only a part of what revision "p3" has replaced: it has applied 1 revision of that, the last of them "p1", and lacks "p2", "p3"/;

test('a database half-way is told what it has, what it lacks, and what to do', () =>
  withSite(async ({ run, squash, ...database }) => {
    await run('upgrade', 'p1');
    await squash();
    for (const args of [
      ['upgrade'],
      ['downgrade', 'base', '--yes'],
      ['stamp', 'head'],
      ['upgrade', '--sql', '--from-database'],
    ]) {
      const { status, stderr } = await run(...args);
      assert.is(status, 4, stderr);
      assert.match(stderr, 'error (half-way)');
      assert.match(stderr.replaceAll(/\s+/g, ' '), halfWay);
      assert.match(stderr, 'git worktree add ../before-p3 1234567');
      assert.match(stderr, 'updown upgrade p3');
    }
    assert.match((await run('status')).stdout, 'git worktree add ../before-p3 1234567');
    const check = await run('check', '--url', database.url, '--json');
    assert.is(check.status, 3, check.stdout);
    assert.match(check.stdout, '"half-way"');
    assert.is(await readEvents(database), 'up p1');
    // It can be recorded as all of it, where somebody has made the rest by hand.
    await database.query(`${upOf('p2')} ${upOf('p3')} ${upOf('top')}`);
    assert.is((await run('stamp', '--only', 'p3', 'top')).status, 0);
    assert.is((await run('status', '--exit-code', '--schema')).status, 0);
  }));

needsPsql(test, 'one that has the last of it, and lacks another one, is half-way, too', () =>
  withSite(async ({ run, squash, ...database }) => {
    await run('upgrade');
    // As where it was late, and never run.
    await database.query(
      "DELETE FROM updown.journal WHERE revision = 'p1'; UPDATE updown.journal SET parents = '{}' WHERE revision = 'p2'",
    );
    await squash();
    const { stdout } = await run('upgrade', '--sql', '--from', 'top');
    const late = await run('upgrade', '--sql');
    for (const text of [stdout, late.stdout]) {
      const ran = await runScript(database.url, text);
      assert.is(ran.status, 3);
      assert.match(ran.stderr, 'UD019: the database has applied some of what revision p3 has replaced');
    }
    for (const more of [[], ['--allow-ahead']]) {
      const { stderr } = await run('upgrade', ...more);
      assert.match(
        stderr.replaceAll(/\s+/g, ' '),
        /it has applied 2 revisions of that, the last of them "p3", and lacks "p1"/,
      );
    }
  }),
);

needsPsql(test, 'a script runs on a database that has it singly, and on one that has it as one', () =>
  withSite(async ({ run, squash, add, cwd, ...singly }) => {
    await run('upgrade');
    await squash();
    await withDatabase(async (once) => {
      assert.is((await run('upgrade', '--url', once.url)).status, 0);
      const idle = await run('upgrade', '--sql', '--from-database');
      assert.is(idle.status, 0, idle.stderr);
      assert.match(lastLine(await runScript(singly.url, idle.stdout)), 'nothing to do');
      assert.is(await readEvents(singly), 'up p1, up p2, up p3, up top');
      await add();
      const { stdout } = await run('upgrade', '--sql', '--from', 'top');
      const whole = await run('upgrade', '--sql');
      await writeFile(join(cwd, 'up.sql'), stdout);
      for (const { url } of [singly, once]) {
        const verified = await run('script', 'verify', 'up.sql', '--url', url);
        assert.is(verified.status, 0, verified.stdout + verified.stderr);
        // The run has the digest of the script that was reviewed.
        const planned = (await run('upgrade', '--dry-run', '--json', '--url', url)).json<{ digest: string }>();
        assert.match(stdout, planned.digest);
      }
      for (const database of [singly, once]) {
        const ran = await runScript(database.url, stdout);
        assert.is(ran.status, 0, ran.stderr);
        assert.is(lastLine(ran), 'updown: done, the database is at more');
        assert.equal(await database.query('SELECT revision FROM updown.applied ORDER BY revision'), [
          { revision: 'more' },
          { revision: 'p3' },
          { revision: 'top' },
        ]);
        const again = await runScript(database.url, whole.stdout);
        assert.is(again.status, 0, again.stderr);
      }
      const down = await run('downgrade', '--sql', 'more:base');
      for (const database of [singly, once]) {
        const ran = await runScript(database.url, down.stdout);
        assert.is(ran.status, 0, ran.stderr);
        assert.equal(await database.query('SELECT revision FROM updown.applied'), []);
        assert.equal(await tables(database), []);
      }
    });
  }),
);

needsPsql(test, 'a script from base skips what a database has singly', () =>
  withSite(async ({ run, squash, add, ...database }) => {
    await run('upgrade');
    await squash();
    await add();
    for (const options of [[], ['--one-transaction']]) {
      const { stdout } = await run('upgrade', '--sql', ...options);
      const ran = await runScript(database.url, stdout);
      assert.is(ran.status, 0, ran.stderr);
      assert.equal(await tables(database), ['t_more', 't_p1', 't_p2', 't_p3', 't_top']);
    }
  }),
);

needsPsql(test, 'a script in a file a step runs there, too', () =>
  withSite(async ({ run, squash, add, cwd, ...database }) => {
    await run('upgrade', 'p3');
    await squash();
    await add();
    assert.is((await run('upgrade', '--sql', '--split', '--from', 'p3', '-o', 'steps')).status, 0);
    const files = (await readdir(join(cwd, 'steps'))).filter((name) => name.endsWith('.sql')).sort();
    assert.is(files.length, 2);
    for (const file of files) {
      const ran = await runScript(database.url, await readFile(join(cwd, 'steps', file), 'utf8'));
      assert.is(ran.status, 0, ran.stderr);
    }
    assert.is(await readEvents(database), 'up p1, up p2, up p3, unstamp p2, unstamp p1, stamp p3, up top, up more');
  }),
);

test('its step does not run where one of the parts has been run meanwhile', () =>
  withSite(async ({ run, squash }) => {
    await squash();
    const { stdout } = await run('upgrade', '--sql');
    assert.match(stdout, "enter('up', 'p3', '{}', '{p2,p1}')");
  }));

needsPsql(test, 'a plain script runs there, too, and a downgrade by script', () =>
  withSite(async ({ run, squash, add, ...database }) => {
    await run('upgrade');
    await squash();
    const down = await run('downgrade', '--sql', 'top:base');
    await add();
    const { stdout } = await run('upgrade', '--sql', '--flavor', 'plain', '--from', 'top');
    const ran = await runScript(database.url, stdout, { args: ['-v', 'ON_ERROR_STOP=1'] });
    assert.is(ran.status, 0, ran.stderr);
    assert.is(await readEvents(database), 'up p1, up p2, up p3, up top, unstamp p2, unstamp p1, stamp p3, up more');
    assert.is((await runScript(database.url, down.stdout)).status, 3);
  }),
);

needsPsql(test, 'a script refuses a database half-way, and changes nothing', () =>
  withSite(async ({ run, squash, ...database }) => {
    await run('upgrade', 'p1');
    await squash();
    for (const args of [
      ['upgrade', '--sql'],
      ['upgrade', '--sql', '--flavor', 'plain'],
      ['upgrade', '--sql', '--from', 'p3'],
      ['downgrade', '--sql', 'top:base'],
    ]) {
      const { stdout } = await run(...args);
      const ran = await runScript(database.url, stdout, { args: ['-v', 'ON_ERROR_STOP=1'] });
      assert.is(ran.status, 3, args.join(' '));
      assert.match(
        ran.stderr,
        'UD019: the database has applied some of what revision p3 has replaced, and not all of it',
      );
      assert.match(ran.stderr, 'git worktree add ../before-p3 1234567');
      assert.is(await readEvents(database), 'up p1');
    }
  }),
);

test('who has run the parts is still one of those who migrate', () =>
  withSite(async ({ run, squash, add, name, ...database }) => {
    const role = `older_${name}`;
    await database.query(`CREATE ROLE ${role}`);
    try {
      await run('upgrade');
      await database.query(
        `ALTER TABLE t_p1 OWNER TO ${role}; UPDATE updown.journal SET who = '${role}' WHERE revision = 'p1'`,
      );
      assert.is((await run('check', '--url', database.url)).status, 0);
      await squash();
      await add();
      assert.is((await run('upgrade')).status, 0);
      const { status, stdout } = await run('check', '--url', database.url);
      assert.is(status, 0, stdout);
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }));

test('a stamp below it, and one of it, leave the ledger with one entry or none', () =>
  withSite(async ({ run, squash, ...database }) => {
    await run('upgrade');
    await squash();
    assert.is((await run('stamp', 'base')).status, 0);
    assert.equal(await database.query('SELECT revision FROM updown.applied'), []);
    assert.is((await run('stamp', 'head')).status, 0);
    assert.is((await run('status', '--exit-code')).status, 0);
  }));

test('a revision on one that was replaced is told where to go, and one that came back is refused', () =>
  withSite(async ({ run, squash, cwd }) => {
    await squash();
    const unknown = await run('show', 'p2');
    assert.match(unknown.stderr, 'There is no revision "p2" any more: "p3" has replaced it');
    assert.match(unknown.stderr, 'Name that one: p3');
    assert.match((await run('show', 'p3')).stdout, /replaces +p1, p2\n/);
    const manifest = join(cwd, 'migrations', 'manifest.jsonl');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace('"parents":["p3"]', '"parents":["p2"]'));
    const { stderr } = await run('status');
    assert.match(stderr, 'has the parent "p2", which "p3" has replaced');
    assert.match(stderr, 'updown rebase top --onto p3');
    assert.is((await run('rebase', 'top', '--onto', 'p3')).status, 0);
    assert.is(await readFile(manifest, 'utf8'), text);
    await writeFile(manifest, text.replace('"revisions":["p1","p2"]', '"revisions":["p1","top"]'));
    assert.match((await run('status')).stderr, 'Revision "top" is in the manifest, and "p3" has replaced it');
    await writeFile(manifest, text.replace('"revisions":["p1","p2"]', '"revisions":"p1"'));
    assert.match((await run('status')).stderr, '"replaces" of revision "p3" does not say what it has replaced');
  }));

test.run();
