import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { UpdownError } from '../../lib/errors.ts';
import { type Event, prepareUpgrade, type RunResult, upgrade } from '../../lib/index.ts';
import { readStartupSettings } from '../../lib/libpq/startup-options.ts';
import { findOverridden, wordOverridden } from '../../lib/script/overridden.ts';
import { renderScript } from '../../lib/script/psql.ts';
import { readReviewed } from '../../lib/script/reviewed.ts';
import { pinSettings, printPins } from '../../lib/script/settings.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';

test('start-up options are read as the server reads them', () => {
  for (const [options, expected] of Object.entries({
    '-c search_path=app -c lock_timeout=77s': { search_path: 'app', lock_timeout: '77s' },
    '-csearch_path=app,public --statement-timeout=3min': { search_path: 'app,public', statement_timeout: '3min' },
    '  --Search_Path=app\\,\\ public\t-c\nTimeZone=UTC': { search_path: 'app, public', timezone: 'UTC' },
    '-c search_path=a -c search_path=b': { search_path: 'b' },
    '-c search_path= -c a.b=c=d': { search_path: '""', 'a.b': 'c=d' },
    '-e -S 1000 lock_timeout=1s': {},
    '': {},
  }))
    assert.equal(Object.fromEntries(readStartupSettings(options)), expected, options);
});

const nothing = { settings: {}, lockTimeout: undefined, statementTimeout: undefined };

test('the connection and updown.json may say the same, in other words too, and nothing else', () => {
  const asked = new Map([
    ['lock_timeout', '2min'],
    ['search_path', 'App , public'],
    ['work_mem', '77MB'],
  ]);
  const pins = pinSettings(nothing, asked);
  assert.equal(
    [pins.get('lock_timeout'), pins.get('search_path'), pins.get('work_mem')],
    ['2min', 'App , public', undefined],
  );
  const same = { settings: { search_path: 'app,"public"' }, lockTimeout: '120s', statementTimeout: undefined };
  assert.is(pinSettings(same, asked).get('lock_timeout'), '120s');
  for (const [configured, names] of [
    [{ ...nothing, lockTimeout: '3s' }, /lock_timeout = 2min, and updown\.json pins 3s.*"lockTimeout": "2min"/s],
    [
      { ...nothing, settings: { search_path: 'public' } },
      /search_path.*"settings": \{ "search_path": "App , public" \}/s,
    ],
    [{ ...nothing, settings: { Lock_Timeout: '1s' } }, /lock_timeout.*PGOPTIONS/s],
  ] as const) {
    try {
      pinSettings(configured, asked);
      assert.unreachable();
    } catch (error) {
      const { code, message, hint } = error as UpdownError;
      assert.is(code, 'config');
      assert.match(`${message} ${hint}`, names);
    }
  }
});

test('what a role asks for is told where it differs, and how to pin it', () => {
  const pins = pinSettings(nothing);
  const found = (name: string, value: string) => [{ name, value, by: 'ALTER ROLE' }];
  const said = new Set<string>();
  assert.equal(findOverridden(found('lock_timeout', '5000ms'), pins, said), []);
  assert.equal(findOverridden(found('search_path', '"$user",public'), pins, said), []);
  assert.equal(findOverridden(found('timezone', 'Etc/UTC'), pins, said), []);
  assert.equal(findOverridden(found('transaction_timeout', '0'), pins, said), []);
  assert.equal(findOverridden(found('search_path', 'app'), pins, new Set(['search_path'])), []);
  for (const [name, value, pin] of [
    ['search_path', 'app', '"settings": { "search_path": "app" }'],
    ['search_path', '""', '"settings": { "search_path": "\\"\\"" }'],
    ['lock_timeout', '77s', '"lockTimeout": "77s"'],
    ['statement_timeout', '1min', '"statementTimeout": "1min"'],
    ['transaction_timeout', '1h', '"settings": { "transaction_timeout": "1h" }'],
  ] as const) {
    const [one] = findOverridden(found(name, value), pins, said);
    assert.is(one?.asked, value, name);
    assert.ok(wordOverridden(one!).includes(pin), wordOverridden(one!));
  }
});

interface Site {
  readonly database: Database;
  readonly folder: string;
  /** Runs what is pending; the warnings, and what the newest table saw. */
  run(query?: string, env?: NodeJS.ProcessEnv): Promise<Seen>;
}

