import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  downgrade,
  prepareDowngrade,
  prepareStamp,
  prepareUpgrade,
  type Script,
  stamp,
  upgrade,
} from '../../lib/index.ts';
import { printPart } from '../../lib/ledger/text.ts';
import { compileRest, printBootstrap } from '../../lib/script/script.ts';
import { readVersion } from '../../lib/version.ts';
import { withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { withProxy } from '../support/proxy.ts';
import { print } from '../support/script.ts';

const revisions: readonly TestRevision[] = [
  {
    id: 'aaa1',
    up: `-- Ünïcödé, 𝔸 and a bell\ncreate table "Tä𝔸ble" (n int);
CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $f$BEGIN EXECUTE $g$ SELECT ';' $g$; RETURN 'COMMIT;'; END$f$;
INSERT INTO "Tä𝔸ble" VALUES (1)`,
    down: 'DROP FUNCTION f();\nDROP TABLE "Tä𝔸ble"',
  },
  {
    id: 'bbb2',
    up: `-- updown: no-transaction
SET work_mem = '5MB';
CREATE INDEX CONCURRENTLY one ON "Tä𝔸ble" (n);
INSERT INTO "Tä𝔸ble" VALUES (2); -- and why
/* the last; one */ CREATE INDEX CONCURRENTLY two ON "Tä𝔸ble" (n)`,
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY two;\nDROP INDEX CONCURRENTLY one;\n',
  },
  { id: 'ccc3', parents: ['aaa1'], up: 'SELECT 1; -- no line end', down: '-- nothing to undo' },
  { id: 'ddd4', parents: ['bbb2', 'ccc3'], up: '', down: '' },
];

/** What a run sends beside its blocks, and all of it: one reading of the server and its ledger before, one after; where there is none, another look. */
const facts = `SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL statement_timeout = 0;
SELECT pg_catalog.current_setting('server_version') AS version, pg_catalog.current_database() AS database, current_user AS "user", pg_catalog.pg_backend_pid()::text AS pid,
       pg_catalog.pg_is_in_recovery()::text AS standby, pg_catalog.current_setting('transaction_read_only') AS read_only,
       (SELECT e.extname FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) ANY (ARRAY['citus', 'timescaledb']::pg_catalog.text[]) LIMIT 1) AS engine, (SELECT json_agg(json_build_array(s.setdatabase <> 0, s.setrole <> 0, c))
          FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS c
         WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
           AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user)))::text AS settings;
`;
const asking = `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL statement_timeout = 0;
SET LOCAL quote_all_identifiers = off;`;
const strangers = `WITH ledger (schema) AS (SELECT $1::name)
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relpersistence <> 't' AND n.nspname <> (SELECT schema FROM ledger)
   AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('_timescaledb_internal')
   AND NOT (c.relname IN ('journal', 'worker', 'applied', 'unfinished', 'lock_holders') AND EXISTS (
     SELECT FROM pg_catalog.pg_proc p
      WHERE p.pronamespace = n.oid AND p.proname IN ('enter', 'admit', 'refuse') AND p.prosrc LIKE '%UD003%'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND (d.classid, d.objid)
                     IN (('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_namespace'::regclass, n.oid)))
 ORDER BY 1 LIMIT 4`;
const relations = `SELECT pg_catalog.to_regclass($1)::text AS journal, pg_catalog.to_regclass($2)::text AS worker,
       pg_catalog.to_regclass($3)::text AS applied, pg_catalog.to_regclass($4)::text AS unfinished`;
const reading = `${facts}SET LOCAL row_security = off;
SELECT detail ->> 'project' AS project, detail ->> 'format' AS format, pg_catalog.row_security_active('updown.worker'::regclass)::text AS hides,
       (NOT EXISTS (SELECT FROM updown.journal WHERE event NOT IN ('header', 'fail')))::text AS silent, (pg_catalog.to_regprocedure('updown.resume(pg_catalog.text,pg_catalog.text,pg_catalog.int4)') IS NULL)::text AS partial
  FROM updown.journal WHERE event = 'header' ORDER BY seq DESC LIMIT 1;
WITH a AS MATERIALIZED (SELECT revision, digest, parents, event, seq FROM updown.applied)
SELECT pg_catalog.string_agg(coalesce(digest, '') || ' ' || revision, E'\\n' ORDER BY seq) AS applied,
       (SELECT pg_catalog.string_agg(p.id || ' ' || b.revision, E'\\n' ORDER BY b.seq) FROM a b CROSS JOIN LATERAL unnest(b.parents) AS p(id)
         WHERE b.event = 'up' AND p.id NOT IN (SELECT revision FROM a)
           AND NOT coalesce((SELECT j.event IN ('up', 'stamp') FROM updown.journal j WHERE j.revision = p.id AND j.seq < b.seq
                               AND j.event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY j.seq DESC LIMIT 1), false)) AS torn
  FROM a;
SELECT revision, op, statement::text, pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at, who, backend_pid::text AS pid,
       (coalesce(detail -> 'session', '[]') || coalesce(detail -> 'settings', '[]'))::text AS in_session,
       updown.is_alive(backend_pid, backend_start)::text AS alive FROM updown.unfinished ORDER BY seq;
`;

/** Where there is no ledger. */
const looking = [reading, facts, asking, strangers, relations, 'COMMIT'];

interface Site {
  readonly cwd: string;
  readonly env: Record<string, never>;
  readonly url: string;
}

/** Runs the body against a database behind the proxy; hands it what went over the wire since it last looked. */
async function withWire(
  body: (site: Site, sent: (sessions?: 'all' | 'the last one') => readonly string[]) => Promise<void>,
): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    await withDatabase(({ url }) =>
      withProxy(url, {}, async (proxy) => {
        let seen = 0;
        const sent = (sessions: 'all' | 'the last one' = 'all') => {
          // Where the machine is slow, a second session looks at what the first one waits for: it only reads.
          const looks = proxy.queries.filter(({ text }) => text.includes('SELECT a.pid::text'));
          const watching = new Set(looks.map(({ connection }) => connection));
          const queries = proxy.queries.slice(seen).filter(({ connection }) => !watching.has(connection));
          const last = queries.at(-1)?.connection;
          seen = proxy.queries.length;
          return queries.filter(({ connection }) => sessions === 'all' || connection === last).map(({ text }) => text);
        };
        await body({ cwd, env: {}, url: proxy.url }, sent);
        assert.is(proxy.cancels, 0);
      }),
    );
  });
}

