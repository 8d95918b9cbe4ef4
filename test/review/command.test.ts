import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { startServer } from '../support/server.ts';

interface Document {
  readonly scratch: string;
  readonly digest: string;
  readonly steps: readonly {
    readonly op: string;
    readonly id: string;
    readonly statements: readonly {
      readonly line: number;
      readonly text: string;
      readonly locks: readonly { readonly relation: string; readonly mode: string; readonly since: number }[];
      readonly rewrites: readonly string[];
      readonly scans: readonly string[];
      readonly builds: readonly { readonly index: string }[];
      readonly changes: readonly { readonly kind: string; readonly object: string }[];
      readonly error: { readonly code: string } | null;
      readonly findings: readonly Finding[];
    }[];
    readonly findings: readonly Finding[];
  }[];
  readonly unmeasured: readonly string[];
  readonly production: {
    readonly relations: readonly { readonly name: string; readonly bytes: number; readonly rows: number }[];
  } | null;
}

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly advice: string;
  readonly bytes: number | null;
  readonly allowed: string | null;
}

const base =
  'CREATE TABLE orders (id integer PRIMARY KEY, total integer);\nCREATE TABLE small (id integer, total integer);\n';
const revisions = [
  { id: 'aaaaaaaaaaaa', up: base, down: 'DROP TABLE orders, small;\n' },
  {
    id: 'bbbbbbbbbbbb',
    up: '-- wider\n\nALTER TABLE small ALTER COLUMN total TYPE bigint;\nALTER TABLE orders ALTER COLUMN total TYPE bigint;\n',
    down: '-- nothing\nSELECT 1;\n',
  },
];

/** Where nobody has named a database. */
const env = { PGHOST: undefined, PGDATABASE: undefined, DATABASE_URL: undefined } as unknown as NodeJS.ProcessEnv;

test('in process: the last revision where no database is named, each statement with its line, its effects and its findings', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    const { status, json, stderr } = await updown(['review', '--json'], { cwd, env });
    assert.is(status, 0, stderr);
    const document = json<Document>();
    assert.match(document.scratch, /^PostgreSQL 18\.\d+ \(in-process\)$/);
    assert.match(document.digest, /^[0-9a-f]{64}$/);
    const [step] = document.steps;
    assert.equal(
      document.steps.map(({ id }) => id),
      ['bbbbbbbbbbbb'],
    );
    const [first, second] = step!.statements;
    assert.is(first!.line, 3);
    assert.is(first!.text, 'ALTER TABLE small ALTER COLUMN total TYPE bigint');
    assert.equal(
      first!.locks.map(({ relation, mode }) => [relation, mode]),
      [['public.small', 'ACCESS EXCLUSIVE']],
    );
    assert.equal(
      second!.locks.map(({ relation, since }) => [relation, since]),
      [
        ['public.orders', 2],
        ['public.orders_pkey', 2],
        ['public.small', 1],
      ],
    );
    assert.equal(second!.rewrites, ['public.orders', 'public.orders_pkey']);
    assert.equal(second!.scans, ['public.orders']);
    assert.equal(second!.findings.map(({ rule }) => rule).sort(), ['type-rewrites', 'work-after-lock']);
    for (const { message, advice, severity } of second!.findings) assert.ok(message && advice && severity === 'error');
  }));

test('exit 3 where a finding reaches --fail-on, 0 where it does not or is allowed, 2 for a word that is no severity', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [revisions[0]!, { id: 'cccccccccccc', up: 'LOCK TABLE orders;\n' }]);
    const status = async (...args: readonly string[]) => (await updown(['review', ...args], { cwd, env })).status;
    assert.is(await status('--fail-on', 'warning'), 3);
    assert.is(await status('--fail-on', 'error'), 0);
    assert.is(await status('--fail-on', 'never'), 2);
    await writeProject(cwd, [
      revisions[0]!,
      { id: 'cccccccccccc', up: '-- updown: allow explicit-lock: at night\nLOCK TABLE orders;\n' },
    ]);
    const { status: allowed, stdout } = await updown(['review', '--fail-on', 'warning'], { cwd, env });
    assert.is(allowed, 0);
    assert.match(stdout, 'allowed: at night');
  }));

