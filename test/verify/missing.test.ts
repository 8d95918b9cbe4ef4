import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';
import { env, runVerify, table, verify } from './document.ts';

const inBoth: readonly (() => Promise<readonly string[]>)[] = [
  async () => [],
  async () => ['--scratch', await serverUrl()],
];

test('without an extension, the revisions that do not need it are verified', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      table,
      {
        id: 'bbbbbbbbbbbb',
        up: "CREATE EXTENSION no_such_one;\nCOMMENT ON EXTENSION no_such_one IS 'x';\nCREATE TABLE beside (id integer);\n",
        down: 'DROP TABLE beside; DROP EXTENSION no_such_one;\n',
      },
      { id: 'cccccccccccc', up: 'ALTER TABLE beside ADD x text;\n', down: 'ALTER TABLE beside DROP x;\n' },
      { id: 'dddddddddddd', up: 'CREATE TABLE place (at no_such_type);\n', down: 'DROP TABLE place;\n' },
      { id: 'eeeeeeeeeeee', up: 'CREATE INDEX place_at ON place (at);\n', down: 'DROP INDEX place_at;\n' },
      { id: 'ffffffffffff', up: 'CREATE TABLE more (id integer);\n', down: 'SELECT 1;\n' },
      {
        id: 'abababababab',
        up: 'DROP INDEX IF EXISTS place_at;\n',
        down: 'CREATE INDEX place_at ON place (at);\n',
      },
      // Nothing makes it, and no extension makes tables of any name.
      { id: 'adadadadadad', up: 'CREATE TABLE own (id serial);\n', down: 'ALTER SEQUENCE other_id_seq AS integer;\n' },
      { id: 'acacacacacac', up: 'CREATE TABLE last (id integer);\n', down: 'DROP TABLE last;\n' },
    ]);
    for (const scratch of inBoth) {
      const { status, found } = await runVerify(cwd, await scratch());
      assert.is(status, 3);
      assert.equal(found.lacks, ['no_such_one']);
      assert.equal(
        found.revisions.map(({ id, up, down, again, restored, lacks }) => [id, up, down, again, restored, lacks]),
        [
          ['aaaaaaaaaaaa', 'ok', 'ok', 'ok', true, null],
          ['bbbbbbbbbbbb', 'skipped', 'skipped', 'skipped', null, ['no_such_one']],
          ['cccccccccccc', 'ok', 'ok', 'ok', true, null],
          ['dddddddddddd', 'skipped', 'skipped', 'skipped', null, ['no_such_one']],
          ['eeeeeeeeeeee', 'skipped', 'skipped', 'skipped', null, ['no_such_one']],
          ['ffffffffffff', 'ok', 'ok', 'failed', false, null],
          ['abababababab', 'ok', 'skipped', 'skipped', null, ['no_such_one']],
          ['adadadadadad', 'ok', 'failed', 'skipped', null, null],
          ['acacacacacac', 'ok', 'ok', 'ok', true, null],
        ],
      );
      assert.equal(
        found.revisions.map(({ failure }) => failure && [failure.op, failure.code]),
        [
          null,
          null,
          null,
          ['up', '42704'],
          ['up', '42P01'],
          ['again', '42P07'],
          ['down', '42P01'],
          ['down', '42P01'],
          null,
        ],
      );
      assert.is(found.chain, null);
      assert.equal(found.unverified, []);
    }
  }));

test('all missing extensions are named at once, with the way out, and what was not verified is told', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      table,
      { id: 'bbbbbbbbbbbb', up: 'CREATE EXTENSION no_such_one;\n', down: 'DROP EXTENSION no_such_one;\n' },
      {
        id: 'cccccccccccc',
        up: 'CREATE EXTENSION IF NOT EXISTS "no-such-two";\nCREATE TABLE place (at no_such_type);\n',
        down: 'DROP TABLE place; DROP EXTENSION "no-such-two";\n',
      },
      { id: 'dddddddddddd', up: 'CREATE INDEX place_at ON place (at);\n', down: 'DROP INDEX place_at;\n' },
    ]);
    const { status, stderr, stdout } = await updown(['verify', '--scratch', await serverUrl()], { cwd, env });
    assert.is(status, 3);
    assert.match(stderr, /warning: PostgreSQL [\d.]+ \(scratch server\) has no extensions .*no.such.one.*no-such-two/);
    assert.match(stderr, /--scratch or "scratch" in updown.json/);
    const said = stdout.replaceAll(/\s+/g, ' ');
    assert.match(said, '! bbbbbbbbbbbb');
    assert.match(said, 'not verified: it needs extension no_such_one, which scratch does not have');
    assert.match(
      said,
      'up.sql fails, perhaps because it lacks extensions no_such_one, no-such-two, which scratch does not',
    );
    assert.match(said, 'not tried without extensions no_such_one, no-such-two: all down.sql in a row');
    assert.match(said, '4 revisions: 1 restored, 3 not verified');
  }));