const settings = {
  lock_timeout: '5s',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '60s',
  search_path: ['$user', 'public'],
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  row_security: 'on',
};

/** Each message's text, without the one line of settings in front; the lines, too, are as they must be. */
function blocksIn(messages: readonly string[], script: Script): readonly string[] {
  const line = `SET LOCAL updown.run = '${JSON.stringify({ channel: 'run', project: 'test-abc123', tool: readVersion(), plan: script.digest, settings })}';\n`;
  return messages.map((message) => {
    const settled = message.startsWith('SET LOCAL updown.run');
    assert.is(settled, message.includes('BEGIN ISOLATION LEVEL READ COMMITTED;'), message);
    if (settled) assert.is(message.slice(0, line.length), line);
    return settled ? message.slice(line.length) : message;
  });
}

/** What a script prints beside these blocks, which must stand in it byte for byte and in this order. */
function restOf(printed: string, blocks: readonly string[]): string {
  const bytes = Buffer.from(printed);
  let rest = '';
  let at = 0;
  for (const block of blocks) {
    const found = bytes.indexOf(Buffer.from(block), at);
    assert.ok(found >= 0, `not in the script, or not in this order:\n${block}`);
    rest += `${bytes.toString('utf8', at, found)}\u0000`;
    at = found + Buffer.byteLength(block);
  }
  return rest + bytes.toString('utf8', at);
}