interface Seen {
  readonly result: RunResult;
  readonly warnings: readonly string[];
  readonly table: unknown;
}

const see = (id: string, head = '') => ({
  id,
  up: `${head}CREATE TABLE t_${id} AS SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement, current_setting('search_path') AS path, coalesce(current_setting('idle_session_timeout', true), '0') || current_setting('tcp_user_timeout') || coalesce(current_setting('client_connection_check_interval', true), '0') || coalesce(current_setting('transaction_timeout', true), '0') AS limits;\n`,
});

const ids = ['a1', 'b1', 'c1', 'd1', 'e1', 'f1', 'g1'];
const revisions = ids.map((id) => see(id, id === 'g1' ? '-- updown: no-transaction\n' : ''));

function withSite(body: (site: Site) => Promise<void>): Promise<void> {
  return withDatabase((database) =>
    withProject({}, async (folder) => {
      await database.query('CREATE SCHEMA app');
      await writeProject(folder, revisions);
      let next = 0;
      const run: Site['run'] = async (query = '', env = {}) => {
        const warnings: string[] = [];
        const emit = (event: Event) => void (event.kind === 'warning' && warnings.push(event.message));
        const id = ids[next++]!;
        const result = await upgrade({ cwd: folder, url: `${database.url}${query}`, env, emit, target: id });
        const [table] = await database.query(`SELECT n.nspname AS schema, seen.* FROM (SELECT * FROM
          ${await whereIs(database, `t_${id}`)}.t_${id}) AS seen, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 't_${id}'`);
        return { result, warnings, table };
      };
      await body({ database, folder, run });
    }),
  );
}

async function whereIs({ query }: Database, table: string): Promise<unknown> {
  const [row] = await query(`SELECT schemaname AS schema FROM pg_tables WHERE tablename = '${table}'`);
  return row?.schema;
}

const plain = { schema: 'public', lock: '5s', statement: '0', path: '"$user", public', limits: '0000' };
const asked = { schema: 'app', lock: '77s', statement: '3min', path: 'app', limits: '0000' };

test('what the connection asks for counts, wherever it says so; what role and database ask for is told', () =>
  withSite(async ({ database, folder, run }) => {
    const settings = '-c search_path=app -c lock_timeout=77s --statement-timeout=3min';
    const byUrl = await run(`?options=${encodeURIComponent(settings)}`);
    const byVariable = await run('', { PGOPTIONS: settings });
    await writeFile(join(folder, 'services'), `[here]\noptions=${settings}\n`);
    const byService = await run('?service=here', { PGSERVICEFILE: join(folder, 'services') });
    for (const { table, warnings } of [byUrl, byVariable, byService]) assert.equal([table, warnings], [asked, []]);

    await database.query(`ALTER DATABASE ${database.name} SET search_path = app;
      ALTER ROLE CURRENT_USER IN DATABASE ${database.name} SET lock_timeout = '77s';
      ALTER ROLE CURRENT_USER IN DATABASE ${database.name} SET idle_session_timeout = '7min';
      ALTER DATABASE ${database.name} SET timezone = 'Asia/Tokyo'`);
    const told = await run();
    assert.equal(told.table, plain);
    assert.equal(
      told.result.overridden?.map(({ name, asked, used, by }) => [name, asked, used, by]),
      [
        ['idle_session_timeout', '7min', '0', 'ALTER ROLE … IN DATABASE'],
        ['lock_timeout', '77s', '5s', 'ALTER ROLE … IN DATABASE'],
        ['search_path', 'app', '"$user", public', 'ALTER DATABASE'],
        ['timezone', 'Asia/Tokyo', 'UTC', 'ALTER DATABASE'],
      ],
    );
    assert.is(told.warnings.length, 4);
    assert.match(
      told.warnings[2] ?? '',
      /^ALTER DATABASE sets search_path to app, .*"settings": \{ "search_path": "app" \}/,
    );

    // Said by the connection, it is no news.
    const both = await run('', { PGOPTIONS: '-c search_path=app -c lock_timeout=5s' });
    assert.equal(
      both.result.overridden?.map(({ name }) => name),
      ['idle_session_timeout', 'timezone'],
    );

    // As advised, word by word.
    const pinned = { search_path: 'app', timezone: 'Asia/Tokyo', idle_session_timeout: '0' };
    await writeFile(join(folder, 'updown.json'), JSON.stringify({ settings: pinned, lockTimeout: '77s' }));
    const obeyed = await run();
    assert.equal([obeyed.table, obeyed.warnings], [{ ...asked, statement: '0' }, []]);
    const bare = await run();
    assert.equal([(bare.table as typeof asked).schema, (bare.table as typeof asked).limits], ['app', '06000000']);
  }));

