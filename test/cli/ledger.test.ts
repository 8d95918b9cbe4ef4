import { rm } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ledgerFormat } from '../../lib/ledger/name.ts';
import { writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { includes, type World, withWorld } from './vocabulary.ts';

const three = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];
const commands = [
  'upgrade',
  'downgrade base --yes',
  'stamp head',
  'status',
  'current',
  'upgrade --sql --from-database',
];

test("F38: another project's ledger is refused by every command that reads it", () =>
  withWorld(three, async (world) => {
    await world.does('upgrade b1');
    await world.edit('migrations/manifest.jsonl', 'test-abc123', 'other-xyz789');
    for (const command of commands)
      await world.refuses(command, {
        code: 'wrong-project',
        exit: 4,
        names: /"test-abc123".*"other-xyz789"/,
        hint: 'name another schema for this one ("ledger": { "schema"',
      });
    await world.does('stamp b1 --ledger-schema other --force');
    assert.equal(await world.journal(), ['up up a1', 'up up b1'], 'a ledger of its own beside the other one');
  }));
needsPsql(test, "F38: another project's script changes nothing", () =>
  withWorld(three, async (world) => {
    await world.does('upgrade b1');
    await world.edit('migrations/manifest.jsonl', 'test-abc123', 'other-xyz789');
    const { status, stderr } = await world.script('upgrade --sql --from b1');
    assert.is(status, 3);
    assert.match(stderr, /belongs to project "test-abc123"/);
    assert.equal(await world.journal(), ['up up a1', 'up up b1']);
  }),
);

test('F40: a ledger of a newer format is refused', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade b1');
    await world.database.query(
      `INSERT INTO updown.journal (event, detail) VALUES ('header', '{"project": "test-abc123", "format": ${ledgerFormat + 1}}')`,
    );
    for (const command of commands)
      await world.refuses(command, {
        code: 'newer-ledger',
        exit: 4,
        names: `format ${ledgerFormat + 1}`,
        hint: 'newer',
      });
  }));

const foreign = {
  "another tool's": 'CREATE SCHEMA updown; CREATE TABLE updown.journal (id int)',
  'one with a few of our columns':
    'CREATE SCHEMA updown; CREATE TABLE updown.journal (seq int, detail jsonb, event text)',
  'a view': 'CREATE SCHEMA updown; CREATE VIEW updown.journal AS SELECT 1 AS seq',
  'a sequence': 'CREATE SCHEMA updown; CREATE SEQUENCE updown.journal',
};
for (const [what, sql] of Object.entries(foreign)) {
  test(`F40: a table updown.journal that is ${what} is refused`, () =>
    withWorld(three, async (world) => {
      await world.database.query(sql);
      for (const command of ['upgrade', 'status', 'stamp head'])
        await world.refuses(command, { code: 'foreign-ledger', exit: 4, names: '"updown"', hint: '--ledger-schema' });
    }));
}
test('F40: a schema "updown" that holds something else is let be and used', () =>
  withWorld(three, async (world) => {
    await world.database.query('CREATE SCHEMA updown; CREATE TABLE updown.notes (id int)');
    await world.does('upgrade');
    assert.is((await world.journal()).length, 3);
  }));
test('F39: a header that was deleted is refused', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade b1');
    await world.database.query("DELETE FROM updown.journal WHERE event = 'header'");
    for (const command of commands)
      await world.refuses(command, { code: 'foreign-ledger', exit: 4, names: 'header', hint: 'backup' });
  }));
test("F39: an entry's digest that was changed by hand is named as edited", () =>
  withWorld(three, async (world) => {
    await world.does('upgrade b1');
    await world.database.query("UPDATE updown.journal SET digest = repeat('0', 64) WHERE revision = 'a1'");
    await world.refuses('upgrade', {
      code: 'edited',
      exit: 4,
      names: 'a1',
      place: `${world.path('a1')}:1:1`,
      hint: 'updown stamp --only a1',
    });
    assert.equal((await world.asks('status')).edited, ['a1']);
  }));