test('the text fits in 80 columns but for SQL, and says what was measured where', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    const { stdout } = await updown(['review', 'base:head'], { cwd, env });
    assert.match(stdout, 'ACCESS EXCLUSIVE on public.orders');
    assert.match(stdout, /\d errors?, \d warnings? in 4 statements of 2 steps, on PostgreSQL 18\.\d+ \(in-process\)/);
    const long = stdout.split('\n').filter((line) => line.length > 80 && !line.startsWith('      '));
    assert.equal(long, []);
  }));

test('a statement that fails: said with its code, exit 3, and what stands after it is named as not measured', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      revisions[0]!,
      { id: 'cccccccccccc', up: 'SELECT 1;\nSELECT * FROM nowhere;\n' },
      { id: 'dddddddddddd' },
    ]);
    const { status, json } = await updown(['review', 'aaaa:head', '--json', '--fail-on', 'error'], { cwd, env });
    assert.is(status, 3);
    const { steps, unmeasured } = json<Document>();
    assert.is(steps[0]!.statements[1]!.error?.code, '42P01');
    assert.equal(
      steps[0]!.statements[1]!.findings.map(({ rule }) => rule),
      ['fails'],
    );
    assert.equal(unmeasured, ['dddddddddddd']);
  }));

test('the way back of a plan is reviewed with --down, or by a range that ends below its start, in every format', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      revisions[0]!,
      {
        ...revisions[1]!,
        down: 'ALTER TABLE small DROP COLUMN total;\nALTER TABLE orders ALTER COLUMN total TYPE integer;\n',
      },
    ]);
    const ask = async (...args: readonly string[]) => {
      const { status, json, stderr } = await updown(['review', ...args, '--json'], { cwd, env });
      assert.is(status, 0, stderr);
      const { steps, from, to, digest } = json<Document & { from: readonly string[]; to: readonly string[] }>();
      return { steps, from, to, digest };
    };
    const { steps, ...plan } = await ask('--down', 'base:head');
    assert.equal(
      steps.map(({ op, id }) => `${op} ${id}`),
      ['down bbbbbbbbbbbb', 'down aaaaaaaaaaaa'],
    );
    assert.equal(
      steps[0]!.statements.map(({ text, findings }) => [text.slice(0, 30), findings.map(({ rule }) => rule).sort()]),
      [
        ['ALTER TABLE small DROP COLUMN ', ['drop-column']],
        ['ALTER TABLE orders ALTER COLUM', ['type-rewrites', 'work-after-lock']],
      ],
    );
    assert.equal(
      steps[1]!.statements[0]!.findings.map(({ rule }) => rule),
      ['drop-table', 'drop-table'],
    );
    assert.equal([plan.from, plan.to], [['bbbbbbbbbbbb'], []]);
    const last = await ask('head:-1');
    assert.equal(
      last.steps.map(({ op, id }) => `${op} ${id}`),
      ['down bbbbbbbbbbbb'],
    );
    assert.is((await ask('--down')).digest, last.digest);
    assert.is((await ask('head:base')).digest, plan.digest);
    const emitted = await updown(['downgrade', 'head:base', '--dry-run', '--json'], { cwd, env });
    assert.is(emitted.json<Document>().digest, plan.digest);
    const told: Readonly<Record<string, RegExp>> = {
      text: /^down bbbbbbbbbbbb /m,
      markdown: /^### ❌ updown review of a downgrade: \d errors/m,
      github: /^::error file=\S+\/down\.sql,line=1,title=drop-column::/m,
      sarif: /"uri": "\S+\/down\.sql"/,
    };
    for (const [format, words] of Object.entries(told)) {
      const page = `${format}.html`;
      const { stdout } = await updown(['review', '--down', '--format', format, '--html', page], { cwd, env });
      assert.match(stdout, words);
      assert.match(await readFile(join(cwd, page), 'utf8'), /<h1>Review of a downgrade .*<code>downgrade --expect</s);
    }
  }));