/** Around the blocks a script only asks, sets and refuses. */
function assertHarmless(rest: string): void {
  // What a string holds is said or asked; only EXECUTE would run it.
  const code = rest.replace(/^\\.*$/gm, '').replace(/'(?:[^']|'')*'|--.*$/gm, '');
  assert.not.match(code, /\b(CALL|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|TRUNCATE|COMMIT|EXECUTE|PERFORM)\b/i);
}

function assertOneText(messages: readonly string[], script: Script, bootstraps: boolean): void {
  const blocks = blocksIn(messages, script);
  const all = script.steps.flatMap((step) => step.blocks);
  // What looks for the traces of a broken off run is sent only behind one.
  const sent = all.filter(({ kind }) => kind !== 'generate' && kind !== 'probe');
  assert.equal(
    blocks,
    [...(bootstraps ? [script.bootstrap] : []), ...sent].map(({ text }) => text),
  );
  // The ledger's own text stands where the ledger may be missing, and nowhere else; the rest of it in front of the first step that needs it.
  const printed = print(script);
  const [begin, making, commit] = script.bootstrap.parts!;
  const [core, rest] = [printBootstrap(script, ['core']), printPart('updown', 'rest')];
  assert.is(`${begin}${making}${commit}`, script.bootstrap.text);
  assert.is(making, `${core}${rest}`);
  assert.is(printed.includes(core), bootstraps);
  const adding = compileRest(script).text;
  assert.ok(adding.endsWith(`${rest}${commit}`));
  const isAdded = bootstraps && script.firstNeed !== undefined;
  assert.is(printed.includes(rest), isAdded);
  // A script makes it in the transaction of its first question.
  const made = bootstraps ? [begin!, core, commit!] : [];
  const texts = script.steps.flatMap((step, index) => [
    ...(isAdded && index === script.firstNeed ? [adding] : []),
    ...step.blocks.map(({ text }) => text),
  ]);
  assertHarmless(restOf(printed, [...made, ...texts]));
}

test('an upgrade of an empty database sends the ledger and each block as the script prints them', () =>
  withWire(async (site, sent) => {
    const script = await prepareUpgrade(site);
    assert.equal(sent(), []);
    await upgrade(site);
    const messages = sent();
    const rest = messages.slice(looking.length, -1);
    assert.equal([...messages.slice(0, looking.length), messages.at(-1)], [...looking, reading]);
    assertOneText(rest, script, true);
  }));

test('an upgrade from the middle sends the blocks of a script from there', () =>
  withWire(async (site, sent) => {
    await upgrade({ ...site, target: 'aaa1' });
    const script = await prepareUpgrade({ ...site, from: 'aaa1' });
    sent();
    await upgrade(site);
    const [first, ...rest] = sent();
    assert.equal([first, rest.pop()], [reading, reading]);
    assertOneText(rest, script, false);
  }));

test('what a file holds is sent and printed verbatim, and each statement outside a transaction alone', () =>
  withWire(async (site, sent) => {
    await upgrade(site);
    const messages = sent();
    const own = revisions[0]!.up!;
    assert.is(messages.filter((message) => message.includes(own)).length, 1);
    assert.ok(messages.includes('CREATE INDEX CONCURRENTLY one ON "Tä𝔸ble" (n);\n'));
    assert.ok(messages.some((message) => message.endsWith('CREATE INDEX CONCURRENTLY two ON "Tä𝔸ble" (n);\n')));
  }));

test('a downgrade sends the blocks of its script', () =>
  withWire(async (site, sent) => {
    await upgrade(site);
    const script = await prepareDowngrade({ ...site, from: 'ddd4', target: 'base' });
    sent();
    await downgrade({ ...site, target: 'base' });
    const [first, ...rest] = sent();
    assert.equal([first, rest.pop()], [reading, reading]);
    assertOneText(rest, script, false);
  }));

