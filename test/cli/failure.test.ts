import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needsPsql } from '../support/run.ts';
import { includes, type World, withWorld } from './vocabulary.ts';

interface Expected {
  /** `line:column` in b1's file; none where the server gives no place in it. */
  readonly at?: string;
  readonly sqlstate: string;
  readonly names: string | RegExp;
  readonly hint?: string | RegExp;
  /** A note below the message. */
  readonly notes?: RegExp;
}

/**
 * The second of three revisions fails: the first one stands, the second one leaves nothing but its entry, the third one never starts; the
 * same through psql. What runs after it is mended goes on from there.
 */
function fails(title: string, up: string, expected: Expected): void {
  test(title, () =>
    withFailing(up, async (world) => {
      const place = expected.at === undefined ? {} : { place: `${world.path('b1')}:${expected.at}` };
      const { names, hint } = expected;
      const error = await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        names,
        ...(hint === undefined ? {} : { hint }),
        ...place,
        changes: true,
      });
      assert.is(error.sqlstate, expected.sqlstate);
      assert.match(
        error.notes.join('\n'),
        /revision: b1 add b1\n(.*\n)*ledger: 1 of 3 steps done; this one was rolled back and left nothing/,
      );
      if (expected.notes) assert.match(error.notes.join('\n'), expected.notes);
      await leftNothing(world, ['up up a1', 'fail up b1']);
      const [entry] = await world.database.query(
        "SELECT error, op, digest, channel, length(script) AS plan FROM updown.journal WHERE event = 'fail'",
      );
      assert.is(String(entry?.error).split(' ')[0], expected.sqlstate);
      assert.equal([entry?.op, entry?.channel, entry?.plan], ['up', 'run', 64]);

      const { status, stdout, stderr } = await world.run('upgrade');
      assert.equal([status, stdout], [1, '']);
      if (expected.at) includes(stderr, `at ${world.path('b1')}:${expected.at}\n`);
      await world.write(world.path('b1'), 'CREATE TABLE mended ();\n');
      const { steps } = await world.asks<{ steps: { id: string }[] }>('upgrade');
      assert.equal(
        steps.map(({ id }) => id),
        ['b1', 'c1'],
      );
    }),
  );
  needsPsql(test, `${title}, in psql`, () =>
    withFailing(up, async (world) => {
      const { status, stderr } = await world.script('upgrade --sql');
      assert.is(status, 3);
      includes(stderr, 'ERROR');
      await leftNothing(world, ['up up a1']);
      await world.write(world.path('b1'), 'CREATE TABLE mended ();\n');
      const again = await world.script('upgrade --sql --from a1');
      assert.is(again.status, 0, again.stderr);
      assert.equal(await world.journal(), ['up up a1', 'up up b1', 'up up c1']);
    }),
  );
}

const before = `CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED, n int CHECK (n > 0));
`;

async function withFailing(up: string, body: (world: World) => Promise<void>): Promise<void> {
  await withWorld([{ id: 'a1', up: before }, { id: 'b1', up: `CREATE TABLE half ();\n${up}` }, { id: 'c1' }], body);
}

async function leftNothing(world: World, journal: readonly string[]): Promise<void> {
  assert.equal(await world.journal(), journal);
  const left = await world.value("SELECT concat(to_regclass('parent'), ' ', to_regclass('half'), to_regclass('t_c1'))");
  assert.is(left, 'parent ');
}

