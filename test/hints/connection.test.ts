import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runHere } from '../support/console.ts';
import { type Desk, withDesk } from './desk.ts';
import { isSaid } from './scan.ts';

const two = [{ id: 'a1' }, { id: 'b1' }];

async function refused(desk: Desk, command: string, says: string): Promise<string> {
  const { stdout, stderr } = await desk.run(`${command} --json`);
  const hint: string = JSON.parse(stdout || '{}').error?.hint ?? '';
  assert.ok(isSaid(hint, says), `${hint}\n${stdout}${stderr}`);
  return hint;
}

test('a server that is not there, has no TLS, or is another one than asked for', () =>
  withDesk(two, async (desk) => {
    const { url } = desk.database;
    const elsewhere = new URL(url);
    elsewhere.port = '1';
    await refused(
      desk,
      `upgrade --url ${elsewhere.href}`,
      'No server listens on port … there. Start it, or correct host and port.',
    );
    await desk.does(`upgrade --url ${url}`);
    const { hostname, port, username, password, pathname } = new URL(url);
    const socket = `postgres://${username}:${password}@%2Fnowhere${pathname}`;
    await refused(desk, `status --url ${socket}`, 'Start the server, or give host and port for TCP.');
    await desk.does(`status --url ${socket}?host=${hostname}&port=${port}`);
    const hint = await refused(
      desk,
      `status --url ${url}?sslmode=require`,
      'Turn TLS on at the server, or use sslmode=prefer or disable where the network is trusted.',
    );
    await desk.does(`status --url ${url}?${/sslmode=\w+/.exec(hint)?.[0]}`);
    await refused(
      desk,
      `status --url ${url}?target_session_attrs=standby`,
      'target_session_attrs=… asks for another server. Name that one, alone or in the list of hosts.',
    );
    await desk.does(`status --url ${url}?target_session_attrs=primary`);
  }));

test('a schema that holds something else, and a ledger without its first entry', () =>
  withDesk(two, async (desk) => {
    const { query } = desk.database;
    await query('CREATE SCHEMA updown; CREATE TABLE updown.journal (theirs text)');
    const hint = await refused(desk, 'upgrade', 'Name another schema for the ledger: --ledger-schema <name>.');
    const option = /--ledger-schema <name>/.exec(hint)?.[0].replace('<name>', 'ours') ?? '';
    await desk.does(`upgrade ${option} --allow-existing`);
    await query(
      "CREATE TABLE kept AS SELECT * FROM ours.journal WHERE event = 'header'; DELETE FROM ours.journal WHERE event = 'header'",
    );
    const says =
      'Its first entry (event "header") was deleted or changed by hand. Restore it from a backup of the database.';
    await refused(desk, `status ${option}`, says);
    await query('INSERT INTO ours.journal OVERRIDING SYSTEM VALUE SELECT * FROM kept; DROP TABLE kept');
    await desk.does(`status --exit-code ${option}`);
  }));

test('the folder and the extensions of an embedded database', () =>
  withDesk(two, async (desk) => {
    const run = (command: string) => runHere(command.split(' '), { cwd: desk.folder, env: {} });
    const refuses = async (url: string, says: string) => {
      const { stdout, stderr } = await run(`upgrade --json --url ${url}`);
      const hint: string = JSON.parse(stdout || '{}').error?.hint ?? '';
      assert.ok(isSaid(hint, says), `${stdout}${stderr}`);
    };
    await desk.put('full/notes.txt', 'x');
    await desk.put('plain', 'x');
    await refuses('pglite:full', 'Name an empty or a new folder: a database fills it with its own files.');
    await refuses('pglite:plain', 'Name a folder: an empty one, a new one, or one that such a database has filled.');
    await refuses(
      'pglite:memory?extensions=postgis',
      'It has most contrib modules (citext, hstore, pgcrypto, pg_trgm, uuid-ossp …); for others use a server.',
    );
    for (const url of ['pglite:new', 'pglite:new', 'pglite:memory?extensions=citext'])
      assert.is((await run(`upgrade --url ${url}`)).status, 0, url);
  }));

test.run();
