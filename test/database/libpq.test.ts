import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import type { Session } from '../../lib/database/session.ts';
import { readMachine } from '../../lib/libpq/machine.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { psql, withDatabase } from '../support/database.ts';
import { needsPsql } from '../support/run.ts';

function open(text: string | undefined, env: Record<string, string> = {}, home = '/no/such'): Promise<Session> {
  const target = parseTarget(text, env, { ...readMachine(), home });
  return openSession(target, { applicationName: 'psql', onNotice: () => {} });
}

const probe =
  "SELECT current_database() || ' ' || current_user || ' ' || current_setting('application_name') AS answer";

/** What the server says, or why there is none. */
interface Answer {
  readonly said: string;
  readonly why?: string;
}

/** What url, service and variables come to, as the server sees it. */
async function ask(text: string, env: Record<string, string>, home: string): Promise<Answer> {
  try {
    const session = await open(text, env, home);
    const [[row] = []] = await session.send(probe);
    await session.close();
    return { said: row!.answer! };
  } catch (error) {
    return { said: 'refused', why: (error as Error).message };
  }
}

async function askPsql(text: string, env: Record<string, string>, home: string): Promise<Answer> {
  const { status, stdout, stderr } = await psql(text, ['-Atc', probe], { env: { ...env, HOME: home } });
  return status === 0 ? { said: stdout.trim() } : { said: 'refused', why: stderr };
}

needsPsql(test, 'url, service and variables come to the same as in psql', async () => {
  const home = await mkdtemp(join(tmpdir(), 'home-'));
  await withDatabase(async ({ url, name }) => {
    const { hostname, port, username, password } = new URL(url);
    const reach = `host=${hostname}\nport=${port}\nuser=${username}\npassword=${password}`;
    await mkdir(join(home, 'system'));
    await writeFile(
      join(home, '.pg_service.conf'),
      `# ours\n[shop]\n${reach}\ndbname=${name}\napplication_name=from service\n\n[twice]\n${reach}\ndbname=${name}\ndbname=postgres\n` +
        `[spaced]\n${reach}\ndbname = ${name}\n[broken]\nnonsense\n[nested]\nservice=shop\n  [ indented ]\n[indented]\n  ${reach.replaceAll('\n', '\n  ')}\n`,
    );
    await writeFile(join(home, 'system/pg_service.conf'), `[theirs]\n${reach}\ndbname=postgres\n`);
    await writeFile(join(home, 'named.conf'), `[shop]\n${reach}\ndbname=postgres\n`);
    const named = { PGSERVICEFILE: join(home, 'named.conf') };
    const system = { PGSYSCONFDIR: join(home, 'system') };
    const reachEnv = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password };
    const cases: readonly (readonly [string, Record<string, string>, string])[] = [
      ['service=shop', {}, `${name} postgres from service`],
      ['service=shop', { PGAPPNAME: 'variable', PGDATABASE: 'postgres' }, `${name} postgres from service`],
      ['service=shop application_name=given', { PGAPPNAME: 'variable' }, `${name} postgres given`],
      ['postgres:///postgres?service=shop', { PGAPPNAME: 'variable' }, 'postgres postgres from service'],
      ['dbname=postgres', { ...reachEnv, PGAPPNAME: 'variable' }, 'postgres postgres variable'],
      ['postgres://', { PGSERVICE: 'shop' }, `${name} postgres from service`],
      ['service=theirs', system, 'postgres postgres psql'],
      ['service=theirs', { ...system, ...named }, 'postgres postgres psql'],
      ['service=shop', named, 'postgres postgres psql'],
      ['service=twice', {}, `${name} postgres psql`],
      ['service=indented dbname=postgres', {}, 'postgres postgres psql'],
      ["service=shop dbname='' user=postgres", {}, 'postgres postgres from service'],
      ['service=spaced', {}, 'refused'],
      ['service=broken', reachEnv, 'refused'],
      ['service=nested', reachEnv, 'refused'],
      ['service=unknown', reachEnv, 'refused'],
      ['service=shop', { PGSERVICEFILE: '/no/such' }, 'refused'],
      [`postgres://${hostname},${hostname}/postgres`, { ...reachEnv }, 'refused'],
      [`postgres://${hostname}/postgres`, { ...reachEnv }, 'postgres postgres psql'],
      [`host=${hostname},${hostname} port=${port} dbname=postgres`, { ...reachEnv }, 'postgres postgres psql'],
      [`host=${hostname} port=${port},${port} dbname=postgres`, { ...reachEnv }, 'refused'],
      [`host=no.invalid hostaddr=127.0.0.1 dbname=postgres`, { ...reachEnv }, 'postgres postgres psql'],
    ];
    for (const [text, env, expected] of cases) {
      const shown = `${text.replace(password, '***')} ${Object.keys(env)}`;
      const theirs = await askPsql(text, env, home);
      assert.is(theirs.said, expected, `psql: ${shown}: ${theirs.why}`);
      const ours = await ask(text, env, home);
      assert.is(ours.said, expected, `${shown}: ${ours.why}`);
    }
  });
  await rm(home, { recursive: true });
});

/** Linux tells of each socket which timer runs: 02 is keepalive. */
const table = '/proc/self/net/tcp';
const onLinux = existsSync(table) ? test : test.skip;

onLinux('keepalive is on unless keepalives=0', async () => {
  await withDatabase(async ({ url }) => {
    for (const [query, expected] of [
      ['', '02'],
      ['?keepalives_idle=30', '02'],
      ['?keepalives=0', '00'],
    ] as const) {
      const session = await open(`${url}${query}`);
      const [[row] = []] = await session.send(
        'SELECT inet_client_port()::text AS local, inet_server_port()::text AS remote',
      );
      assert.is(await findTimer(Number(row!.local), Number(row!.remote)), expected, query);
      await session.close();
    }
  });
});

async function findTimer(localPort: number, remotePort: number): Promise<string> {
  const [local, remote] = [localPort, remotePort].map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  for (;;) {
    const rows = (await readFile(table, 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
    // Sockets to other servers, closed ones among them, can have the same local port; and a table that changes while it is read can miss one.
    const timer = rows
      .find(([, from, to, state]) => from?.endsWith(local!) && to?.endsWith(remote!) && state === '01')?.[5]
      ?.slice(0, 2);
    // 01 hides the others: something sent is not acknowledged yet.
    if (timer !== undefined && timer !== '01') return timer;
    await setTimeout(10);
  }
}

test.run();