test('a script for any connection and a run over one that asks for settings are two plans, and it is said why', () =>
  withSite(async ({ database, folder }) => {
    const env = { PGOPTIONS: '-c search_path=app' };
    const offline = await prepareUpgrade({ cwd: folder, url: database.url, env, target: 'a1' });
    assert.is(offline.digest, (await prepareUpgrade({ cwd: folder, env: {}, target: 'a1' })).digest);
    const reviewed = readReviewed([...renderScript(offline, { tool: '0' })].join(''), 'script');
    const error = await upgrade({ cwd: folder, url: database.url, env, target: 'a1', expect: reviewed }).catch(
      (e) => e,
    );
    assert.is(error.code, 'digest-differs');
    assert.match(error.notes.join(), /asks for search_path = app here .* asked for no setting where it was made/);
    assert.is(await whereIs(database, 't_a1'), undefined);

    const online = await prepareUpgrade({ cwd: folder, url: database.url, env, target: 'a1', fromDatabase: true });
    const text = [...renderScript(online, { tool: '0' })].join('');
    assert.match(text, /^-- {3}settings search_path = app$/m);
    assert.match(text, /"search_path": \["app"\]/);
    await upgrade({ cwd: folder, url: database.url, env, target: 'a1', expect: readReviewed(text, 'script') });
    assert.is(await whereIs(database, 't_a1'), 'app');
  }));

test('"$user" never stands for the ledger', () =>
  withSite(async ({ database, folder }) => {
    await database.query(`DROP ROLE IF EXISTS updown; CREATE ROLE updown SUPERUSER LOGIN PASSWORD 'secret'`);
    try {
      const url = new URL(database.url);
      url.username = 'updown';
      url.password = 'secret';
      const warnings: string[] = [];
      const emit = (event: Event) => void (event.kind === 'warning' && warnings.push(event.message));
      await upgrade({ cwd: folder, url: url.href, env: {}, emit });
      assert.equal(await database.query("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 't\\___'"), [
        { schemaname: 'public' },
      ]);
      assert.match(warnings.join(), /would be schema "updown".*"search_path": "public"/);
      // Another role's own schema is as good as before.
      await writeFile(join(folder, 'updown.json'), JSON.stringify({ ledger: { schema: 'other' } }));
      await database.query('DROP TABLE t_a1');
      await upgrade({ cwd: folder, url: url.href, env: {}, target: 'a1', allowExisting: true });
      assert.is(await whereIs(database, 't_a1'), 'updown');
      // A role that the project pins is known before.
      await writeFile(
        join(folder, 'updown.json'),
        JSON.stringify({ ledger: { schema: 'third' }, settings: { role: 'third' } }),
      );
      await database.query('DROP TABLE updown.t_a1; CREATE ROLE third; GRANT ALL ON SCHEMA public TO third');
      await upgrade({ cwd: folder, url: url.href, env: {}, target: 'a1', allowExisting: true });
      assert.is(await whereIs(database, 't_a1'), 'public');
    } finally {
      await database.query('DROP OWNED BY third; DROP ROLE IF EXISTS third').catch(() => {});
      await database.query('REASSIGN OWNED BY updown TO CURRENT_USER; DROP OWNED BY updown; DROP ROLE updown');
    }
  }));

test('limits that only some versions know are turned off where they are known, unless they are pinned', () => {
  const text = printPins(pinSettings(nothing), 'SET LOCAL');
  assert.match(
    text,
    /set_config\(name, '0', true\)\s+FROM .*\s+'transaction_timeout', 'idle_session_timeout'.*\s+WHERE .*current_setting\(name, true\) IS NOT NULL/,
  );
  const pinned = printPins(pinSettings({ ...nothing, settings: { transaction_timeout: '1h' } }), 'SET');
  assert.match(pinned, /^SET transaction_timeout = '1h';$/m);
  assert.match(pinned, /^DO [\s\S]*set_config\(name, '0', false\)/m);
  assert.not.match(pinned, /'transaction_timeout'/);
});

test.run();
