import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import { renderScript } from '../../lib/script/psql.ts';
import { type World, withWorld } from '../cli/vocabulary.ts';

const revisions = [
  { id: 'a1' },
  { id: 'b1', up: '-- a comment\nCREATE TABLE t_b1 (id integer);\n' },
  {
    id: 'c1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);\n',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY i;\n',
  },
  { id: 'd1', parents: ['a1'] },
];

interface Verdict {
  readonly matches: boolean;
  readonly differences: readonly {
    readonly revision: string | null;
    readonly file: string | null;
    readonly reason: string;
  }[];
  readonly comments: string | null;
  readonly runs: boolean | null;
  readonly refusal: { readonly reason: string } | null;
}

async function verify(world: World, path: string, exit: number, database = false): Promise<Verdict> {
  const options = database ? {} : { env: { DATABASE_URL: undefined } };
  const outcome = await world.run(`script verify ${path} --json`, options);
  assert.is(outcome.status, exit, outcome.stdout + outcome.stderr);
  const text = await world.run(`script verify ${path}`, options);
  assert.is(text.status, exit, text.stdout + text.stderr);
  return outcome.json<Verdict>();
}

const emitted: Readonly<Record<string, string>> = {
  'an upgrade': 'upgrade c1 --sql',
  'an upgrade from the middle': 'upgrade heads --sql --from b1',
  'an upgrade of nothing': 'upgrade a1 --sql --from a1',
  'a downgrade': 'downgrade c1:a1 --sql',
  'a downgrade beside another branch': 'downgrade a1 --from c1,d1 --sql',
  'an upgrade beside other tables': 'upgrade c1 --sql --allow-existing',
  'a stamp': 'stamp c1 --sql',
  'a stamp down': 'stamp a1 --from c1 --sql',
  'a plain upgrade': 'upgrade b1 --sql --flavor plain',
  'a folder of plain files': 'upgrade c1 --sql --flavor plain',
};

for (const [name, command] of Object.entries(emitted)) {
  test(`script verify: ${name} is the same until a file of it changes`, () =>
    withWorld(revisions, async (world) => {
      await world.does(`${command} --output out`);
      const same = await verify(world, 'out', 0);
      assert.equal([same.matches, same.differences, same.runs], [true, [], null]);
      if (!name.includes('nothing')) {
        for (const file of ['up', 'down'] as const)
          await world.write(world.path('c1', file), `-- changed\n${await world.read(world.path('c1', file))}`);
        for (const file of ['up', 'down'] as const)
          await world.write(world.path('b1', file), `-- changed\n${await world.read(world.path('b1', file))}`);
        const { differences } = await verify(world, 'out', 4);
        assert.ok(
          differences.some(
            ({ revision, reason }) =>
              revision === 'b1' || revision === 'c1' || /what its start was made from/.test(reason),
          ),
          JSON.stringify(differences),
        );
      }
    }));
}

test('script verify names the revision and the file that changed, and what is new or gone', () =>
  withWorld(revisions, async (world) => {
    await world.does('upgrade c1 --sql --output s.sql');
    await world.edit(world.path('b1'), '-- a comment', '-- another');
    const file = world.path('b1').replace('migrations/', '');
    assert.equal((await verify(world, 's.sql', 4)).differences, [
      { revision: 'b1', file, reason: 'its file has changed since' },
    ]);
    await world.edit(world.path('b1'), '-- another', '-- a comment');
    const manifest = await world.read('migrations/manifest.jsonl');
    await world.edit('migrations/manifest.jsonl', '"id":"c1","parents":["b1"]', '"id":"c1","parents":["b1","d1"]');
    const [added] = (await verify(world, 's.sql', 4)).differences;
    assert.is(added?.revision, 'd1');
    assert.match(added?.reason ?? '', /its up is in the plan now, and was not/);
    await world.write('migrations/manifest.jsonl', manifest);
    await world.write('updown.json', '{"lockTimeout":"1s"}');
    assert.match((await verify(world, 's.sql', 4)).differences[0]?.reason ?? '', /a setting of the project/);
  }));

