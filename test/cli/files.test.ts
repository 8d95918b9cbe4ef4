import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needsPsql } from '../support/run.ts';
import { bothWays, type Refusal, type World, withWorld } from './vocabulary.ts';

/** Two revisions, the second with this up.sql: nothing of either is sent or emitted. `at` is `line:column` in it. */
function refuses(title: string, sql: string | Uint8Array, at: string, expected: Partial<Refusal>): void {
  test(title, () =>
    withFile(sql, async (world) => {
      const place = `${world.path('b1')}:${at}`;
      await world.refuses('upgrade', { code: 'input', exit: 2, place, inText: 'upgrade --sql', ...expected });
    }),
  );
}

/** The same file is accepted: a run and psql both record both revisions, and `then` looks at what they did. */
function accepts(
  title: string,
  sql: string | Uint8Array,
  then: (world: World) => Promise<void> = async () => {},
  before: (world: World) => Promise<unknown> = async () => {},
): void {
  test(title, () =>
    withFile(sql, async (world) => {
      await before(world);
      await world.does('upgrade');
      assert.equal(await world.journal(), ['up up a1', 'up up b1', 'up up c1']);
      await then(world);
    }),
  );
  needsPsql(test, `${title}, by psql too`, () =>
    withFile(sql, async (world) => {
      await before(world);
      const { status, stderr } = await world.script('upgrade --sql');
      assert.is(status, 0, stderr);
      assert.equal(await world.journal(), ['up up a1', 'up up b1', 'up up c1']);
      await then(world);
    }),
  );
}

async function withFile(sql: string | Uint8Array, body: (world: World) => Promise<void>): Promise<void> {
  await withWorld([{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }], async (world) => {
    await world.write(world.path('b1'), sql);
    await body(world);
  });
}

// F47
refuses(
  'F47: \\restrict of a dump is refused before anything is sent or emitted',
  'SELECT 1;\n\\restrict abc\n',
  '2:1',
  { names: '\\restrict', hint: 'pg_dump' },
);
refuses('F47: \\connect is refused', 'SELECT 1;\n  \\connect other\n', '2:3', { names: '\\connect' });
refuses('F47: \\! is refused: psql would run a shell', 'SELECT 1;\n\\! touch marker\n', '2:1', { names: '\\!' });
refuses('F47: a backslash behind a statement is refused', 'SELECT 1 \\gexec\n', '1:10', { names: '\\gexec' });
accepts(
  "F47: a backslash inside quotes is the file's own",
  "CREATE TABLE b1 AS SELECT '\\! touch x'::text AS v, $$\n\\restrict\n$$::text AS w;\n",
  async (world) => {
    assert.is(await world.value('SELECT v || w FROM b1'), '\\! touch x\n\\restrict\n');
  },
);

// F48, F49
refuses(
  'F48: COPY FROM stdin with its rows is refused',
  'CREATE TABLE b1 (n int);\nCOPY b1 FROM stdin;\n1\n\\.\n',
  '2:14',
  { names: 'COPY FROM STDIN', hint: 'INSERT' },
);
refuses(
  'F48: COPY FROM STDIN without rows is refused: the session would wait for ever',
  'COPY t_a1 (id) FROM STDIN;\n',
  '1:21',
  { names: 'COPY FROM STDIN' },
);
refuses(
  'F49: COPY TO STDOUT is refused: it would swallow later errors',
  'COPY t_a1 TO STDOUT;\nSELECT 1/0;\n',
  '1:14',
  { names: 'COPY TO STDOUT' },
);

// F51 to F54
accepts('F51: a byte order mark at the start is let go', '\uFEFFCREATE TABLE b1 ();\n', async (world) => {
  assert.ok(!(await world.does('upgrade --sql')).stdout.includes('\uFEFF'));
});
refuses('F51: a byte order mark between statements is refused', 'SELECT 1;\n\uFEFFSELECT 2;\n', '2:1', {
  names: 'U+FEFF',
});
accepts(
  'F52: CRLF inside a literal and a function body is LF',
  "CREATE TABLE b1 AS SELECT 'x\r\ny'::text AS v;\r\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\r\nSELECT 1\r\n$$;\r\n",
  async (world) => {
    assert.is(await world.value('SELECT v FROM b1'), 'x\ny');
    assert.is(await world.value("SELECT prosrc FROM pg_proc WHERE proname = 'f'"), '\nSELECT 1\n');
  },
);
refuses(
  'F53: a byte that is no UTF-8 is named with its place',
  Buffer.from("SELECT 1;\nSELECT '\xe9';\n", 'latin1'),
  '2:9',
  { names: /UTF-8.*0xe9.*18/ },
);
refuses('F53: UTF-16 is named as such', Buffer.from('\uFEFFSELECT 1;\n', 'utf16le'), '1:1', {
  names: 'UTF-8',
  hint: 'UTF-16',
});
refuses('F54: a NUL byte is refused with its line', 'SELECT 1;\n-- x\0y\nSELECT 2;\n', '2:5', { names: 'NUL' });