test('a way back that there is not is refused before anything is measured', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [revisions[0]!, { id: 'bbbbbbbbbbbb', down: '-- updown: irreversible\n' }]);
    const { status, json } = await updown(['review', '--down', '--json'], { cwd, env });
    assert.equal([status, json<{ error: { code: string } }>().error.code], [2, 'irreversible']);
    assert.is((await updown(['review', '--json'], { cwd, env })).status, 0);
  }));

test('a history that does not run: what failed of it with the file and the line, and what could be measured', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'aaaaaaaaaaaa', up: 'SELECT 1;\nSELECT * FROM nowhere;\n' },
      { id: 'bbbbbbbbbbbb' },
    ]);
    const { status, json } = await updown(['review', '--json'], { cwd, env });
    assert.is(status, 1);
    const { missing, steps } = json<Document & { missing: readonly { code: string; file: string; line: number }[] }>();
    assert.equal(
      missing.map(({ code, file, line }) => [code, file.replace(/^.*\/(\w+\/)/, '$1'), line]),
      [['42P01', '20250101_0000_aaaaaaaaaaaa_add_aaaaaaaaaaaa/up.sql', 2]],
    );
    assert.equal(
      steps.map(({ id }) => id),
      ['bbbbbbbbbbbb'],
    );
  }));

test('roles and extensions that the files name are there in process', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      {
        id: 'aaaaaaaaaaaa',
        up: 'CREATE EXTENSION citext;\nCREATE TABLE orders (id integer, email citext);\nGRANT SELECT ON orders TO app_reader;\n',
      },
      { id: 'bbbbbbbbbbbb', up: 'GRANT INSERT ON orders TO app_writer;\nALTER TABLE orders OWNER TO app_owner;\n' },
    ]);
    const { status, json, stderr } = await updown(['review', '--json'], { cwd, env });
    assert.is(status, 0, stderr);
    const changes = json<Document>().steps[0]!.statements.flatMap((statement) => statement.changes);
    assert.equal(
      changes.map(({ kind, object }) => `${kind} ${object}`),
      ['privileges table public.orders', 'owner table public.orders', 'privileges table public.orders'],
    );
  }));

test('with a url: what is pending there, weighed by what is there, and nothing is written', () =>
  withProject({}, async (cwd) => {
    await withDatabase(async ({ url, query }) => {
      await writeProject(cwd, revisions.slice(0, 1));
      assert.is((await updown(['upgrade', '--url', url], { cwd })).status, 0);
      await writeProject(cwd, revisions);
      await query(
        'INSERT INTO orders SELECT i, i FROM generate_series(1, 50000) AS i; INSERT INTO small VALUES (1, 1); ANALYZE',
      );
      const before = await query(
        'SELECT pg_current_wal_lsn()::text AS lsn, (SELECT count(*) FROM updown.journal) AS n',
      );
      const { status, json, stderr } = await updown(['review', '--url', url, '--json'], { cwd });
      assert.is(status, 0, stderr);
      const { steps, production } = json<Document>();
      assert.equal(
        steps.map(({ id }) => id),
        ['bbbbbbbbbbbb'],
      );
      const sizes = new Map(production!.relations.map(({ name, bytes, rows }) => [name, { bytes, rows }]));
      assert.is(sizes.get('public.orders')?.rows, 50000);
      assert.ok(sizes.get('public.orders')!.bytes > 1_000_000);
      const rewrite = steps[0]!.statements[1]!.findings.find(({ rule }) => rule === 'type-rewrites');
      assert.ok(rewrite!.bytes! > 1_000_000);
      const { stdout } = await updown(['review', '--url', url], { cwd });
      assert.match(stdout, /^Findings, worst first\nwith sizes of [^\n]+/);
      assert.match(
        stdout.replace(/\n {4,}/g, ' '),
        /type-rewrites: rewrites public\.orders for integer to bigint \[\d(\.\d)? MB, about 50,000 rows\] public\.orders: [\d,]+ rows written, \d+ scans? since /,
      );
      const after = await query(
        'SELECT (SELECT count(*) FROM updown.journal) AS n, (SELECT count(*) FROM orders) AS rows',
      );
      assert.equal([after[0]!.n, after[0]!.rows], [before[0]!.n, '50000']);
    });
  }));