test('a file that does without the extension by itself is verified', () =>
  withProject({}, async (cwd) => {
    const tries =
      'DO $$ BEGIN CREATE EXTENSION no_such_one; EXCEPTION WHEN OTHERS THEN NULL; END $$;\nCREATE TABLE u (id integer);\n';
    await writeProject(cwd, [
      table,
      { id: 'bbbbbbbbbbbb', up: tries, down: 'DROP TABLE u;\n' },
      { id: 'cccccccccccc', up: 'CREATE TABLE v (id integer);\n', down: 'DROP TABLE v;\n' },
    ]);
    const { found } = await runVerify(cwd, ['--scratch', await serverUrl()]);
    assert.equal(
      found.revisions.map(({ restored, lacks }) => [restored, lacks]),
      [
        [true, null],
        [true, null],
        [true, null],
      ],
    );
  }));

test('what fails another way fails, and parts of the history are judged in several databases', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'aaaaaaaaaaaa', up: 'CREATE EXTENSION no_such_one;\n', down: 'DROP EXTENSION no_such_one;\n' },
      { id: 'bbbbbbbbbbbb', up: 'CREATE TABLE place (at no_such_type);\n', down: 'DROP TABLE place;\n' },
      { ...table, id: 'cccccccccccc' },
      { id: 'dddddddddddd', up: 'ALTER TABLE t ADD x text;\n', down: 'ALTER TABLE t DROP x;\n' },
      { id: 'eeeeeeeeeeee', up: 'CREATE TABLE t ();\n', down: 'DROP TABLE t;\n' },
      { id: 'ffffffffffff', up: 'CREATE TABLE above ();\n', down: 'DROP TABLE above;\n' },
    ]);
    for (const jobs of ['1', '3']) {
      const { status, found } = await runVerify(cwd, ['--scratch', await serverUrl(), '--jobs', jobs]);
      assert.is(status, 3);
      assert.equal(
        found.revisions.map(({ up, restored, lacks }) => [up, restored, lacks?.length ?? 0]),
        [
          ['skipped', null, 1],
          ['skipped', null, 1],
          ['ok', true, 0],
          ['ok', true, 0],
          ['failed', null, 0],
          ['ok', true, 0],
        ],
        jobs,
      );
      assert.equal(found.unverified, []);
    }
  }));

/** Above what did not run: made again or otherwise by a file that does not mind whether it is there. */
const overGap: Readonly<Record<string, readonly [up: string, down: string, doubtful: readonly string[] | 'finding']>> =
  {
    'a view replaced': [
      'CREATE OR REPLACE VIEW seen AS SELECT 1 AS a;',
      'CREATE OR REPLACE VIEW seen AS SELECT 2 AS a;',
      ['view public.seen was added'],
    ],
    'a view replaced, whose end is no way back where it was there': [
      'CREATE OR REPLACE VIEW seen AS SELECT 1 AS a;',
      'DROP VIEW seen;',
      ['view public.seen was added'],
    ],
    'a table made where it is not there': [
      'CREATE TABLE IF NOT EXISTS kept (id serial);',
      'SELECT 1;',
      ['table public.kept was added'],
    ],
    'an index dropped and made again': [
      'DROP INDEX IF EXISTS t_note; CREATE INDEX t_note ON t (note, id);',
      'DROP INDEX t_note; CREATE INDEX t_note ON t (note);',
      ['index t_note of table public.t was added'],
    ],
    'a default set anew': [
      'ALTER TABLE t ALTER COLUMN id SET DEFAULT 8;',
      'ALTER TABLE t ALTER COLUMN id SET DEFAULT 7;',
      ['column id of table public.t: default 8 was set'],
    ],
    'something else that is left': [
      'CREATE OR REPLACE VIEW seen AS SELECT 1 AS a; CREATE INDEX t_id ON t (id);',
      'CREATE OR REPLACE VIEW seen AS SELECT 2 AS a;',
      'finding',
    ],
    'a label that is left': ["ALTER TYPE mood ADD VALUE 'glad';", 'SELECT 1;', 'finding'],
    'a label that is left, beside what is not': [
      "ALTER TYPE mood ADD VALUE 'glad'; DROP INDEX IF EXISTS t_note; CREATE INDEX t_note ON t (note, id);",
      'DROP INDEX t_note;',
      'finding',
    ],
    'a view that fails where it is there': ['CREATE VIEW seen AS SELECT 1 AS a;', 'SELECT 1;', 'finding'],
  };