test('a stamp sends the blocks of its script, up and down', () =>
  withWire(async (site, sent) => {
    const up = await prepareStamp({ ...site, targets: ['head'] });
    await stamp({ ...site, targets: ['head'], force: true });
    // Another session has looked at the schema before.
    const messages = sent('the last one');
    const rest = messages.slice(looking.length, -1);
    assert.equal([...messages.slice(0, looking.length), messages.at(-1)], [...looking, reading]);
    assertOneText(rest, up, true);

    const down = await prepareStamp({ ...site, targets: ['aaa1'], from: 'ddd4' });
    await stamp({ ...site, targets: ['aaa1'] });
    const [again, ...others] = sent('the last one');
    assert.equal([again, others.pop()], [reading, reading]);
    assertOneText(others, down, false);
  }));

test('where nothing is to be done, only the ledger is read', () =>
  withWire(async (site, sent) => {
    await upgrade(site);
    sent();
    await upgrade(site);
    await stamp({ ...site, targets: ['head'] });
    await prepareUpgrade({ ...site, fromDatabase: true });
    const [first, ahead = '', ...others] = sent();
    assert.equal([first, ...others], [reading, reading, reading]);
    // A stamp asks ahead whether it is the first one, with what each entry was made from.
    assert.ok(ahead.startsWith(reading));
    const more = ahead.slice(reading.length).split(';\n').filter(Boolean);
    assert.ok(more.length > 0 && more.every((statement) => statement.startsWith('SELECT ')), ahead);
  }));

test('a plan from the database and the same plan offline have one text and one digest', () =>
  withWire(async (site) => {
    await upgrade({ ...site, target: 'bbb2' });
    const online = await prepareUpgrade({ ...site, fromDatabase: true });
    const offline = await prepareUpgrade({ ...site, from: 'bbb2' });
    assert.is(print(online), print(offline));
    const result = await upgrade({ ...site, expect: offline.digest });
    assert.is(result.digest, offline.digest);
  }));

test('a step that fails sends one thing more: its entry in the ledger, on a session of its own', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'aaa1' }, { id: 'bbb2', up: 'SELECT 1;\nSELECT 1 / 0;\n' }, { id: 'ccc3' }]);
    await withDatabase(({ url }) =>
      withProxy(url, {}, async (proxy) => {
        const site = { cwd, env: {}, url: proxy.url };
        const script = await prepareUpgrade(site);
        await upgrade(site).then(
          () => assert.unreachable(),
          () => {},
        );
        const [before, failed] = [1, 2].map((connection) =>
          proxy.queries.filter((query) => query.connection === connection).map(({ text }) => text),
        );
        assert.equal(blocksIn(before!.slice(looking.length), script), [
          script.bootstrap.text,
          ...script.steps.slice(0, 2).flatMap((step) => step.blocks.map((block) => block.text)),
        ]);
        const digest = script.steps[1]!.file!.digest;
        assert.equal(blocksIn(failed!, script), [
          `BEGIN ISOLATION LEVEL READ COMMITTED;\nSET LOCAL lock_timeout = '2s';\nCALL updown.record('fail', 'up', 'bbb2', '${digest}', NULL, NULL, '22012 division by zero');\nCOMMIT;\n`,
        ]);
        assert.is(proxy.connections, 2);
      }),
    );
  }));

test('F60: on a server with standard_conforming_strings off one setting goes before the first block, as the script has it', () =>
  withWire(async (site, sent) => {
    const url = new URL(site.url);
    url.searchParams.set('options', '-cstandard_conforming_strings=off');
    const script = await prepareUpgrade({ ...site, target: 'aaa1' });
    await upgrade({ ...site, url: url.href, target: 'aaa1' });
    const setting = 'SET standard_conforming_strings = on';
    const rest = sent().slice(looking.length, -1);
    assert.is(rest.shift(), setting);
    assertOneText(rest, script, true);
    assert.match(print(script), `${setting};\n`);
  }));

test.run();
