import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { UpdownError } from '../../lib/errors.ts';
import { prepareDowngrade, prepareUpgrade, upgrade } from '../../lib/index.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { withWorld } from '../cli/vocabulary.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, print, readEvents, runScript } from '../support/script.ts';
import { withClient, withSite } from './site.ts';

// What a session, a database or its past brings along, and a script must not fall for.

const two = [
  { id: 'a1', up: 'CREATE TABLE t (id integer);\n', down: 'DROP TABLE t;\n' },
  { id: 'b1', up: 'ALTER TABLE t ADD COLUMN b integer;\n', down: 'ALTER TABLE t DROP COLUMN b;\n' },
];

for (const made of ['TABLE t (id integer)', 'VIEW t AS SELECT 1 AS id'])
  needsPsql(test, `a session's own CREATE TEMP ${made} does not stand in for the table that was meant`, () =>
    withSite(two, async (site, database) => {
      await upgrade({ ...site, target: 'a1' });
      const text = print(await prepareUpgrade({ ...site, from: 'a1' }));
      const { status, stderr } = await runScript(site.url, `CREATE TEMP ${made};\n${text}`);
      assert.is(status, 3);
      assert.match(
        stderr,
        /this session has temporary tables(.*\n)*HINT: {2}Use a session of its own, or DISCARD TEMP/,
      );
      assert.is(await readEvents(database), 'up a1');
      assert.is((await runScript(site.url, `CREATE TEMP ${made};\nDISCARD TEMP;\n${text}`)).status, 0);
    }),
  );

needsPsql(test, 'a limit of the role on idle transactions does not end the making of the ledger', () =>
  withSite(two, async (site, database) => {
    await database.query(`ALTER DATABASE ${database.name} SET idle_in_transaction_session_timeout = '1s'`);
    const text = print(await prepareUpgrade({ cwd: site.cwd, env: site.env }));
    const slow = text.replace('CREATE TABLE updown.journal', '\\! sleep 2\n$&');
    assert.ok(slow !== text);
    const outcome = await runScript(site.url, slow);
    assert.is(outcome.status, 0, outcome.stderr);
  }),
);

test('nor, for a plain script, in the session of its client', () =>
  withSite(two, async (site, database) => {
    await upgrade({ ...site, target: 'a1' });
    const [file] = renderPlain(await prepareUpgrade({ ...site, from: 'a1' }), { tool: '0.1.0' });
    await withClient(site.url, 'each', async ({ send }) => {
      await send('CREATE TEMP TABLE t (id integer);');
      assert.match((await send([...file!.pieces].join(''))).join('\n'), /UD010 this session has temporary tables/);
    });
    assert.is(await readEvents(database), 'up a1');
  }));

const own = [
  'CREATE TEMP TABLE t (id integer)',
  'INSERT INTO t VALUES (1)',
  'VACUUM',
  'CREATE TABLE kept AS SELECT * FROM t',
];

test('a file outside a transaction may still go on with the temporary table it has made itself', () =>
  withSite(
    [{ id: 'a1', up: `-- updown: no-transaction\n${own.map((one) => `${one};\n`).join('')}` }],
    async (site, database) => {
      await upgrade(site);
      assert.equal(await database.query('SELECT * FROM kept'), [{ id: 1 }]);
    },
  ));

const otherwise = [
  ['session_replication_role', 'replica'],
  ['transform_null_equals', 'on'],
  ['array_nulls', 'off'],
] as const;

for (const [name, value] of otherwise)
  needsPsql(test, `F33: ${name} = ${value} of a session, a role or a database is refused by a script and a run`, () =>
    withWorld(two, async (world) => {
      const { database } = world;
      const text = (await world.does('upgrade --sql')).stdout;
      const { status, stderr } = await runScript(database.url, `SET ${name} = ${value};\n${text}`);
      assert.is(status, 3);
      assert.match(stderr, `${name} is ${value}`);
      await database.query(`ALTER DATABASE ${database.name} SET ${name} = ${value}`);
      await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        names: `${name} is ${value}`,
        hint: 'ALTER DATABASE',
        changes: true,
      });
      await database.query(`ALTER DATABASE ${database.name} RESET ${name}`);
      await world.does('upgrade');
      await world.write('updown.json', JSON.stringify({ settings: { [name]: value } }));
      await world.refuses('upgrade --sql', { code: 'config', exit: 2, names: name, hint: 'SET LOCAL' });
    }),
  );

