import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockKeys } from '../../lib/ledger/name.ts';
import { needsPsql } from '../support/run.ts';
import { runScript } from '../support/script.ts';
import { whileHeld } from '../survive/broken.ts';
import { commandsIn, type Desk, withDesk } from './desk.ts';

const three = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];
const fork = [
  { id: 'a1' },
  { id: 'b1', parents: ['a1'] },
  { id: 'c1', parents: ['a1'] },
  { id: 'd1', parents: ['b1', 'c1'] },
];
const comment = async ({ write, read }: Desk, id: string) => write(id, `-- one more comment\n${await read(id)}`);

for (const [what, revisions, target, edited] of [
  ['below the head', three, 'c1', ['a1']],
  ['at the head', three, 'b1', ['b1']],
  ['of two at once', three, 'c1', ['a1', 'b1']],
  ['below a merge', fork, 'd1', ['b1']],
] as const) {
  test(`edited: the edit of a revision ${what} is recorded, and no other one is touched`, () =>
    withDesk(revisions, async (desk) => {
      await desk.does(`upgrade ${target}`);
      const before = await desk.journal();
      for (const id of edited) await comment(desk, id);
      await desk.obeys(await desk.fails('upgrade', 'edited'));
      assert.is(await desk.journal(), `${before}, ${edited.map((id) => `stamp ${id}`).join(', ')}`);
      await desk.does('upgrade');
      for (const id of edited) await comment(desk, id);
      await desk.obeys(await desk.next());
      await desk.does('status --exit-code');
    }));
}

for (const [what, gone] of [
  ['one', ['a1']],
  ['two, one of them below the other', ['a1', 'b1']],
] as const) {
  test(`damaged-ledger: of entries that are gone, ${what} is recorded again`, () =>
    withDesk(three, async (desk) => {
      await desk.does('upgrade');
      for (const id of gone) await desk.database.query(`DELETE FROM updown.journal WHERE revision = '${id}'`);
      await desk.obeys(await desk.fails('upgrade', 'damaged-ledger'));
      assert.match(await desk.does('upgrade').then(({ stdout }) => stdout), 'Nothing to do');
      assert.is(await desk.heads(), 'c1');
    }));
}

test('damaged-ledger: an entry that is gone with its revision, as status says', () =>
  withDesk(three, async (desk) => {
    await desk.does('upgrade');
    await desk.rewrite([{ id: 'b1', parents: [] }, { id: 'c1' }]);
    await desk.database.query("DELETE FROM updown.journal WHERE revision = 'a1'");
    await desk.obeys(await desk.next());
    await desk.does('status --exit-code');
  }));

const bare = (sql: string) => `-- updown: no-transaction\n${sql}`;
const half = [
  { id: 'a1', up: 'CREATE TABLE t (n integer);\n', down: 'DROP TABLE t;\n' },
  {
    id: 'b1',
    parents: ['a1'],
    up: bare('CREATE TABLE u ();\nSELECT 1/0;\n'),
    down: bare('DROP TABLE u;\nSELECT 1/0;\n'),
  },
  { id: 'c1', parents: ['a1'] },
];

test('unfinished: an up is finished by the command that is named, beside another branch', () =>
  withDesk(half, async (desk) => {
    await desk.does('upgrade c1');
    await desk.fails('upgrade b1', 'sql');
    await desk.write('b1', bare('CREATE TABLE u ();\nSELECT 1;\n'));
    await desk.obeys(await desk.fails('downgrade c1@a1 --yes', 'unfinished'));
    assert.is(await desk.heads(), 'c1, b1');
  }));

test('unfinished: or recorded as done by hand', () =>
  withDesk(half, async (desk) => {
    await desk.does('upgrade c1');
    await desk.fails('upgrade b1', 'sql');
    await desk.obeys(await desk.fails('downgrade c1@a1 --yes', 'unfinished'), 1);
    assert.is(await desk.journal(), 'up a1, up c1, start b1, progress b1, fail b1, stamp b1');
  }));

for (const [nth, end] of [
  [0, 'down b1'],
  [1, 'unstamp b1'],
] as const) {
  test(`unfinished: a down ${nth === 0 ? 'is finished' : 'that was finished by hand is recorded'}, and the other branch stays`, () =>
    withDesk(half, async (desk) => {
      await desk.write('b1', bare('CREATE TABLE u ();\n'));
      await desk.does('upgrade heads');
      await desk.fails('downgrade b1@a1 --yes', 'sql');
      await desk.write('b1', bare('DROP TABLE u;\nSELECT 1;\n'), 'down');
      const hint = await desk.fails('upgrade heads', 'unfinished');
      await desk.obeys(nth === 0 ? hint.replace(/(updown downgrade \S+)\./, '$1 --yes.') : hint, nth);
      assert.match(await desk.journal(), new RegExp(`${end}$`));
      assert.is(await desk.heads(), 'c1');
    }));
}