test('the rows of a partitioned table that was analyzed are counted once', () =>
  withProject({}, async (cwd) => {
    const made =
      'CREATE TABLE big (id integer) PARTITION BY RANGE (id);\nCREATE TABLE big_1 PARTITION OF big FOR VALUES FROM (0) TO (500);\nCREATE TABLE big_2 PARTITION OF big FOR VALUES FROM (500) TO (1000);\n';
    await withDatabase(async ({ url, query }) => {
      await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up: made }]);
      assert.is((await updown(['upgrade', '--url', url], { cwd })).status, 0);
      await query('INSERT INTO big SELECT generate_series(0, 999); ANALYZE big');
      await writeProject(cwd, [
        { id: 'aaaaaaaaaaaa', up: made },
        { id: 'bbbbbbbbbbbb', up: 'ALTER TABLE big ADD COLUMN n integer;\n' },
      ]);
      const { production } = (await updown(['review', '--url', url, '--json'], { cwd })).json<Document>();
      assert.is(production!.relations.find(({ name }) => name === 'public.big')?.rows, 1000);
    });
  }));

test('a database that can not be reached: a range is reviewed with a warning, and what is pending is not guessed', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    const nowhere = ['--url', 'postgres://u:x@127.0.0.1:1/d'];
    const guessed = await updown(['review', ...nowhere, '--json'], { cwd, env });
    assert.is(guessed.status, 1, guessed.stdout);
    const { error } = guessed.json<{ error: { code: string; hint: string } }>();
    assert.is(error.code, 'connection');
    assert.match(error.hint, 'updown review --url postgres://u@127.0.0.1:1/d <from>:<to>');
    const { status, stderr } = await updown(['review', 'base:aaaaaaaaaaaa', ...nowhere], { cwd, env });
    assert.is(status, 0, stderr);
    assert.match(stderr, 'findings are not weighed by what is there');
  }));

test('on a scratch server a file may set a timeout that is too short for looking at what it did', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      ...revisions.slice(0, 1),
      { id: 'bbbbbbbbbbbb', up: "SET LOCAL statement_timeout = '8ms';\nSELECT 1;\n" },
    ]);
    const { status, stderr } = await updown(['review', '--scratch', await scratchServer(), '--json'], { cwd, env });
    assert.is(status, 0, stderr);
  }));

test('what fails can not be allowed: what is behind it was not measured', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'aaaaaaaaaaaa', up: '-- updown: allow fails: it is known\nSELECT 1 / 0;\nDROP TABLE x;\n' },
    ]);
    const { status, stdout } = await updown(['review', '--fail-on', 'error'], { cwd, env });
    assert.is(status, 3);
    assert.match(stdout, '"allow fails" allows nothing');
  }));

test('a scratch server: measured there, the temporary database is dropped, also after a failure', () =>
  withProject({}, async (cwd) => {
    const scratch = await scratchServer();
    await writeProject(cwd, revisions);
    const { status, json, stderr } = await updown(['review', '--scratch', scratch, '--json'], { cwd, env });
    assert.is(status, 0, stderr);
    assert.match(json<Document>().scratch, /^PostgreSQL \d+\.\d+ \(scratch server\)$/);
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up: 'SELECT 1 / 0;\n' }, { id: 'bbbbbbbbbbbb' }]);
    assert.is((await updown(['review', '--scratch', scratch], { cwd, env })).status, 1);
    assert.equal(await leftovers(), []);
  }));

