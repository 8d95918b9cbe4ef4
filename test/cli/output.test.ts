import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCommand } from '../support/cli.ts';
import { psql } from '../support/database.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { needs, needsPsql } from '../support/run.ts';
import { documentOf, includes, isPlain, shownUrl, withWorld } from './vocabulary.ts';

// F64
const letters = [
  { id: 'a1', message: 'é', up: "CREATE TABLE a1 AS SELECT 'é😀'::text AS v;\nCOMMENT ON TABLE a1 IS 'ü';\n" },
];
const bytes = "SELECT encode(convert_to(v, 'UTF8'), 'hex') FROM a1";
const latin = { PGCLIENTENCODING: 'LATIN1', LC_ALL: 'C', LANG: 'C' };

test('F64: a run under PGCLIENTENCODING=LATIN1 stores the letters of the file', () =>
  withWorld(letters, async (world) => {
    await world.does('upgrade', { env: latin });
    assert.is(await world.value(bytes), 'c3a9f09f9880');
  }));
needsPsql(test, 'F64: psql under PGCLIENTENCODING=LATIN1 stores the letters of the script', () =>
  withWorld(letters, async (world) => {
    const { status, stderr } = await world.script('upgrade --sql', { env: latin });
    assert.is(status, 0, stderr);
    assert.is(await world.value(bytes), 'c3a9f09f9880');
  }),
);
test('F64: a LATIN1 database stores what it can', () =>
  withWorld(
    [{ id: 'a1', up: "CREATE TABLE a1 AS SELECT 'é'::text AS v;\n" }],
    async (world) => {
      await world.does('upgrade');
      assert.is(await world.value('SELECT octet_length(v) FROM a1'), 1);
    },
    { encoding: 'LATIN1' },
  ));
test('F64: a LATIN1 database refuses what it cannot, with a hint', () =>
  withWorld(
    letters,
    async (world) => {
      const error = await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        names: 'UTF8',
        hint: 'UTF8',
        place: 'migrations/20250101_0000_a1_/up.sql:1:29',
        changes: true,
      });
      assert.is(error.sqlstate, '22P05');
    },
    { encoding: 'LATIN1' },
  ));
test('F64: a SQL_ASCII database counts bytes, and the place is right nevertheless', () =>
  withWorld(
    [{ id: 'a1' }, { id: 'b1', up: "SELECT 1;\nSELECT 'äöü 😀', nope;\n" }],
    async (world) => {
      await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        names: '"nope"',
        place: `${world.path('b1')}:2:17`,
        changes: true,
      });
    },
    { encoding: 'SQL_ASCII' },
  ));

// F66
/** In a file it is written with escapes: the gate lets no direction mark stand in one. */
const written = String.raw`E'\x1b[2K\rOK applied\x07 \u202egnp\u2066 \u009b31m'`;
const hostile = '\x1b[2K\rOK applied\x07 \u202egnp\u2066 \x9b31m';

test('F66: what a server says does not steer the terminal', () =>
  withWorld(
    [
      { id: 'a1', up: `DO $$ BEGIN RAISE NOTICE ${written}; RAISE WARNING ${written}; END $$;\n` },
      {
        id: 'b1',
        up: `DO $$ BEGIN RAISE EXCEPTION ${written} USING DETAIL = ${written}, HINT = ${written}; END $$;\n`,
      },
    ],
    async (world) => {
      const { status, stdout, stderr } = await world.run('upgrade');
      assert.is(status, 1);
      isPlain(stdout + stderr);
      includes(stderr, 'notice: \\x1b[2K OK applied\\x07 \\u202egnp\\u2066 \\x9b31m');
      includes(stderr, 'error (sql): \\x1b[2K OK applied');
      const { error } = documentOf(await world.run('upgrade --json')) as { error: { message: string } };
      assert.is(error.message, hostile, 'JSON escapes by itself');
    },
  ));
test('F66: neither do messages of revisions, folders and labels', () =>
  withWorld([{ id: 'a1', message: `x${hostile}`, labels: ['l1'] }], async (world) => {
    documentOf(await world.run('history --json'));
    for (const command of [
      'history',
      'history --graph',
      'upgrade --dry-run',
      'upgrade',
      'status',
      'show a1',
      'current',
      'heads',
      'downgrade base',
      'downgrade base --sql --from a1',
      'branches',
    ]) {
      const { stdout, stderr } = await world.run(command);
      isPlain(stdout + stderr);
    }
  }));