// F58
refuses('F58: a string that is not closed', "SELECT 1;\nSELECT 'it;\n", '2:8', { names: 'string' });
refuses('F58: a quoted name that is not closed', 'SELECT 1 AS "it;\n', '1:13', { names: 'quoted name' });
refuses('F58: a comment that is not closed', 'SELECT 1;\n/* a /* b */\n', '2:1', { names: 'comment' });
refuses('F58: a dollar quote that is not closed', 'SELECT 1;\nDO $do$ BEGIN END $d$;\n', '2:4', { names: '$do$' });

// F59
accepts('F59: the last line is a comment without a line end', 'CREATE TABLE b1 ();\n-- done');
accepts('F59: the last statement has no semicolon', 'CREATE TABLE b1 ()');
accepts('F59: the last statement has neither, and a comment behind it', 'CREATE TABLE b1 () -- done');

// F63
const numbered = [
  { id: 'a1', up: "CREATE TABLE a1 AS SELECT ('{1,2,3}'::int[])[1:2] AS a, ('{4,5,6}'::int[])[:2] AS b;\n" },
  { id: 'b1', up: "-- updown: no-transaction\nCREATE TABLE b1 AS SELECT ('{1,2,3}'::int[])[1:2] AS a;\n" },
];
bothWays(
  test,
  'F63: the upper end of a slice is a number, whatever psql holds under it',
  numbered,
  async (world, way) => {
    const { status, stderr } = await way.upgrade({ args: ['-v', '2=9', '-v', '1=8'] });
    assert.is(status, 0, stderr);
    assert.equal(await world.database.query('SELECT a1.a, b, b1.a AS bare FROM a1, b1'), [
      { a: [1, 2], b: [4, 5], bare: [1, 2] },
    ]);
  },
);

// F60
refuses(
  'F60: standard_conforming_strings is not turned off',
  'SELECT 1;\nSET standard_conforming_strings = off;\n',
  '2:1',
  { names: 'standard_conforming_strings' },
);
refuses('F64: client_encoding is not changed', "SELECT 1;\nSET NAMES 'LATIN1';\n", '2:1', {
  names: 'client_encoding',
  hint: 'Take it out',
});
accepts(
  "F60: where the database has it off, '\\' is one character still",
  "CREATE TABLE b1 AS SELECT 'a\\'::text AS v;\n",
  async (world) => {
    assert.is(await world.value('SELECT v FROM b1'), 'a\\');
  },
  ({ database }) => database.query(`ALTER DATABASE ${database.name} SET standard_conforming_strings = off`),
);

// F20
for (const verb of [
  'COMMIT',
  'ROLLBACK',
  'BEGIN',
  'END',
  'ABORT',
  'START TRANSACTION',
  'COMMIT AND CHAIN',
  "PREPARE TRANSACTION 'x'",
]) {
  refuses(`F20: ${verb} in a file is refused before anything is sent`, `SELECT 1;\n${verb};\n`, '2:1', {
    names: verb.split(' AND ')[0]!.split(" '")[0]!,
  });
}
refuses('F20: COMMIT in an unparsed file is refused too', '-- updown: unparsed\nSELECT 1;\nCOMMIT;\n', '3:1', {
  names: 'COMMIT',
});
refuses('what cannot run in a transaction needs its directive', 'SELECT 1;\nVACUUM;\n', '2:1', {
  names: 'VACUUM',
  hint: 'no-transaction',
});
refuses('SQL that PostgreSQL cannot parse is refused with its place', 'SELECT 1;\nSELEC 2;\n', '2:1', {
  names: 'SELEC',
});
refuses('an unknown directive is refused', '-- updown: no-transactoin\nSELECT 1;\n', '1:12', {
  names: 'no-transactoin',
  hint: 'no-transaction',
});
refuses('an up.sql does not say irreversible', '-- updown: irreversible\n', '1:12', { names: 'irreversible' });

