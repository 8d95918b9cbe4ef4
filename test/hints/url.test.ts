import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Desk, withDesk } from './desk.ts';

/** The url with more in its query is refused with exit 2; the hint. */
async function refused(desk: Desk, query: string): Promise<string> {
  return desk.fails(`upgrade --url ${desk.database.url}?${query}`, 'config');
}

/** What stands behind "Write", up to "in updown.json", as somebody would copy it; in a file of its own. */
async function writes(desk: Desk, hint: string): Promise<string> {
  const [, text] = /(?:^Write|is) ("\w+": .*?) in updown\.json/.exec(hint) ?? assert.unreachable(hint) ?? [];
  await desk.put('updown.json', `{ ${text} }`);
  return text!;
}

const inConfig: Readonly<Record<string, string>> = {
  'schema=app': '"search_path": "app"',
  'search_path=app,public': '"search_path": "app,public"',
  'currentSchema="My App"': '"search_path"',
  'statement_timeout=5000': '"statementTimeout": "5000ms"',
  'statement_timeout=5s': '"statementTimeout": "5s"',
  'lock_timeout=2000': '"lockTimeout": "2000ms"',
  'lock_timeout=0': '"lockTimeout": "0"',
  'x-statement-timeout=7000': '"statementTimeout": "7000ms"',
  'x-statement-timeout=0': '"statementTimeout": "0"',
  'role=postgres': '"role": "postgres"',
  'app.tenant=x': '"app.tenant": "x"',
  'x-migrations-table=versions': '"schema": "updown"',
};

for (const [query, part] of Object.entries(inConfig)) {
  test(`a parameter of another tool is written where its hint says, and the run goes on: ${query}`, () =>
    withDesk([{ id: 'a1' }], async (desk) => {
      await desk.database.query('CREATE SCHEMA app; CREATE SCHEMA "My App"');
      const text = await writes(desk, await refused(desk, query.replaceAll('"', '%22').replaceAll(' ', '%20')));
      assert.ok(text.includes(part), text);
      await desk.does('upgrade');
      const [row] = await desk.database.query(
        "SELECT relnamespace::regnamespace AS at FROM pg_class WHERE relname = 't_a1'",
      );
      assert.is(
        String(row?.at).replaceAll('"', ''),
        /app/i.test(query) && /schema|path/i.test(query) ? (/My/.test(query) ? 'My App' : 'app') : 'public',
      );
    }));
}

test('a password by another name is written where the hint says, and shown nowhere', () =>
  withDesk([{ id: 'a1' }], async (desk) => {
    const bare = new URL(desk.database.url);
    const secret = bare.password;
    bare.password = '';
    for (const name of ['pwd', 'pass', 'Passwd', 'PWD', 'pw', 'passphrase']) {
      const hint = await refused(desk, `${name}=s3cret`);
      assert.not.match(hint, 's3cret');
      assert.match(hint, 'set PGPASSWORD or write a line in ~/.pgpass');
      await desk.does(`status --url ${bare.href}?${/Write (password=)/.exec(hint)?.[1]}${secret}`);
    }
  }));

test('the history of golang-migrate is taken over as its hint says', () =>
  withDesk([{ id: 'a1' }], async (desk) => {
    await desk.put('old/1_first.up.sql', 'CREATE TABLE one ();\n');
    await desk.put('old/1_first.down.sql', 'DROP TABLE one;\n');
    const hint = await refused(desk, 'x-migrations-table-quoted=1');
    const command = /updown (import golang-migrate <folder>)/.exec(hint)?.[1];
    await desk.does(`${command?.replace('<folder>', 'old')} --dir taken`);
    await desk.does('upgrade --dir taken');
  }));

test('the directive for several statements, and the limit of a wait, are those that the hints name', () =>
  withDesk([{ id: 'a1', up: 'CREATE TABLE t (a integer);\nCREATE INDEX CONCURRENTLY i ON t (a);\n' }], async (desk) => {
    const hint = await refused(desk, 'x-multi-statement=true');
    await desk.write('a1', `${/"(-- updown: [\w-]+)"/.exec(hint)?.[1]}\n${await desk.read('a1')}`);
    await desk.does('upgrade');
    const option = /--\w+/.exec(await refused(desk, 'x-lock-strategy=table'))?.[0];
    await desk.does(`upgrade ${option} 5`);
    assert.match(await refused(desk, 'readOnly=true'), 'without this parameter');
  }));

test.run();
