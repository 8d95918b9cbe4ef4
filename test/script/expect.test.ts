import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { shownUrl, type World, withWorld } from '../cli/vocabulary.ts';
import { updown } from '../support/cli.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';

const three = [{ id: 'a1' }, { id: 'b1', up: '-- a comment\nCREATE TABLE t_b1 (id integer);\n' }, { id: 'c1' }];

/** Every way to say what was reviewed, but the digest alone. */
const reviews: Readonly<Record<string, (world: World, command: string) => Promise<string>>> = {
  script: async (world, command) => {
    await world.does(`${command} --sql --output s.sql`);
    return 's.sql';
  },
  'plain script': async (world, command) => {
    await world.does(`${command} --sql --flavor plain --output p.sql`);
    return 'p.sql';
  },
  plan: async (world, command) => {
    await world.write('plan.json', (await world.does(`${command} --dry-run --json`)).stdout);
    return 'plan.json';
  },
};

for (const [name, review] of Object.entries(reviews)) {
  test(`--expect of a ${name}: an edited comment is caught, and its revision and file are named`, () =>
    withWorld(three, async (world) => {
      const reviewed = await review(world, 'upgrade --from base');
      await world.edit(world.path('b1'), '-- a comment', '-- another comment');
      const { notes } = await world.refuses(`upgrade --expect ${reviewed}`, {
        code: 'digest-differs',
        exit: 4,
        names: /digest/,
      });
      const file = world.path('b1').replace('migrations/', '');
      assert.equal(notes, [`revision b1: its file has changed since (${file})`]);
      assert.equal(await world.journal(), []);
      await world.edit(world.path('b1'), '-- another comment', '-- a comment');
      await world.does(`upgrade --expect ${reviewed}`);
    }));

  test(`--expect of a ${name}: another starting state is caught and named`, () =>
    withWorld(three, async (world) => {
      const reviewed = await review(world, 'upgrade --from base');
      await world.does('upgrade a1');
      const { notes } = await world.refuses(`upgrade --expect ${reviewed}`, { code: 'digest-differs', exit: 4 });
      assert.equal(notes, [
        'revision a1: its up is recorded as done already',
        'it starts from base, and the plan now from a1',
      ]);
      assert.equal(await world.journal(), ['up up a1']);
    }));

  test(`--expect of a ${name}: another target, a new revision and another project are named`, () =>
    withWorld(three, async (world) => {
      const reviewed = await review(world, 'upgrade b1 --from base');
      const { notes } = await world.refuses(`upgrade --expect ${reviewed}`, { code: 'digest-differs', exit: 4 });
      assert.equal(notes, [
        `revision c1: its up is in the plan now, and was not (${world.path('c1').replace('migrations/', '')})`,
      ]);
      const less = await world.refuses(`upgrade a1 --expect ${reviewed}`, { code: 'digest-differs', exit: 4 });
      assert.equal(less.notes, ['revision b1: its up was in the plan, and is not now']);
      await world.edit('migrations/manifest.jsonl', 'test-abc123', 'other-1');
      const other = await world.refuses(`upgrade b1 --expect ${reviewed}`, { code: 'digest-differs', exit: 4 });
      assert.equal(other.notes, ['it is a plan of project "test-abc123", not of "other-1"']);
    }));

  test(`--expect of a ${name}: where steps and files are the same, it says that a setting is not`, () =>
    withWorld(three, async (world) => {
      const reviewed = await review(world, 'upgrade --from base');
      await world.write('updown.json', '{"lockTimeout":"1s"}');
      const hint = /a setting of the project, or the SQL that what is applied was made from/;
      await world.refuses(`upgrade --expect ${reviewed}`, { code: 'digest-differs', exit: 4, hint });
    }));

  test(`--expect of a ${name}: a downgrade and a stamp run as reviewed, and no other`, () =>
    withWorld(three, async (world) => {
      await world.does('upgrade');
      const down = await review(world, 'downgrade a1 --from c1');
      await world.refuses(`downgrade b1 --yes --expect ${down}`, { code: 'digest-differs', exit: 4 });
      await world.does(`downgrade a1 --yes --expect ${down}`);
      await world.does('upgrade b1');
      await world.run('upgrade');
      if (name !== 'script') return;
      await world.does('stamp c1 --from a1 --sql --output stamp.sql');
      const { notes } = await world.refuses('stamp b1 --expect stamp.sql', { code: 'digest-differs', exit: 4 });
      assert.ok(
        notes.some((note) => note.includes('c1')),
        notes.join('\n'),
      );
    }));
}

/** Whatever the same plan is said as, in a place of its own. */
const forms: typeof reviews = {
  digest: async (world, command) => String((await world.asks(`${command} --dry-run`)).digest),
  script: (world, command) => emitTo(world, command, '.sql'),
  'plain script': (world, command) => emitTo(world, `${command} --flavor plain`, '.sql'),
  folder: (world, command) => emitTo(world, `${command} --split`, ''),
  plan: async (world, command) => {
    const file = `${command.replace(/\W+/g, '-')}.json`;
    await world.write(file, (await world.does(`${command} --dry-run --json`)).stdout);
    return file;
  },
};

async function emitTo(world: World, command: string, ending: string): Promise<string> {
  const path = `${command.replace(/\W+/g, '-')}${ending}`;
  await world.does(`${command} --sql --output ${path}`);
  return path;
}