// F46
test('F46: a checkout with CRLF has the digests of one with LF', () =>
  withFile("CREATE TABLE b1 AS SELECT 'x\ny'::text AS v;\n", async (world) => {
    await world.does('upgrade');
    const { digest } = await world.asks<{ digest: string }>('upgrade --dry-run --from base');
    for (const id of ['a1', 'b1', 'c1']) {
      for (const side of ['up', 'down'] as const) {
        await world.write(world.path(id, side), (await world.read(world.path(id, side))).replaceAll('\n', '\r\n'));
      }
    }
    await world.write(
      'migrations/manifest.jsonl',
      (await world.read('migrations/manifest.jsonl')).replaceAll('\n', '\r\n'),
    );
    const { edited, pending } = await world.asks('status --exit-code');
    assert.equal([edited, pending], [[], []]);
    assert.is((await world.asks('upgrade --dry-run --from base')).digest, digest);
  }));

// F55
test('F55: an up.sql without a statement is applied, with a warning', () =>
  withFile('-- nothing yet\n', async (world) => {
    const { stderr } = await world.does('upgrade');
    assert.ok(stderr.includes(`warning: ${world.path('b1')}: The file has no statement`), stderr);
  }));
for (const [what, down] of Object.entries({ empty: '', blank: '\n \n', 'only semicolons': ';;\n' })) {
  test(`F55: a down.sql that is ${what} is no way back`, () =>
    withFile('SELECT 1;\n', async (world) => {
      await world.does('upgrade');
      await world.write(world.path('b1', 'down'), down);
      const place = `${world.path('b1', 'down')}:1:1`;
      for (const command of ['downgrade base --yes', 'downgrade c1:base --sql'])
        await world.refuses(command, {
          code: 'irreversible',
          exit: 2,
          names: '"b1"',
          place,
          hint: 'updown: irreversible',
        });
    }));
}
for (const comment of ['-- a merge', '/* a merge */', ';\n/* of /* two */ */ ; -- more'])
  test(`F55: where up.sql holds no statement, an empty down.sql undoes all of it: ${comment}`, () =>
    withFile(`${comment}\n`, async (world) => {
      await world.write(world.path('b1', 'down'), '');
      await world.does('upgrade');
      await world.does('downgrade base --yes');
    }));

test('F55: a down.sql that is a comment says that nothing needs to be undone', () =>
  withFile('SELECT 1;\n', async (world) => {
    await world.does('upgrade');
    await world.write(world.path('b1', 'down'), '-- a backfill: nothing to undo\n');
    await world.does('downgrade base --yes');
    assert.equal((await world.journal()).slice(3), ['down down c1', 'down down b1', 'down down a1']);
  }));
test('a down.sql that says irreversible refuses', () =>
  withFile('SELECT 1;\n', async (world) => {
    await world.does('upgrade');
    await world.write(world.path('b1', 'down'), '-- updown: irreversible\n');
    await world.refuses('downgrade base --yes', {
      code: 'irreversible',
      exit: 2,
      names: '"b1"',
      place: `${world.path('b1', 'down')}:1:1`,
      hint: /goes forward\. Nothing was reverted; `updown downgrade b1` goes down/,
    });
    await world.does('downgrade b1 --yes');
  }));
test('a downgrade that a file stops says how far down it could go', () =>
  withFile('SELECT 1;\n', async (world) => {
    await world.does('upgrade');
    await world.write(world.path('a1', 'down'), 'SELEC 1;\n');
    const next = { 'downgrade base --yes': 'downgrade a1', 'downgrade c1:base --sql': 'downgrade c1:a1 --sql' };
    for (const [command, way] of Object.entries(next))
      await world.refuses(command, {
        code: 'input',
        exit: 2,
        place: `${world.path('a1', 'down')}:1:1`,
        hint: `\`updown ${way}\``,
      });
    await world.write(world.path('c1', 'down'), '-- updown: irreversible\n');
    const { hint } = await world.refuses('downgrade base --yes', {
      code: 'irreversible',
      exit: 2,
      names: '"c1"',
      place: `${world.path('c1', 'down')}:1:1`,
    });
    assert.not.match(hint ?? '', 'updown downgrade');
  }));

// F63
needsPsql(test, 'F63: a variable that psql has set does not change a slice', () =>
  withFile('CREATE TABLE b1 AS SELECT (ARRAY[1,2,3])[1:n] AS v FROM (SELECT 2) AS t(n);\n', async (world) => {
    const { status, stderr } = await world.script('upgrade --sql', { args: ['-v', 'n=1', '-v', 'PORT=9'] });
    assert.is(status, 0, stderr);
    assert.equal(await world.value('SELECT v FROM b1'), [1, 2]);
  }),
);

test.run();
