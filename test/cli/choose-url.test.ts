import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Choice, chooseUrl, namesDatabase } from '../../lib/command/choose-url.ts';
import type { UpdownError } from '../../lib/errors.ts';
import { current, history, prepareUpgrade, status as readStatus, stamp, upgrade } from '../../lib/index.ts';
import type { Environment } from '../../lib/libpq/target.ts';
import { updown } from '../support/cli.ts';
import { configErrorOf } from '../support/target.ts';
import { shownUrl, withWorld } from './vocabulary.ts';

const embedded = 'pglite:.updown/dev';
const choose = (env: Environment, configured: string | undefined = embedded, option?: string): Choice =>
  chooseUrl({ option, configured, env });

test('the option wins over DATABASE_URL, and that over the configuration', () => {
  const env = { DATABASE_URL: 'postgres://env/d', PGHOST: 'h', CI: 'true' };
  assert.equal(choose(env, 'postgres://json/d', 'postgres://option/d').source, '--url');
  assert.equal(choose(env, 'postgres://json/d').source, 'DATABASE_URL');
  assert.equal(choose({ PGHOST: 'h', CI: 'true' }, 'postgres://json/d').source, 'updown.json');
  assert.equal(choose({}, embedded), { url: embedded, source: 'updown.json' });
  assert.equal(choose({ CI: 'true' }, embedded, 'pglite:.updown/dev').source, '--url');
});

test('variables that name a server win over an embedded database of the configuration', () => {
  for (const name of ['PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGDATABASE', 'PGSERVICE']) {
    const over = { by: [name], embedded };
    assert.equal(choose({ [name]: 'x', CI: 'true' }), { url: undefined, source: 'variables', over }, name);
    assert.ok(namesDatabase({ option: undefined, configured: embedded, env: { [name]: 'x' } }));
    assert.is(choose({ [name]: '' }).source, 'updown.json', name);
  }
  assert.is(choose({ PGSSLMODE: 'require', PGAPPNAME: 'x', PGOPTIONS: '-c a.b=c' }).source, 'updown.json');
});

test('an embedded database of the configuration is refused where a server is meant, naming both', () => {
  for (const env of [{ PGPASSWORD: 's3cret' }, { PGUSER: 'ada' }, { PGUSER: 'ada', PGPASSWORD: 's3cret' }]) {
    const { message, hint } = configErrorOf(() => choose(env));
    for (const part of [...Object.keys(env), embedded]) assert.match(message, part);
    assert.match(hint ?? '', `--url ${embedded}`);
    assert.not.match(message, 's3cret');
  }
  for (const CI of ['true', '1', 'woodpecker']) {
    const { message, hint } = configErrorOf(() => choose({ CI }));
    assert.match(message, 'DATABASE_URL is not set');
    assert.match(hint ?? '', `--url ${embedded}`);
    assert.not.ok(namesDatabase({ option: undefined, configured: embedded, env: { CI } }));
  }
  for (const CI of ['', 'false', '0']) assert.is(choose({ CI }).source, 'updown.json');
});

test('a pipeline without its DATABASE_URL migrates nothing and does not end green', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    await world.write('updown.json', JSON.stringify({ dir: 'migrations', url: embedded }));
    const cwd = world.folder;
    const refused = async (command: Promise<unknown>, code: string, words: RegExp) => {
      const error: UpdownError = await command.then(
        () => assert.unreachable(),
        (thrown) => thrown,
      );
      assert.is(error.code, code, String(error));
      assert.match(error.message, words);
    };
    const pipeline = { cwd, env: { CI: 'true' } };
    const { status, stderr } = await updown(['upgrade'], pipeline);
    assert.is(status, 2, stderr);
    assert.match(stderr, /error \(config\): DATABASE_URL is not set/);
    for (const command of [upgrade, readStatus, current])
      await refused(command(pipeline), 'config', /DATABASE_URL is not set/);
    await refused(stamp({ ...pipeline, targets: ['head'] }), 'config', /DATABASE_URL is not set/);
    await refused(prepareUpgrade({ ...pipeline, fromDatabase: true }), 'config', /DATABASE_URL is not set/);
    await refused(upgrade({ cwd, env: { DATABASE_URL: '' } }), 'config', /DATABASE_URL is set, but empty/);
    assert.not.ok(existsSync(join(cwd, '.updown')));
    // What only reads files goes on.
    assert.equal(
      (await history(pipeline)).revisions.map(({ state }) => state),
      ['unasked'],
    );
    assert.is((await prepareUpgrade(pipeline)).steps.length, 1);

    const { hostname, port, username, password } = new URL(world.database.url);
    const variables = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };
    const named = { ...variables, PGDATABASE: world.database.name, CI: 'true' };
    const done = await updown(['upgrade', '--json', '-q'], { cwd, env: named });
    assert.is(done.status, 0, done.stderr);
    assert.is(done.json<{ database: string }>().database, shownUrl(world));
    assert.equal(await world.journal(), ['up up a1']);
    const meant = await updown(['upgrade', '-q', '--url', embedded], pipeline);
    assert.match(meant.stdout, /the database is at a1 \(pglite:\/.*\.updown\/dev\)/);
  }));