test('unfinished: status leads to the end of a step of one head of two', () =>
  withDesk(half, async (desk) => {
    await desk.does('upgrade c1');
    await desk.fails('upgrade b1', 'sql');
    await desk.write('b1', bare('CREATE TABLE u ();\nSELECT 1;\n'));
    await desk.obeys(await desk.next());
    await desk.does('status --exit-code');
  }));

test('unfinished: status leads on where the files do not contain it, too', () =>
  withDesk(half, async (desk) => {
    await desk.does('upgrade c1');
    await desk.fails('upgrade b1', 'sql');
    await desk.rewrite([{ id: 'a1', up: 'CREATE TABLE t (n integer);\n' }, { id: 'c1' }]);
    await desk.obeys(await desk.next());
    assert.match(await desk.journal(), /unstamp b1$/);
  }));

test('wrong-start: a record that needs others leads to one with them', () =>
  withDesk(three, async (desk) => {
    await desk.obeys(await desk.fails('stamp --only b1', 'wrong-start'));
    assert.is(await desk.heads(), 'b1');
    await desk.does('stamp base');
    await desk.does('upgrade b1');
    const [down] = commandsIn(await desk.fails('stamp --forget a1', 'wrong-start'));
    await desk.does(`${down} --yes`);
    await desk.does('stamp --forget a1');
  }));

test('not-empty: status does not send into a refusal, and what it says leads on', () =>
  withDesk(three, async (desk) => {
    await desk.database.query('CREATE TABLE "t_a1" (id integer)');
    const next = await desk.next();
    assert.not.match(next, /^updown upgrade/);
    assert.match(next, 'If all of these revisions made those tables, record that: updown stamp c1');
    assert.match(next, '. If only the revisions up to another one did, name that one instead (a1, b1).');
    const said = next.replace('stamp c1', 'stamp a1').replace(/<url of a server of PostgreSQL \d+>/, desk.database.url);
    await desk.obeys(said);
    await desk.does('upgrade');
    assert.is(await desk.journal(), 'stamp a1, up b1, up c1');
  }));

const branches = [{ id: 'a1' }, { id: 'l1', parents: ['a1'] }, { id: 'r1', parents: ['a1'] }];
for (const [what, revisions, target, heads] of [
  ['one head', three, '', 'c1'],
  ['two heads', branches, 'heads', 'l1, r1'],
  ['one revision', [{ id: 'a1' }], '', 'a1'],
  ['a target below the head', three, 'b1', 'b1'],
] as const) {
  needsPsql(test, `not-empty: the commands name the revisions, and do what they say word by word: ${what}`, () =>
    withDesk(revisions, async (desk) => {
      const made = revisions.filter(({ id }) => target !== 'b1' || id !== 'c1');
      const tables = made.map(({ id }) => `CREATE TABLE "t_${id}" (id integer)`).join('; ');
      await desk.database.query(tables);
      await desk.put('updown.json', JSON.stringify({ scratch: desk.database.url }));
      const refused = await desk.fails(`upgrade ${target}`, 'not-empty');
      const script = await runScript(desk.database.url, (await desk.does(`upgrade ${target} --sql`)).stdout);
      assert.match(script.stderr, /^HINT: +(.*)$/m);
      const said = [
        refused,
        /^HINT: +(.*)$/m.exec(script.stderr)![1]!,
        ...(target === 'b1' ? [] : [await desk.next()]),
      ];
      for (const hint of said) {
        assert.not.match(hint, '<revision>');
        assert.match(hint, `updown stamp ${heads.replace(', ', ' ')}.`);
        await desk.obeys(hint);
        assert.is(await desk.heads(), heads);
        await desk.database.query('DROP SCHEMA updown CASCADE');
      }
      await desk.database.query('CREATE TABLE other ()');
      const drops = revisions.map(({ id }) => `DROP TABLE IF EXISTS "t_${id}"`).join('; ');
      for (const hint of said.filter((one) => !one.includes('emit this script'))) {
        await desk.database.query(`${drops}; DROP SCHEMA IF EXISTS updown CASCADE`);
        await desk.obeys(hint, 1);
        assert.is(await desk.heads(), heads);
      }
    }),
  );
}

test('status says what it compared, and who is at work', () =>
  withDesk(three, async (desk) => {
    await desk.does('stamp head --force');
    assert.match(
      (await desk.does('status')).stdout,
      '✓ The ledger matches the files. The schema itself was not compared.',
    );
    await whileHeld(
      desk.database.url,
      `SELECT pg_advisory_xact_lock(${lockKeys('updown').join(', ')})`,
      async (_, pid) => {
        const { stdout } = await desk.does('status');
        assert.match(stdout, new RegExp(`at work +pid ${pid} \\(holder, user`));
        assert.match(stdout, 'The ledger matches the files');
        const { running } = JSON.parse((await desk.does('status --json')).stdout);
        assert.equal([running.pid, running.application, running.state], [pid, 'holder', 'idle in transaction']);
        assert.match(running.since, /^\d{4}-\d\d-\d\dT[\d:]{8}Z$/);
        await desk.runsSql(await desk.next());
      },
    );
    assert.is(JSON.parse((await desk.does('status --json')).stdout).running, null);
  }));

test.run();