test('F66: neither does the line of a file that is at fault', () =>
  withWorld([{ id: 'a1', up: `SELECT 1; SELEC '${hostile}';\n` }], async (world) => {
    const { stderr } = await world.run('upgrade');
    isPlain(stderr);
    includes(stderr, '\\x1b[2K');
  }));
test('F66: neither does what was typed', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    for (const command of [
      `upgrade '${hostile}'`,
      `'${hostile}'`,
      `upgrade '--${hostile}'`,
      `upgrade --dir '${hostile}'`,
      `upgrade --ledger-schema '${hostile}'`,
      `show '${hostile}'`,
      `revision -m x --rev-id '${hostile}'`,
      `revision -m x --label '${hostile}'`,
      `import '${hostile}' .`,
    ]) {
      const { status, stdout, stderr } = await world.run(command);
      assert.is(status, 2, command);
      assert.is(stdout, '');
      isPlain(stderr);
    }
  }));

// F67
const injection = [
  'one\n\\! touch marker',
  'two\r\n\\! touch marker',
  'three */ \\! touch marker',
  'four `touch marker`',
  "five ' '' \" $$ \\",
  'six\u2028\\! touch marker',
  ":seven :'seven' \\gexec",
];
needsPsql(test, 'F67: no message breaks out of a script', () =>
  withWorld(
    injection.map((message, index) => ({ id: `r${index}`, message })),
    async (world) => {
      const { stdout } = await world.does('upgrade --sql');
      await writeFile(join(world.folder, 's.sql'), stdout);
      const options = { cwd: world.folder };
      for (const round of ['first', 'second']) {
        const { status, stderr } = await psql(world.database.url, ['-f', 's.sql'], options);
        assert.equal([status, stderr], [0, ''], round);
      }
      await writeFile(join(world.folder, 'd.sql'), (await world.does('downgrade base --sql --from-database')).stdout);
      assert.is((await psql(world.database.url, ['-f', 'd.sql'], options)).status, 0);
      await writeFile(join(world.folder, 't.sql'), (await world.does('stamp head --sql')).stdout);
      assert.is((await psql(world.database.url, ['-f', 't.sql'], options)).status, 0);
      assert.not.ok(existsSync(join(world.folder, 'marker')), 'no shell ran');
      assert.is((await world.journal()).length, 3 * injection.length);
    },
  ),
);

// F68
test('F68: notices are on stderr and never on stdout', () =>
  withWorld(
    [
      {
        id: 'a1',
        down: '-- nothing\n',
        up: "DROP TABLE IF EXISTS nowhere;\nDO $$ BEGIN RAISE WARNING 'careful'; RAISE INFO 'so'; END $$;\n",
      },
      { id: 'b1' },
    ],
    async (world) => {
      const { stdout, stderr } = await world.does('upgrade a1 --json');
      assert.equal(Object.keys(JSON.parse(stdout)), ['schema', 'steps', 'heads', 'database', 'digest']);
      for (const part of ['notice: table "nowhere" does not exist, skipping', 'warning: careful', 'info: so'])
        includes(stderr, part);
      await world.does('downgrade base --yes');
      const quiet = await world.does('upgrade a1 --quiet');
      assert.is(quiet.stdout, `Done: 1 revision applied; the database is at a1 (${shownUrl(world)})\n`);
      includes(quiet.stderr, 'warning: careful');
      assert.not.match(quiet.stderr, /PostgreSQL|1\/1/);
    },
  ));

needs(
  test,
  "where the results can't be written, that is said, and the exit is 1",
  () =>
    withWorld([{ id: 'a1' }], async (world) => {
      for (const command of ['upgrade --sql', 'history --json', 'heads', '--version']) {
        const words = ['-c', 'exec "$0" "$@" > /dev/full', ...findCommand(command.split(' '))];
        const { status, stderr } = await runProcess('sh', words, { cwd: world.folder, env: cleanEnvironment() });
        assert.is(status, 1, command);
        includes(stderr, "standard output can't be written: ENOSPC");
        isPlain(stderr);
      }
    }),
  existsSync('/dev/full') ? undefined : 'there is no /dev/full',
);

test.run();