test('interrupted on a scratch server: exit 130, and the temporary database is dropped', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up: 'SELECT pg_sleep(60);\n' }]);
    const scratch = await scratchServer();
    const { status } = await updown(['review', '--scratch', scratch], {
      cwd,
      env,
      spawned: (child) => void whenSleeping().then(() => child.kill('SIGINT')),
    });
    assert.is(status, 130);
    assert.equal(await leftovers(), []);
  }));

test('interrupted while the scratch server does not answer: exit 130 without waiting for it', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  try {
    await withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }]);
      const scratch = `postgres://u@127.0.0.1:${port}/d?connect_timeout=0&sslmode=disable`;
      const { status, stderr } = await updown(['review', '--scratch', scratch], {
        cwd,
        env,
        spawned: (child) => void once(silent, 'connection').then(() => child.kill('SIGINT')),
      });
      assert.is(status, 130, stderr);
      assert.match(stderr, 'interrupted: nothing but scratch was touched');
    });
  } finally {
    silent.close();
  }
});

for (const place of ['in process', 'on a server'] as const)
  test(`interrupted before the first statement is measured, ${place}: exit 130 with one signal, and nothing is left`, () =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up: 'SELECT pg_sleep(60);\n' }]);
      const { status, stderr } = await updown(
        ['review', ...(place === 'in process' ? [] : ['--scratch', await scratchServer()])],
        {
          cwd,
          env,
          // It listens for signals from before it says this, and opens its scratch behind it.
          spawned: (child) => void child.stderr?.once('data', () => child.kill('SIGINT')),
        },
      );
      assert.is(status, 130);
      assert.match(stderr, 'interrupted: nothing but scratch was touched');
      assert.equal(await leftovers(), []);
    }));

test('killed on a scratch server: the next review drops what it left, and not what another is working on', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up: 'SELECT pg_sleep(8);\n' }]);
    const scratch = await scratchServer();
    await updown(['review', '--scratch', scratch], {
      cwd,
      env,
      spawned: (child) => void whenSleeping().then(() => child.kill('SIGKILL')),
    });
    assert.is((await leftovers()).length, 1);
    await onScratch(async ({ query }) => {
      await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'updown_scratch_%'");
    });
    const running = updown(['review', '--scratch', scratch], {
      cwd,
      env,
      spawned: (child) => void once(child, 'exit'),
    });
    await whenSleeping();
    const [mine] = await leftovers();
    assert.is((await leftovers()).length, 1);
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up: 'SELECT 1;\n' }]);
    await updown(['review', '--scratch', scratch], { cwd, env });
    assert.equal(await leftovers(), [mine]);
    assert.is((await running).status, 0);
    assert.equal(await leftovers(), []);
  }));

test('rules are listed with their severity', () =>
  withProject({}, async (cwd) => {
    const { json } = await updown(['rules', '--json'], { cwd });
    const { rules } = json<{ rules: readonly { id: string; severity: string; why: string }[] }>();
    assert.ok(rules.length > 40);
    assert.ok(
      rules.every(({ id, severity, why }) => /^[a-z-]+$/.test(id) && ['error', 'warning'].includes(severity) && why),
    );
    assert.is(new Set(rules.map(({ id }) => id)).size, rules.length);
  }));

let server: Promise<string> | undefined;

/** Of this file alone: other tests make scratch databases on the one they share. */
function scratchServer(): Promise<string> {
  server ??= startServer().then(({ url }) => url);
  return server;
}

async function onScratch(body: (database: Database) => Promise<void>): Promise<void> {
  await withDatabase(body, { server: await scratchServer() });
}

async function leftovers(): Promise<readonly string[]> {
  let names: readonly string[] = [];
  await onScratch(async ({ query }) => {
    const rows = await query("SELECT datname FROM pg_database WHERE datname LIKE 'updown_scratch_%' ORDER BY 1");
    names = rows.map(({ datname }) => String(datname));
  });
  return names;
}

async function whenSleeping(): Promise<void> {
  await onScratch(async ({ query }) => {
    for (let left = 300; left > 0; left--) {
      const rows = await query(
        "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
      );
      if (rows.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('nothing sleeps');
  });
}

test.run();