test('script verify: a script that was changed by hand is named with its line, whatever its header says', () =>
  withWorld(revisions, async (world) => {
    for (const command of ['upgrade c1 --sql', 'upgrade b1 --sql --flavor plain']) {
      await world.does(`${command} --output out`);
      const text = await world.read('out');
      const line = text.split('\n').findIndex((one) => one.startsWith('CREATE TABLE t_b1')) + 1;
      const changes: Readonly<Record<string, RegExp>> = {
        [text.replace('CREATE TABLE t_b1 (id integer)', 'CREATE TABLE t_b1 (id bigint)')]: new RegExp(
          `changed at line ${line}$`,
        ),
        [`${text}DROP TABLE t_a1;\n`]: /changed at line/,
        [text.slice(0, -20)]: /changed at line/,
        [text.replace('-- a comment\n', '-- line 3, x: y\n-- a comment\n')]: /changed at line/,
      };
      for (const [changed, reason] of Object.entries(changes)) {
        await world.write('changed.sql', changed);
        const { differences } = await verify(world, 'changed.sql', 4);
        assert.match(differences[0]?.reason ?? 'no difference', reason);
      }
      await rm(`${world.folder}/out`);
    }
  }));

test('script verify: a folder’s missing, changed and additional files are named', () =>
  withWorld(revisions, async (world) => {
    await world.does('upgrade c1 --sql --flavor plain --output out');
    await world.edit('out/02_step_3_c1_begin.sql', 'CALL updown.start(', 'CALL updown.start( ');
    await world.edit('out/README.md', '# What to run', '# What not to run');
    await world.write('out/99_more.sql', 'SELECT 1;');
    await rm(`${world.folder}/out/03_step_3_c1_statement_1.sql`);
    const { differences } = await verify(world, 'out', 4);
    assert.equal(differences.map(({ file, reason }) => `${file}: ${reason.replace(/\d+/, 'n')}`).sort(), [
      '02_step_3_c1_begin.sql: it was changed at line n',
      '03_step_3_c1_statement_1.sql: it is missing',
      '99_more.sql: it is none of this plan',
      'README.md: it was changed at line n',
    ]);
  }));

test('script verify asks the database whether the script would run now, and changes nothing there', () =>
  withWorld(revisions, async (world) => {
    await world.does('upgrade c1 --sql --from a1 --output up.sql');
    await world.does('upgrade b1 --sql --from a1 --flavor plain --output plain.sql');
    const early = await verify(world, 'up.sql', 4, true);
    assert.equal([early.matches, early.runs], [true, false]);
    assert.match(early.refusal?.reason ?? '', /this script starts from a1, the database stands at base/);
    assert.is(await world.value("SELECT to_regclass('updown.journal')::text"), null);
    await world.does('upgrade a1');
    for (const script of ['up.sql', 'plain.sql']) assert.is((await verify(world, script, 0, true)).runs, true);
    await world.does('upgrade b1');
    assert.is((await verify(world, 'up.sql', 0, true)).runs, true, 'psql skips what is done');
    assert.is((await verify(world, 'plain.sql', 4, true)).runs, false, 'a plain one is not run twice');
    assert.equal(await world.journal(), ['up up a1', 'up up b1']);
  }));

test('script verify measures again what --annotate has said, and refuses what is not so', () =>
  withWorld(revisions, async (world) => {
    await world.does('upgrade c1 --sql --annotate --output s.sql');
    const text = await world.read('s.sql');
    assert.is((await verify(world, 's.sql', 0)).comments, 'same');
    assert.match((await world.run('script verify s.sql')).stdout, /^Its comments, too: /m);
    for (const [said, forged] of [
      [
        '-- line 2, CREATE INDEX CONCURRENTLY: builds public.i; reads all of public.t_a1',
        '-- line 2, CREATE INDEX CONCURRENTLY: safe',
      ],
      ['builds public.i\n', 'blocks no reads and no writes\n'],
    ] as const) {
      assert.ok(text.includes(said), text);
      await world.write('s.sql', text.replace(said, forged));
      const { matches, differences } = await verify(world, 's.sql', 4);
      assert.is(matches, false);
      assert.match(differences[0]!.reason, 'a comment is not what was measured');
    }
    await world.write('s.sql', text.replace(/measured on .*:/, 'measured on PostgreSQL 12.1:'));
    assert.is((await verify(world, 's.sql', 0)).comments, 'unchecked');
    assert.match((await world.run('script verify s.sql')).stdout, /^Not its comments: they were measured elsewhere/m);
  }));