test('what may have been there before, had a file below run, is not verified, with the reason', () =>
  withProject({}, async (cwd) => {
    const below =
      'CREATE VIEW seen AS SELECT 2 AS a; CREATE TABLE kept (id serial); CREATE INDEX t_note ON t (note); ALTER TABLE t ALTER id SET DEFAULT 7; ALTER TABLE t ADD m mood;';
    const gaps = {
      no_such_one: `CREATE EXTENSION no_such_one; CREATE TABLE geo (at no_such_type); ${below}\n`,
      cccccccccccc: `CREATE TABLE geo (at no_such_type); ${below}\n`,
    };
    for (const [gap, up] of Object.entries(gaps))
      for (const [title, [own, down, doubtful]] of Object.entries(overGap)) {
        if (gap === 'no_such_one' && title === 'a default set anew') continue;
        const { found } = await verify(cwd, [
          table,
          { id: 'bbbbbbbbbbbb', up: "CREATE TYPE mood AS ENUM ('sad');\n", down: 'DROP TYPE mood;\n' },
          { id: 'cccccccccccc', up, down: 'DROP TABLE geo;\n' },
          { id: 'eeeeeeeeeeee', up: `${own}\n`, down: `${down}\n` },
        ]);
        const about = `${gap}: ${title}`;
        const verdict = found.revisions.find(({ id }) => id === 'eeeeeeeeeeee');
        const unverified = found.unverified.find(({ id }) => id === 'eeeeeeeeeeee');
        if (doubtful === 'finding') {
          assert.equal([verdict?.restored, verdict?.lacks, unverified], [false, null, undefined], about);
          continue;
        }
        const { restored, down: way, lacks, above, reason, ...told } = { ...verdict, ...unverified };
        assert.equal([restored ?? null, way ?? 'skipped'], [null, 'skipped'], about);
        assert.equal(lacks ?? above, [gap], about);
        assert.match(reason ?? gap, gap);
        assert.equal(
          told.doubtful?.map(({ message }) => message),
          doubtful,
          about,
        );
      }
  }));

test('why a revision is not verified is told, in the page and in the document', () =>
  withProject({}, async (cwd) => {
    const revisions = [
      table,
      { id: 'cccccccccccc', up: 'CREATE TABLE u (at no_such_type);\n', down: 'DROP TABLE u;\n' },
      { id: 'eeeeeeeeeeee', up: 'ALTER TABLE u ADD a integer;\n', down: 'ALTER TABLE u DROP a;\n' },
      { id: 'ffffffffffff', up: 'CREATE TABLE IF NOT EXISTS u ();\n', down: 'SELECT 1;\n' },
    ];
    const { status, found } = await verify(cwd, revisions);
    assert.is(status, 3);
    const want = 'what cccccccccccc makes, whose up.sql fails';
    assert.equal(
      found.unverified.map(({ id, reason, above, failure, doubtful }) => [
        ...[id, reason, above, failure?.op, failure?.code, doubtful.map(({ kind }) => kind)],
      ]),
      [
        ['eeeeeeeeeeee', `up.sql fails, perhaps because it lacks ${want}`, ['cccccccccccc'], 'up', '42P01', []],
        [
          'ffffffffffff',
          `without ${want}, nobody can say whether this was there before up.sql`,
          ...[['cccccccccccc'], undefined, undefined, ['table-added']],
        ],
      ],
    );
    const { stdout } = await updown(['verify', '--scratch', await serverUrl()], { cwd, env });
    const said = stdout.replaceAll(/\s+/g, ' ');
    assert.match(
      said,
      `! eeeeeeeeeeee add eeeeeeeeeeee not verified: up.sql fails, perhaps because it lacks ${want}: relation "u" does not exist`,
    );
    assert.match(said, 'nobody can say whether this was there before up.sql: + table public.u was added');
    assert.match(said, '4 revisions: 1 restored, 2 not verified, 1 up fails');
  }));

test('a merge whose branches do not need it is run in both orders', () =>
  withProject({}, async (cwd) => {
    const side = (
      id: string,
      name: string,
      parents: readonly string[],
      text = `CREATE TABLE ${name} (id integer);\n`,
    ) => ({
      ...{ id, parents, up: text, down: `DROP TABLE ${name};\n` },
    });
    const merge = (id: string, parents: readonly string[]) => ({
      id,
      parents,
      up: '-- Merges.\n',
      down: '-- Merges.\n',
    });
    await writeProject(cwd, [
      side('aaaaaaaaaaaa', 'a', []),
      side('bbbbbbbbbbbb', 'b', ['aaaaaaaaaaaa']),
      side('cccccccccccc', 'c', ['aaaaaaaaaaaa']),
      merge('dddddddddddd', ['bbbbbbbbbbbb', 'cccccccccccc']),
      side('eeeeeeeeeeee', 'e', ['dddddddddddd'], 'CREATE EXTENSION no_such_one; CREATE TABLE e (id integer);\n'),
      side('ffffffffffff', 'f', ['dddddddddddd']),
      merge('abababababab', ['eeeeeeeeeeee', 'ffffffffffff']),
    ]);
    const { found } = await runVerify(cwd, ['--scratch', await serverUrl()]);
    assert.equal(
      found.merges.map(({ id }) => id),
      ['dddddddddddd'],
    );
  }));

test.run();