fails('an unknown column, behind letters of several bytes', "SELECT 'äöü 😀', nope FROM parent;\n", {
  at: '2:17',
  sqlstate: '42703',
  names: '"nope"',
});
fails('an unknown table has a hint', 'SELECT 1;\nINSERT INTO nowhere VALUES (1);\n', {
  at: '3:13',
  sqlstate: '42P01',
  names: '"nowhere"',
  hint: 'settings.search_path',
});
fails(
  'an error inside the body of a function, where it is made',
  'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$\nBEGIN\n  retrun 1;\nEND\n$f$;\n',
  { at: '4:3', sqlstate: '42601', names: '"retrun"' },
);
fails(
  'an unknown column inside the body of an SQL function',
  'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $f$\n  SELECT nope FROM parent;\n$f$;\n',
  { at: '3:10', sqlstate: '42703', names: '"nope"' },
);
fails('a constraint that rows break', 'INSERT INTO parent VALUES (1);\n\nINSERT INTO parent VALUES (1);\n', {
  at: '4:1',
  sqlstate: '23505',
  names: 'parent_pkey',
  hint: 'ON CONFLICT DO NOTHING',
  notes: /detail: Key \(id\)=\(1\) already exists/,
});
fails('a division by zero in the third statement', 'SELECT 1;\nSELECT 1,\n  1/0;\nSELECT 2;\n', {
  at: '3:1',
  sqlstate: '22012',
  names: 'division by zero',
});
fails(
  'a division by zero inside a DO, to its line',
  '-- a comment\nDO $$\nDECLARE\n  n int;\nBEGIN\n  n := 1 / 0;\nEND\n$$;\n',
  { at: '7:3', sqlstate: '22012', names: 'division by zero' },
);
fails(
  'RAISE inside a DO, to its line, with its own hint',
  "DO LANGUAGE plpgsql $body$\nBEGIN\n  IF true THEN\n    RAISE EXCEPTION 'not % yet', 'ready' USING HINT = 'Wait.';\n  END IF;\nEND\n$body$;\n",
  { at: '5:5', sqlstate: 'P0001', names: 'not ready yet', hint: 'Wait.' },
);
fails(
  'RAISE inside a function that is called, to the call',
  "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;\nSELECT 1,\n  f();\n",
  { at: '3:1', sqlstate: 'P0001', names: 'no', notes: /in: PL\/pgSQL function f\(\)/ },
);
fails(
  'RAISE inside functions that call each other: each of them is named',
  `CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1 / 0; END $$;
CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $$ BEGIN\nPERFORM\n\n1,\n2,\n3,\n4,\nf(); END $$;
SELECT g();
`,
  {
    at: '11:1',
    sqlstate: '22012',
    names: 'division by zero',
    notes: /in: PL\/pgSQL.* f\(\) line 1 at RETURN\n(.*\n)*in: PL\/pgSQL function g\(\) line 2 at PERFORM/,
  },
);
fails(
  'F14: a deferred constraint that fails at COMMIT, to the last statement',
  'INSERT INTO child VALUES (7, 1);\nSELECT 1;\n',
  {
    at: '3:1',
    sqlstate: '23503',
    names: 'child_id_fkey',
    hint: 'correct the data',
    notes: /detail: Key \(id\)=\(7\)(.*\n)*found: at the end of the file/,
  },
);
fails(
  'F14: a deferred constraint that fails at COMMIT, to the last statement, also where that is a DO of several lines',
  'DO $$\nBEGIN\n  PERFORM 1;\n  INSERT INTO child VALUES (7, 1);\nEND $$;\n',
  {
    at: '2:1',
    sqlstate: '23503',
    names: 'child_id_fkey',
    hint: 'correct the data',
    notes: /^(?!(.*\n)*in: )(.*\n)*found: at the end of the file/,
  },
);
fails(
  'what the end of a step refuses, without the joints of the step',
  "DO $$ BEGIN EXECUTE 'SET standard_conforming' || '_strings = off'; END $$;\n",
  {
    sqlstate: 'UD012',
    names: 'has changed client_encoding, standard_conforming_strings or backslash_quote',
    notes: /^(?!(.*\n)*in: .*(inline_code_block|b1'))(.*\n)*in: PL\/pgSQL function updown.leave/,
  },
);
fails(
  'F14: a deferred constraint that fails at SET CONSTRAINTS',
  'INSERT INTO child VALUES (7, 1);\nSET CONSTRAINTS ALL IMMEDIATE;\n',
  { at: '3:1', sqlstate: '23503', names: 'child_id_fkey' },
);

for (const [where, head] of [
  ['in a transaction', '-- made in Köln'],
  ['outside a transaction', '-- updown: no-transaction'],
])
  test(`F64: a letter that the database cannot hold, to that letter, ${where}`, () =>
    withWorld(
      [
        { id: 'a1', up: 'CREATE TABLE a (t text);\n' },
        { id: 'b1', up: `${head}\nSELECT 'ä';\nINSERT INTO a VALUES ('日');\n` },
      ],
      async (world) => {
        const place = `${world.path('b1')}:3:24`;
        const names = '0xe6 0x97 0xa5';
        const { sqlstate } = await world.refuses('upgrade', { code: 'sql', exit: 1, place, names, changes: true });
        assert.is(sqlstate, '22P05');
      },
      { encoding: 'LATIN1' },
    ));

fails(
  'F62: an ALTER TABLE while a deferred constraint has rows to check has a hint',
  'INSERT INTO parent VALUES (1);\nINSERT INTO child VALUES (1, 1);\nALTER TABLE child ADD COLUMN m int;\n',
  { at: '4:1', sqlstate: '55006', names: 'pending trigger events', hint: 'SET CONSTRAINTS ALL IMMEDIATE' },
);
test('F62: an enum value that is used in the transaction that adds it has a hint', () =>
  withWorld(
    [
      { id: 'a1', up: "CREATE TYPE mood AS ENUM ('ok');\n" },
      { id: 'b1', up: "ALTER TYPE mood ADD VALUE 'sad';\nSELECT 'sad'::mood;\n" },
    ],
    async (world) => {
      const place = `${world.path('b1')}:2:8`;
      await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        names: 'unsafe use of new value',
        hint: 'split the revision',
        place,
        changes: true,
      });
    },
  ));