test('F39: an entry that was deleted below an applied revision is not taken for a late one, and stamp settles it', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade b1');
    await world.database.query("DELETE FROM updown.journal WHERE revision = 'a1'");
    for (const command of ['upgrade', 'upgrade --include-late', 'upgrade --dry-run', 'downgrade base --yes'])
      await world.refuses(command, {
        code: 'damaged-ledger',
        exit: 4,
        names: /"b1" was applied on "a1"/,
        hint: 'updown stamp --only a1',
      });
    assert.equal((await world.asks('status')).torn, ['a1']);
    const { stdout } = await world.does('status');
    includes(stdout, /a1 its entry is gone: b1 was applied on it/);
    includes(stdout, /next: .*updown stamp --only a1/);
    await world.does('stamp --only a1');
    await world.does('upgrade');
    assert.equal(await world.journal(), ['up up b1', 'stamp a1', 'up up c1']);
  }));
test('what was reverted after the manifest had moved it elsewhere is no entry that is gone', () =>
  withWorld([{ id: 'a1' }, { id: 'b1' }], async (world) => {
    await world.does('upgrade');
    await rm(`${world.folder}/migrations`, { recursive: true });
    await writeProject(world.folder, [{ id: 'a1' }, { id: 'b1', parents: [] }]);
    await world.database.query("INSERT INTO updown.journal (revision, event, op) VALUES ('a1', 'down', 'down')");
    assert.equal((await world.asks('status')).torn, []);
  }));

for (const [kind, name] of [
  ['procedure', 'enter(text, text, text[], text[], jsonb)'],
  ['procedure', 'leave(text, text, text[], text)'],
  ['procedure', 'check_file(text)'],
  ['function', 'is_alive(integer, timestamptz) CASCADE'],
  ['view', 'unfinished'],
] as const) {
  test(`F39: a ${kind} of the ledger that was dropped is named: ${name}`, () =>
    withWorld(three, async (world) => {
      await world.does('upgrade a1');
      await world.database.query(`DROP ${kind} updown.${name}`);
      const bare = /^\w+/.exec(name)![0];
      await world.refuses('upgrade', {
        code: 'damaged-ledger',
        exit: 4,
        names: `lacks its ${kind} "${bare}"`,
        hint: `CREATE ${kind.toUpperCase()} that \`updown upgrade --sql --bootstrap\` prints`,
        changes: true,
      });
      const { stdout } = await world.does('upgrade --sql --bootstrap');
      const [again] = stdout.match(new RegExp(`^CREATE ${kind} updown\\.${bare}\\b.*?;\\n(?=\\n)`, 'msi')) ?? [];
      await world.database.query(again!);
      await world.does('upgrade');
      assert.equal((await world.asks('current')).heads, ['c1']);
    }));
}

test('a file that was edited after it was applied stops an upgrade, until it is restored or stamped', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade b1');
    await world.edit(world.path('a1'), 'integer', 'bigint');
    const refusal = {
      code: 'edited',
      exit: 4,
      names: 'a1',
      place: `${world.path('a1')}:1:1`,
      hint: 'updown stamp --only a1',
    };
    for (const command of ['upgrade', 'upgrade --dry-run', 'upgrade --sql --from-database'])
      await world.refuses(command, refusal);
    assert.equal((await world.asks('status')).edited, ['a1']);
    assert.is((await world.run('status --exit-code')).status, 3);
    await world.does('stamp --only a1');
    await world.does('upgrade');
    assert.equal((await world.asks('status --exit-code')).edited, []);
  }));
test('a file that was edited by a blank alone is edited', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade');
    await world.write(world.path('a1'), `${await world.read(world.path('a1'))} `);
    assert.equal((await world.asks('status')).edited, ['a1']);
    await world.write(world.path('b1', 'down'), 'DROP TABLE IF EXISTS t_b1;\n');
    assert.equal((await world.asks('status')).edited, ['a1'], 'a down.sql may change: it has not run');
  }));