for (const flavor of ['psql', 'plain'])
  test(`F67: a comment that hides SQL behind a carriage return is none, ${flavor}`, () =>
    withWorld([{ id: 'a1' }, { id: 'b1', up: 'DROP TABLE t_a1;\n' }], async (world) => {
      await world.does(`upgrade --sql --annotate --flavor ${flavor} --output s.sql`);
      const text = await world.read('s.sql');
      for (const note of [/^-- line 1, DROP TABLE: .*$/m, /^-- {11}measured on .*$/m])
        for (const hidden of ['\rCREATE TABLE pwned();', '\r\\! touch pwned', '\u2028CREATE TABLE pwned();']) {
          await world.write(
            's.sql',
            text.replace(note, (line) => `${line}${hidden}`),
          );
          assert.is((await verify(world, 's.sql', 4)).matches, false);
        }
    }));

test('--expect refuses a script whose text is not what its digest stands for', () =>
  withWorld(revisions, async (world) => {
    await world.does('upgrade c1 --sql --output s.sql');
    const text = await world.read('s.sql');
    await world.write('s.sql', text.replace('CREATE TABLE t_b1 (id integer);', 'CREATE TABLE t_b1 (id bigint);'));
    await world.refuses('upgrade c1 --expect s.sql', {
      code: 'digest-differs',
      exit: 4,
      names: 's.sql',
      hint: 'Nothing was sent',
    });
    await world.does('upgrade c1 --sql --split --output split');
    await world.does('upgrade c1 --sql --flavor plain --output plain');
    for (const folder of ['split', 'plain'])
      await rm(
        join(
          world.folder,
          folder,
          (await readdir(join(world.folder, folder))).filter((name) => name.endsWith('.sql')).at(-1)!,
        ),
      );
    for (const folder of ['split', 'plain'])
      await world.refuses(`upgrade c1 --expect ${folder}`, { code: 'digest-differs', exit: 4, names: folder });
    await world.refuses('upgrade c1 --expect nothing.sql', { code: 'usage', exit: 2, names: 'no such file' });
    await world.write('s.sql', text);
    await world.does('upgrade c1 --expect s.sql');
  }));

test('script verify takes no comment for an annotation where none can stand', () =>
  withWorld(
    [
      {
        id: 'a1',
        up: "CREATE TABLE t (a text);\nCREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\nSELECT 'x\ny'\n$$;\n",
      },
    ],
    async (world) => {
      const script = await prepareUpgrade({ cwd: world.folder, env: {} });
      const text = [...renderScript(script, { tool: '0.1.0' })].join('');
      const noted = (before: string, note: string) => world.write('s.sql', text.replace(before, `${note}\n${before}`));
      await noted('CREATE TABLE t', '-- line 1, CREATE TABLE: what somebody measured');
      assert.is((await verify(world, 's.sql', 0)).comments, 'unchecked');
      for (const [before, note] of [
        ['CREATE TABLE t', '-- line 1, CREATE INDEX: of another statement'],
        ['CREATE FUNCTION f', '-- line 1, CREATE TABLE: of another line'],
        ["SELECT 'x", '-- line 2, CREATE FUNCTION: within its body'],
        ["y'", '-- line 2, CREATE FUNCTION: within its string'],
        ['COMMIT;\n\\endif', '-- line 2, CREATE FUNCTION: behind it'],
      ] as const) {
        await noted(before, note);
        assert.is((await verify(world, 's.sql', 4)).matches, false, note);
      }
    },
  ));

test('script verify refuses what is no script of updown’s with exit 2', () =>
  withWorld(revisions, async (world) => {
    await world.write('other.sql', 'SELECT 1;\n');
    await world.refuses('script verify other.sql', { code: 'usage', exit: 2, names: 'neither a script' });
    await world.refuses('script verify nothing.sql', { code: 'usage', exit: 2, names: 'There is no script' });
    await world.refuses('script judge other.sql', { code: 'usage', exit: 2, names: 'script judge' });
  }));

test.run();