needsPsql(
  test,
  'a downgrade script from revisions that were never applied is refused, and one that stopped half way goes on',
  () =>
    withSite([...two, { id: 'c1' }], async (site, database) => {
      await upgrade({ ...site, target: 'b1' });
      const text = print(await prepareDowngrade({ ...site, from: 'c1', target: 'base' }));
      const { status, stderr } = await runScript(site.url, text);
      assert.is(status, 3);
      assert.match(stderr, 'this script starts from c1, the database stands at b1');
      assert.is(await readEvents(database), 'up a1, up b1');
      await upgrade(site);
      const [first] = text.split('-- 2/3');
      // One that was cut off ends with an error, and what it has done stands.
      assert.is((await runScript(site.url, first!)).status, 3);
      assert.is(await readEvents(database), 'up a1, up b1, up c1, down c1');
      assert.is(lastLine(await runScript(site.url, text)), 'updown: done, the database is at base');
      assert.is((await runScript(site.url, text)).status, 0);
    }),
);

needsPsql(
  test,
  'F24: a statement that was corrected after its build broke off finds the INVALID index of the one before',
  () =>
    withWorld(
      [
        { id: 'a1', up: 'CREATE TABLE t (id integer);\nINSERT INTO t VALUES (1), (1);\n' },
        { id: 'b1', up: '-- updown: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (id);\n' },
      ],
      async (world) => {
        const { url } = world.database;
        assert.is((await runScript(url, (await world.does('upgrade --sql')).stdout)).status, 3);
        const file = world.path('b1');
        await world.write(file, (await world.read(file)).replace('UNIQUE ', ''));
        const { status, stderr } = await runScript(url, (await world.does('upgrade --sql')).stdout);
        assert.is(status, 0, stderr);
        const indexes = "FROM pg_index WHERE indrelid = 't'::regclass";
        assert.is(
          await world.value(
            `SELECT string_agg(concat_ws(' ', indexrelid::regclass, indisvalid, indisunique), ', ') ${indexes}`,
          ),
          'i t f',
        );
      },
    ),
);

test('F24: the record file of a plain script takes what its statement has made, in whatever words', () =>
  withSite(
    [
      { id: 'a1', up: 'CREATE TABLE t (id integer, s text);\n' },
      {
        id: 'b1',
        up: `-- updown: no-transaction\n${['((s)) text_pattern_ops', '(lower(s) DESC NULLS LAST)', '(id, s COLLATE "C") WHERE id > 0', '((id + 1), s) WITH (fillfactor = 70)', '(id) INCLUDE (s)'].map((keys, n) => `CREATE INDEX CONCURRENTLY i${n} ON t ${keys.startsWith('((s') ? `(${keys})` : keys};\n`).join('')}`,
      },
    ],
    async (site, database) => {
      const files = renderPlain(await prepareUpgrade(site), { tool: '0.1.0' }).filter(({ name }) =>
        name.endsWith('.sql'),
      );
      await withClient(site.url, 'each', async ({ send }) => {
        for (const { pieces } of files) assert.equal(await send([...pieces].join('')), []);
      });
      assert.match(await readEvents(database), /up b1$/);
    },
  ));

test('F24: the record file of a plain script knows its own index from another one of that name', () =>
  withSite(
    [
      { id: 'a1', up: 'CREATE TABLE t (id integer, n integer);\n' },
      { id: 'b1', up: '-- updown: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (id);\n' },
      { id: 'c1' },
    ],
    async (site, database) => {
      const files = renderPlain(await prepareUpgrade(site), { tool: '0.1.0' }).filter(({ name }) =>
        name.endsWith('.sql'),
      );
      await withClient(site.url, 'each', async ({ send }) => {
        const [first, ...rest] = files.map(({ pieces }) => [...pieces].join(''));
        assert.equal(await send(first!), []);
        await send('CREATE INDEX i ON t (n);');
        const errors: string[] = [];
        for (const file of rest) errors.push(...(await send(file)));
        assert.match(errors.join('\n'), 'UD008 index i on t existed before, and differs: CREATE INDEX i ON public.t');
      });
      assert.not.match(await readEvents(database), /up b1|c1/);
    },
  ));