test('where the environment wins over the embedded database of the configuration, init and a run say so, and how to mean that', () =>
  withWorld([], async (world) => {
    const { hostname, port, username, password } = new URL(world.database.url);
    const login = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };
    const variables = { ...login, PGDATABASE: world.database.name };
    const cases: readonly (readonly [env: Environment, init: RegExp, run: RegExp])[] = [
      [
        { DATABASE_URL: world.database.url },
        /^warning: DATABASE_URL is set, and takes precedence over .*To act on the embedded one, add --url pglite:\.updown\/dev$/,
        /^database postgres:\S+ PostgreSQL \S+\n {2}DATABASE_URL names it, and takes precedence over pglite:\.updown\/dev of the configuration$/m,
      ],
      [
        variables,
        /^warning: PGHOST, PGPORT, PGDATABASE are set, and take precedence over /,
        /^ {2}PGHOST, PGPORT, PGDATABASE name it, and take precedence over pglite:/m,
      ],
    ];
    for (const [env, init, run] of cases) {
      await rm(join(world.folder, 'migrations'), { recursive: true, force: true });
      await rm(join(world.folder, 'updown.json'), { force: true });
      const cwd = world.folder;
      const started = await updown(['init'], { cwd, env });
      assert.is(started.status, 0);
      assert.match(started.stderr.replace(/\n\s*/g, ' ').trim(), init);
      const upgraded = await updown(['upgrade', '--dry-run', '--from-database'], { cwd, env });
      assert.is(upgraded.status, 0, upgraded.stderr);
      const done = await updown(['upgrade'], { cwd, env });
      assert.is(done.status, 0, done.stderr);
      assert.match(done.stderr, run);
      assert.is((await updown(['downgrade', 'base', '--yes'], { cwd, env })).status, 0);
      // What was named on the command line is no surprise.
      const meant = await updown(['upgrade', '--url', embedded], { cwd, env });
      assert.match(meant.stdout, /\(pglite:\/.*\.updown\/dev\)/);
      assert.not.match(meant.stderr, 'wins? over');
      await rm(join(cwd, '.updown'), { recursive: true });
      await world.database.query('DROP SCHEMA updown CASCADE');
    }
    const quiet = await updown(['init', 'other', '--config', 'other.json'], { cwd: world.folder, env: {} });
    assert.is(quiet.stderr, '');
  }));

test('a command that only reads says on stderr why it asks that database, once, also where it can not be reached', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    const { folder: cwd, database } = world;
    const { url } = database;
    await world.write('updown.json', JSON.stringify({ dir: 'migrations', url: embedded }));
    const env = { DATABASE_URL: url };
    const told = `DATABASE_URL names ${shownUrl(world)}, and takes precedence over ${embedded} of the configuration`;
    await updown(['upgrade', '--sql', '-o', 'up.sql'], { cwd, env: {} });
    const readers = [
      'status',
      'status --json',
      'status --wait 1',
      'current',
      'current --json',
      'history',
      'show head',
      'plan',
      `review --scratch ${url}`,
      'script verify up.sql',
      'snapshot --hash',
    ];
    for (const words of readers) {
      const asked = await updown(words.split(' '), { cwd, env });
      assert.is(asked.stderr.split(told).length, 2, `${words}: ${asked.stderr}`);
      assert.not.match(asked.stdout, 'precedence over', words);
      const quiet = await updown([...words.split(' '), '--quiet'], { cwd, env });
      assert.not.match(quiet.stderr, 'precedence over', words);
      const meant = await updown([...words.split(' '), '--url', url], { cwd, env });
      assert.not.match(meant.stderr, 'precedence over', words);
    }
    const lost = await updown(['status'], { cwd, env: { DATABASE_URL: 'postgres://127.0.0.1:1/shop' } });
    assert.match(
      lost.stderr,
      /^DATABASE_URL names postgres:\S+, and takes precedence over pglite:[\s\S]*error \(connection\)/,
    );
  }));

test('each document names its database, and null where none was asked', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    const named = async (command: string) => (await world.asks<{ database: string | null }>(command)).database;
    for (const command of ['upgrade', 'status', 'history']) assert.is(await named(command), shownUrl(world), command);
    assert.is(await named('plan --from base'), null);
    assert.match((await world.does('plan')).stdout, shownUrl(world));
  }));

test('the demo runs in a pipeline, too', async () => {
  const { scripts } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  for (const [, command] of scripts.demo.matchAll(/updown\.js ((?:upgrade|status|history)[^&>]*)/g))
    if (!command.includes('--sql')) assert.match(command, '--url pglite:');
});

test.run();