for (const [name, review] of Object.entries(forms)) {
  test(`--expect of a ${name} with nothing left to do: the plan that ran last is done, any other is refused`, () =>
    withWorld(three, async (world) => {
      const part = await review(world, 'upgrade b1 --from base');
      const up = await review(world, 'upgrade --from base');
      const down = await review(world, 'downgrade a1 --from c1');
      const refused = { code: 'digest-differs', exit: 4, names: /^Nothing is left to do here/ };
      for (const [command, reviewed, at] of [
        ['upgrade', up, 'c1'],
        ['downgrade a1 --yes', down, 'a1'],
      ] as const) {
        await world.does(`${command} --expect ${reviewed}`);
        const { stdout } = await world.does(`${command} --expect ${reviewed}`);
        const said = `this plan was run here already; the database is at ${at} (${shownUrl(world)})`;
        assert.is(stdout, `Nothing to do: ${said}\n`);
        const { steps, ranBefore } = await world.asks(`${command} --expect ${reviewed}`);
        assert.equal([steps, ranBefore], [[], true]);
        await world.refuses(`${command} --expect ${part}`, refused);
      }
      await world.refuses(`upgrade a1 --expect ${up}`, refused);
      assert.equal(await world.journal(), ['up up a1', 'up up b1', 'up up c1', 'down down c1', 'down down b1']);
      const nothing = await review(world, 'upgrade a1 --from a1');
      await world.does(`upgrade a1 --expect ${nothing}`);
    }));
}

for (const [name, review] of Object.entries(forms)) {
  test(`--expect of a ${name} with --sql and --dry-run: the same plan is emitted and shown, any other is refused`, () =>
    withWorld(three, async (world) => {
      const [part, up] = [await review(world, 'upgrade b1 --from base'), await review(world, 'upgrade --from base')];
      for (const way of ['--sql', '--sql --from-database', '--dry-run', '--dry-run --from base']) {
        const { stdout } = await world.does(`upgrade ${way} --expect ${up}`);
        assert.is(stdout, (await world.does(`upgrade ${way}`)).stdout);
        await world.refuses(`upgrade ${way} --expect ${part}`, {
          code: 'digest-differs',
          exit: 4,
          hint: 'Nothing was sent',
        });
      }
      await world.refuses(`upgrade --expect ${part} -o e.sql`, { code: 'digest-differs', exit: 4 });
      await world.does(`upgrade --expect ${up}`);
      await world.does(`upgrade --dry-run --expect ${up}`);
      await world.refuses(`upgrade --dry-run --expect ${part}`, {
        code: 'digest-differs',
        exit: 4,
        names: /^Nothing is left to do here/,
      });
    }));
}

needsPsql(test, '--expect of a digest says what the ledger has recorded under it', () =>
  withWorld(three, async (world) => {
    const { digest } = await world.asks('plan');
    await world.script('upgrade b1 --sql');
    const { notes } = await world.refuses(`upgrade --expect ${digest}`, {
      code: 'digest-differs',
      exit: 4,
      hint: /given the script or the plan/,
    });
    assert.equal(notes, []);
    const { digest: two } = await world.asks('plan b1 --from base');
    const told = await world.refuses(`upgrade --expect ${two}`, { code: 'digest-differs', exit: 4 });
    assert.equal(told.notes, ['recorded under that digest already: a1, b1']);
  }),
);

test('plan shows what upgrade --dry-run shows, runs nothing, and writes what --expect reads', () =>
  withWorld(three, async (world) => {
    for (const options of ['', ' b1', ' b1 --from a1', ' --json', ' b1 --json'])
      assert.is((await world.does(`plan${options}`)).stdout, (await world.does(`upgrade${options} --dry-run`)).stdout);
    assert.equal(await world.journal(), []);
    await world.write('plan.json', (await world.does('plan --json')).stdout);
    await world.write('other.json', '{"dir":"migrations"}');
    await world.refuses('upgrade --expect other.json', { code: 'usage', exit: 2, names: 'neither a script' });
    await world.does('upgrade --expect plan.json');
  }));

needsPsql(test, 'show tells by which script or run a revision was applied, when and by whom', () =>
  withWorld(three, async (world) => {
    const { digest } = await world.asks('upgrade b1 --sql --output s.sql');
    await world.script('upgrade b1 --sql');
    const run = await world.asks('upgrade');
    for (const [id, channel, plan] of [
      ['b1', 'script', digest],
      ['c1', 'run', run.digest],
    ]) {
      const { stdout } = await world.does(`show ${id}`);
      assert.match(
        stdout,
        new RegExp(`recorded +20\\d\\d-\\S+Z by postgres \\(up, ${channel}\\)\\n +plan +${plan}\\n`),
      );
      const { recorded } = await world.asks<{ recorded: Record<string, string> }>(`show ${id}`);
      assert.is(recorded.script, plan);
      assert.is(recorded.channel, channel);
      assert.is(recorded.who, 'postgres');
    }
  }),
);

test('--expect of a script: what differs is named on an embedded database too, which has one session', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, three);
    const run = (...args: readonly string[]) => updown([...args, '--url', 'pglite:db'], { cwd });
    assert.is((await run('upgrade', '--sql', '--output', 's.sql')).status, 0);
    assert.is((await run('upgrade', 'a1')).status, 0);
    const refused = await run('upgrade', '--expect', 's.sql');
    assert.is(refused.status, 4, refused.stderr);
    assert.match(refused.stderr, 'revision a1: its up is recorded as done already');
  }));

test.run();