needsPsql(test, 'script verify --url says where the script would lack a right', () =>
  withWorld(two, async (world) => {
    await world.does('upgrade --sql --output s.sql');
    const { name, url, query } = world.database;
    const role = `${name}_role`;
    const login = new URL(url);
    [login.username, login.password] = [role, 'secret'];
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    const ask = async () => (await world.run(`script verify s.sql --url ${login.href}`)).stdout;
    try {
      assert.match(
        await ask(),
        /^It would not run: permission denied for database .*\n {2}next: .*GRANT CREATE ON DATABASE/m,
      );
      await world.does('upgrade a1');
      await query(`GRANT USAGE ON SCHEMA updown TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA updown TO ${role}`);
      assert.match(await ask(), /^It would not run: permission denied for table journal/m);
      await query(`GRANT INSERT ON updown.journal TO ${role}`);
      assert.match(await ask(), /^It would run/m);
    } finally {
      await query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }),
);

const odd = [
  ['session_replication_role = replica', 'UD012', '-c session_replication_role=replica'],
  ['array_nulls = off', 'UD012', '-c array_nulls=off'],
] as const;

for (const [setting, code, options] of odd)
  needsPsql(
    test,
    `a session with ${setting} is refused before the ledger is made: by a script, a plain one and a run`,
    () =>
      withSite(two, async (site, database) => {
        const env = { PGOPTIONS: options };
        const script = await prepareUpgrade(site);
        const [plain] = renderPlain(script, { tool: '0.1.0' });
        for (const text of [print(script), [...plain!.pieces].join('')]) {
          const { stderr, status } = await runScript(site.url, `\\set ON_ERROR_STOP on\n${text}`, { env });
          assert.is(status, 3, stderr);
          assert.match(stderr, code);
        }
        const error = await upgrade({ ...site, env }).catch((caught: UpdownError) => caught);
        assert.match((error as UpdownError).message, 'would run SQL otherwise than it was reviewed');
        assert.equal(await database.query("SELECT to_regnamespace('updown') AS ledger"), [{ ledger: null }]);
      }),
  );

needsPsql(test, 'nor is it made for a session with temporary tables', () =>
  withSite(two, async (site, database) => {
    const { status, stderr } = await runScript(
      site.url,
      `CREATE TEMP TABLE x ();\n${print(await prepareUpgrade(site))}`,
    );
    assert.is(status, 3);
    assert.match(stderr, 'UD010: this session has temporary tables');
    assert.equal(await database.query("SELECT to_regnamespace('updown') AS ledger"), [{ ledger: null }]);
  }),
);

needsPsql(test, 'what a plain script refuses can be read: the ledger that it would have made is no part of it', () =>
  withSite(two, async (site) => {
    const [plain] = renderPlain(await prepareUpgrade(site), { tool: '0.1.0' });
    const env = { PGOPTIONS: '-c default_transaction_read_only=on' };
    const text = `\\set ON_ERROR_STOP on\n${[...plain!.pieces].join('')}`;
    const { status, stderr } = await runScript(site.url, text, { env });
    assert.is(status, 3);
    assert.match(stderr, 'UD006: this session is read-only');
    assert.ok(stderr.split('\n').length < 10, stderr);
  }),
);

needsPsql(
  test,
  'a script that is cut off within a statement outside a transaction does not run what is left of it',
  () =>
    withSite(
      [
        { id: 'a1', up: 'CREATE TABLE t (n integer);\nCREATE INDEX foo ON t (n);\nCREATE INDEX foo_old ON t (n);\n' },
        { id: 'b1', up: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY foo_old;\n' },
      ],
      async (site, database) => {
        await upgrade({ ...site, target: 'a1' });
        const text = print(await prepareUpgrade({ ...site, from: 'a1' }));
        const end = text.indexOf('foo_old;') + 'foo_old;'.length;
        for (const cut of [end - '_old;'.length, end - 1, end]) {
          const { status, stderr } = await runScript(site.url, text.slice(0, cut));
          assert.is(status, 3, stderr);
          assert.equal(
            await database.query(
              "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 't'::regclass",
            ),
            [{ name: 'foo' }, { name: 'foo_old' }],
          );
        }
        assert.is(lastLine(await runScript(site.url, text)), 'updown: done, the database is at b1');
      },
    ),
);

const hidden = [
  "SELECT set_config('backslash' || '_quote', 'off', true);",
  "UPDATE pg_settings SET setting = 'off' WHERE name = 'backslash_quote';",
  "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT set_config('backslash' || '_quote', 'off', true) $$;\nSELECT f();",
];
for (const sql of hidden)
  needsPsql(test, `a backslash_quote that the gate can't see is refused alike by a run and a script: ${sql}`, () =>
    withSite([{ id: 'a1', up: `${sql}\nCREATE TABLE r AS SELECT E'it\\'s' AS a;\n` }], async (site, database) => {
      const error = await upgrade(site).catch((caught: UpdownError) => caught);
      assert.is((error as UpdownError).sqlstate, 'UD012');
      const { status } = await runScript(site.url, print(await prepareUpgrade(site)));
      assert.is(status, 3);
      assert.equal(await database.query("SELECT to_regclass('r') AS r"), [{ r: null }]);
    }),
  );

test.run();