async function withUnknown(body: (world: World) => Promise<void>): Promise<void> {
  await withWorld(three, async (world) => {
    await world.does('upgrade');
    await rm(`${world.folder}/migrations`, { recursive: true });
    await writeProject(world.folder, [{ id: 'a1' }, { id: 'b1' }, { id: 'd1' }]);
    await body(world);
  });
}
test('a database ahead of the files is named as such', () =>
  withUnknown(async (world) => {
    for (const command of ['upgrade', 'downgrade a1 --yes', 'stamp head', 'upgrade --sql --from-database'])
      await world.refuses(command, { code: 'unknown-applied', exit: 4, names: '"c1"', hint: /files/ });
    const { unknown, pending, heads } = await world.asks('status');
    assert.equal([unknown, pending, heads], [['c1'], ['d1'], ['c1']]);
    assert.is(await world.value('SELECT updown.heads()'), 'c1');
    includes((await world.does('status')).stdout, /applied +2 of 3, and 1 that the files don't contain/);
    const current = await world.does('current');
    assert.is(current.stdout, 'c1 applied here, but not in the files\n');
    includes(current.stderr, 'The files don\'t contain "c1"');
    const { heads: tops, applied, unknown: strange } = await world.asks('current');
    assert.equal([tops, applied, strange], [['c1'], 3, ['c1']]);
    await world.does('stamp b1 --purge');
    await world.does('upgrade');
  }));

test('a head that only the database knows stands beside the ones that the files know', () =>
  withWorld([{ id: 'a1' }, { id: 'b1' }, { id: 'x1', parents: ['a1'] }], async (world) => {
    await world.does('upgrade heads');
    await rm(`${world.folder}/migrations`, { recursive: true });
    await writeProject(world.folder, [{ id: 'a1' }, { id: 'b1' }]);
    for (const command of ['status', 'current']) assert.equal((await world.asks(command)).heads, ['b1', 'x1']);
    assert.is(await world.value('SELECT updown.heads()'), 'b1, x1');
  }));

test('a revision that turned up below an applied one is late', () =>
  withWorld([{ id: 'a1' }, { id: 'b1', parents: ['a1'] }, { id: 'c1', parents: ['b1'] }], async (world) => {
    await world.does('upgrade');
    await rm(`${world.folder}/migrations`, { recursive: true });
    await writeProject(world.folder, [
      { id: 'a1' },
      { id: 'l1', time: '20250101_0001' },
      { id: 'b1', parents: ['l1'], time: '20250101_0001' },
      { id: 'c1', time: '20250101_0002' },
    ]);
    await world.refuses('upgrade', { code: 'late', exit: 4, names: '"l1"', hint: '--include-late' });
    await world.refuses('upgrade --dry-run', { code: 'late', exit: 4, names: '"l1"' });
    const { late, pending } = await world.asks('status');
    assert.equal([late, pending], [['l1'], []]);
    const { steps } = await world.asks<{ steps: { id: string }[] }>('upgrade --include-late');
    assert.equal(
      steps.map(({ id }) => id),
      ['l1'],
    );
    assert.equal((await world.asks('status --exit-code')).late, []);
  }));

needsPsql(test, 'a script for another state changes nothing and says where the database stands', () =>
  withWorld(three, async (world) => {
    for (const from of ['a1', 'b1']) {
      const { status, stderr } = await world.script(`upgrade --sql --from ${from}`);
      assert.is(status, 3);
      assert.match(stderr, new RegExp(`starts from ${from}, the database stands at base`));
    }
    assert.equal(await world.journal(), []);
    assert.is(await world.value("SELECT to_regnamespace('updown')"), null);
  }),
);
needsPsql(test, 'a script stops where a revision was applied from other SQL', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade b1');
    await world.edit(world.path('a1'), 'integer', 'bigint');
    const { status, stderr } = await world.script('upgrade --sql');
    assert.is(status, 3);
    assert.match(stderr, /revision a1 was applied from other SQL/);
    assert.equal(await world.journal(), ['up up a1', 'up up b1']);
  }),
);

test.run();