test('a syntax error is found before anything is sent', () =>
  withFailing('SELEC 1;\n', async (world) => {
    await world.refuses('upgrade', { code: 'input', exit: 2, place: `${world.path('b1')}:2:1`, names: 'SELEC' });
  }));
test('an error in a down.sql leaves what it did not reach', () =>
  withWorld(
    [{ id: 'a1' }, { id: 'b1', down: 'DROP TABLE t_b1;\nDROP TABLE nowhere;\n' }, { id: 'c1' }],
    async (world) => {
      await world.does('upgrade');
      const place = `${world.path('b1', 'down')}:2:1`;
      await world.refuses('downgrade base --yes', { code: 'sql', exit: 1, names: '"nowhere"', place, changes: true });
      assert.equal((await world.journal()).slice(3), ['down down c1', 'fail down b1']);
      assert.is(await world.value("SELECT to_regclass('t_b1')::text"), 't_b1');
      assert.equal((await world.asks('current')).heads, ['b1']);
    },
  ));

const bare =
  '-- updown: no-transaction\nCREATE TABLE first ();\n\nCREATE TABLE second AS SELECT nope;\nCREATE TABLE third ();\n';
test('a no-transaction file that fails in the middle is unfinished; the next run goes on behind what is recorded', () =>
  withWorld([{ id: 'a1' }, { id: 'b1', up: bare }, { id: 'c1' }], async (world) => {
    const error = await world.refuses('upgrade', {
      code: 'sql',
      exit: 1,
      names: '"nope"',
      hint: 'Correct this statement, not those before it, which are recorded; then run the command again',
      place: `${world.path('b1')}:4:31`,
      changes: true,
    });
    assert.match(
      (await world.does('status')).stdout,
      /next: to go on where the unfinished one stopped: updown upgrade b1/,
    );
    assert.match(error.notes.join('\n'), /what it has recorded is kept, and the next run continues after it/);
    assert.equal(await world.journal(), ['up up a1', 'start up b1 0', 'progress up b1 1', 'fail up b1 2']);
    assert.equal(
      await world.database.query(
        "SELECT to_regclass('first')::text AS f, to_regclass('second') AS s, to_regclass('third') AS t",
      ),
      [{ f: 'first', s: null, t: null }],
    );

    const unfinished = {
      code: 'unfinished',
      exit: 4,
      names: /"b1".*1 of its statements/,
      hint: 'updown stamp --only b1',
      place: `${world.path('b1')}:1:1`,
    };
    await world.refuses('downgrade base --yes', unfinished);
    assert.equal((await world.asks('status')).unfinished, ['b1']);
    assert.is((await world.run('status --exit-code')).status, 3);

    await world.write(world.path('b1'), bare.replace('nope', '1'));
    const { stderr } = await world.does('upgrade');
    assert.equal(stderr.match(/going on: .*/g), ['going on: b1 was started before, 1 of 3 recorded']);
    assert.equal((await world.asks('status')).unfinished, []);
    assert.equal((await world.asks('current')).heads, ['c1']);
    assert.equal((await world.journal()).slice(4), [
      'start up b1 1',
      'progress up b1 2',
      'progress up b1 3',
      'up up b1',
      'up up c1',
    ]);
  }));
test('a no-transaction file that fails can be settled by a stamp', () =>
  withWorld([{ id: 'a1' }, { id: 'b1', up: bare }, { id: 'c1' }], async (world) => {
    await world.run('upgrade');
    await world.database.query('CREATE TABLE second (); CREATE TABLE third ()');
    await world.does('stamp b1');
    assert.equal((await world.asks('status')).unfinished, []);
    await world.does('upgrade');
    assert.equal((await world.asks('current')).heads, ['c1']);
  }));
test('a no-transaction file that fails can be settled the other way', () =>
  withWorld([{ id: 'a1' }, { id: 'b1', up: bare }, { id: 'c1' }], async (world) => {
    await world.run('upgrade');
    await world.database.query('DROP TABLE first');
    await world.does('stamp a1');
    await world.write(world.path('b1'), '-- updown: no-transaction\nCREATE TABLE first ();\n');
    const { steps } = await world.asks<{ steps: { id: string }[] }>('upgrade');
    assert.equal(
      steps.map(({ id }) => id),
      ['b1', 'c1'],
    );
  }));
needsPsql(test, 'a no-transaction file that fails in psql goes on, in psql, behind what is recorded', () =>
  withWorld([{ id: 'a1' }, { id: 'b1', up: bare }, { id: 'c1' }], async (world) => {
    const first = await world.script('upgrade --sql');
    assert.is(first.status, 3);
    assert.equal(await world.journal(), ['up up a1', 'start up b1 0', 'progress up b1 1']);
    await world.write(world.path('b1'), bare.replace('nope', '1'));
    const second = await world.script('upgrade --sql');
    assert.is(second.status, 0, second.stderr);
    assert.equal((await world.asks('current')).heads, ['c1']);
    assert.equal(
      await world.value("SELECT count(*)::text FROM updown.journal WHERE revision = 'b1' AND event = 'progress'"),
      '3',
    );
  }),
);
test('F24: an index that ends up INVALID is not recorded as built', () => {
  const index = '-- updown: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY twice ON parent (n);\n';
  return withWorld(
    [
      { id: 'a1', up: 'CREATE TABLE parent AS SELECT 1 AS n FROM generate_series(1, 2);\n' },
      { id: 'b1', up: index },
    ],
    async (world) => {
      await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        names: 'twice',
        place: `${world.path('b1')}:2:1`,
        changes: true,
      });
      assert.equal(await world.journal(), ['up up a1', 'start up b1 0', 'fail up b1 1']);
      // The next run takes away what the first one left; as long as the data is what it is, no more can be done.
      await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        names: 'twice',
        place: `${world.path('b1')}:2:1`,
        changes: true,
      });
      await world.database.query('DELETE FROM parent WHERE ctid = (SELECT ctid FROM parent LIMIT 1)');
      await world.does('upgrade');
      assert.is(
        await world.value("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'twice'::regclass"),
        'true',
      );
    },
  );
});
test('F24: IF NOT EXISTS that finds an INVALID index is not recorded as built', () => {
  const index = '-- updown: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS twice ON parent (n);\n';
  return withWorld(
    [
      { id: 'a1', up: 'CREATE TABLE parent AS SELECT 1 AS n FROM generate_series(1, 2);\n' },
      { id: 'b1', up: index },
    ],
    async (world) => {
      await world.does('upgrade a1');
      await world.database.query('CREATE UNIQUE INDEX CONCURRENTLY twice ON parent (n)').catch(() => {});
      const error = await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        names: 'INVALID',
        hint: 'DROP INDEX CONCURRENTLY',
        place: `${world.path('b1')}:2:1`,
        changes: true,
      });
      assert.is(error.sqlstate, 'UD008');
      assert.equal(await world.journal(), ['up up a1', 'start up b1 0', 'fail up b1']);
    },
  );
});

for (const [config, names] of [
  ['{"settings":{"search_pth":"x"}}', 'search_pth'],
  ['{"settings":{"work_mem":"lots"}}', 'work_mem'],
  ['{"settings":{"role":"no_such_role"}}', 'no_such_role'],
] as const)
  test(`a setting that the server refuses is to be corrected in updown.json: ${names}`, () =>
    withWorld([{ id: 'a1' }], async (world) => {
      await world.write('updown.json', config);
      await world.refuses('upgrade', { code: 'sql', exit: 1, names, hint: 'Correct it in updown.json', changes: true });
      assert.is(await world.value("SELECT to_regclass('t_a1')"), null);
    }));

test.run();
