import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commitAll, git, startRepository } from '../support/git.ts';
import { runProcess } from '../support/process.ts';
import { withFiles } from './files.ts';
import { withWorld } from './vocabulary.ts';

const three = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];

test('seal writes both digests of what stands up to the head, and again it changes nothing', () =>
  withFiles(three, async ({ asks, manifest, run }) => {
    assert.equal((await asks<{ sealed: string[] }>('seal')).sealed, ['a1', 'b1', 'c1']);
    const sealed = await manifest();
    const { files } = await asks<{ files: string[] }>('show a1');
    const lines = sealed
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line));
    assert.equal(
      lines.map(({ id, sealed: seal }) => [id, ...Object.keys(seal)]),
      [
        ['a1', 'up', 'down'],
        ['b1', 'up', 'down'],
        ['c1', 'up', 'down'],
      ],
    );
    assert.match((await run('show a1')).stdout, lines[0].sealed.up);
    assert.is(files, undefined);
    const again = await run('seal');
    assert.equal([again.status, again.stdout], [0, 'Nothing to seal: 3 of 3 revisions are sealed.\n']);
    assert.is(await manifest(), sealed);
  }));

test('seal of a target seals it and what stands below, and leaves the bytes of the other lines', () =>
  withFiles([...three, { id: 'd1', parents: ['a1'] }], async ({ cwd, asks, manifest, run }) => {
    const file = join(cwd, 'migrations/manifest.jsonl');
    const before = (await manifest()).replace('"message":"add c1"', '"message" : "add c1"').replaceAll('\n', '\r\n');
    await writeFile(file, before);
    const refused = await run('seal');
    assert.equal([refused.status, /multiple-heads/.test(refused.stderr)], [2, true]);
    const answer = await asks<{ sealed: string[]; total: number; revisions: number }>('seal b1');
    assert.equal([answer.sealed, answer.total, answer.revisions], [['a1', 'b1'], 2, 4]);
    const [old, now] = [before, await manifest()].map((text) => text.split('\n'));
    const changed = now!.flatMap((line, index) => (line === old![index] ? [] : [index]));
    assert.equal(changed, [1, 2]);
    assert.ok(now!.slice(0, -1).every((line) => line.endsWith('}\r')));
  }));

test('an edited file of a sealed revision is an error of every command that plans, without a database', () =>
  withFiles(three, async ({ cwd, asks, refuses, path, run }) => {
    await asks('seal b1');
    await writeFile(join(cwd, path('b1')), 'CREATE TABLE other (id integer);\n');
    await writeFile(join(cwd, path('a1', 'down')), '-- nothing\n');
    for (const command of [
      ...['upgrade --sql', 'upgrade --dry-run --from base', 'plan --from base', 'upgrade --url pglite:memory'],
      ...['downgrade c1:b1 --sql', 'stamp c1 --sql', 'review base:head', 'status --url pglite:memory'],
      ...['history', 'seal', 'seal c1', 'seal --renew a1', 'upgrade --sql --bootstrap', 'heads'],
    ])
      assert.match((await refuses(command, 'sealed')).message, 'is sealed', command);
    const { message, notes, place, hint } = await refuses('plan --from base', 'sealed');
    assert.match(message, /"a1" is sealed, and its down\.sql has changed since: migrations\/\S+_a1_add_a1\/down\.sql$/);
    assert.equal(place, { file: path('a1', 'down'), line: 1, column: 1 });
    assert.equal(notes, [`so has ${path('b1')}`]);
    assert.match(hint, `git checkout HEAD -- '${path('a1', 'down')}'`);
    // The way out of it is open.
    assert.is((await run('revision -m next')).status, 0);
  }));

test('neither a byte order mark nor CRLF breaks a seal, and what is not sealed may be edited', () =>
  withFiles(three, async ({ cwd, asks, path, run }) => {
    await asks('seal b1');
    const text = await readFile(join(cwd, path('b1')), 'utf8');
    await writeFile(join(cwd, path('b1')), `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    await writeFile(join(cwd, path('c1')), 'CREATE TABLE other (id integer);\n');
    assert.is((await run('upgrade --sql')).status, 0);
    assert.equal((await asks<{ sealed: string[] }>('seal c1')).sealed, ['c1']);
  }));

test('a file that is missing below a seal is named', () =>
  withFiles(three, async ({ cwd, asks, path, run }) => {
    await asks('seal');
    await rm(join(cwd, path('b1', 'down')));
    const { status, stderr } = await run('upgrade --sql');
    assert.equal([status, stderr.includes(path('b1', 'down'))], [2, true], stderr);
  }));

test('a broken seal is mended as its hint says: the file from git, or the seal renewed', () =>
  withFiles(three, async ({ cwd, asks, refuses, path, run, manifest }) => {
    await asks('seal');
    startRepository(cwd);
    const released = await manifest();
    for (const [file, staged] of [
      [path('b1'), false],
      [path('b1', 'down'), true],
    ] as const) {
      await writeFile(join(cwd, file), 'SELECT 1;\n');
      if (staged) git(cwd, 'add', '--all');
      const { hint } = await refuses('plan --from base', 'sealed');
      const command = /git checkout HEAD -- '[^']*'/.exec(hint)?.[0] ?? '';
      const restored = await runProcess('sh', ['-c', command], { cwd });
      assert.is(restored.status, 0, restored.stderr);
      assert.is((await run('plan --from base')).status, 0);
    }
    await writeFile(join(cwd, path('b1')), 'SELECT 1;\n');
    const { hint } = await refuses('plan --from base', 'sealed');
    assert.match(hint, /updown seal --renew b1$/);
    assert.equal((await asks<{ sealed: string[] }>('seal --renew b1')).sealed, ['b1']);
    assert.is((await run('plan --from base')).status, 0);
    assert.equal(
      (await manifest()).split('\n').filter((line, index) => line !== released.split('\n')[index]).length,
      1,
    );
    commitAll(cwd, 'renewed');
  }));

test('only a seal that is there is renewed; what the hint names is sealed', () =>
  withFiles(three, async ({ run, asks }) => {
    const refused = await run('seal --renew b1 --json');
    const { error } = refused.json<{ error: { code: string; hint: string } }>();
    assert.equal([refused.status, error.code], [2, 'usage']);
    const command = /updown (seal .*)$/.exec(error.hint)?.[1] ?? '';
    assert.equal((await asks<{ sealed: string[] }>(command)).sealed, ['a1', 'b1']);
    const both = await run('seal c1 --renew b1');
    assert.equal([both.status, /"c1" is given as well/.test(both.stderr)], [2, true], both.stderr);
    assert.is((await run('seal --renew b1')).stdout, 'Nothing to seal: 2 of 3 revisions are sealed.\n');
  }));

test('a seal that is none is refused with its line', () =>
  withFiles(three, async ({ cwd, run, manifest }) => {
    const text = await manifest();
    for (const seal of ['true', '{}', '{"up":"abc","down":"abc"}', `{"up":"${'a'.repeat(64)}"}`]) {
      await writeFile(
        join(cwd, 'migrations/manifest.jsonl'),
        text.replace('"message":"add b1"', `"message":"add b1","sealed":${seal}`),
      );
      const { status, stderr } = await run('heads');
      assert.equal([status, /manifest\.jsonl:3:1/.test(stderr)], [2, true], stderr);
      assert.match(stderr, '"sealed" of revision "b1"');
    }
    await writeFile(join(cwd, 'migrations/manifest.jsonl'), text);
    assert.is((await run('heads')).status, 0);
  }));

test('an applied revision that was sealed and edited is refused before a database is asked', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade');
    await world.does('seal');
    await world.does('status --exit-code');
    await world.write(world.path('b1'), 'SELECT 1;\n');
    const expected = { code: 'sealed', exit: 2, names: '"b1" is sealed', place: `${world.path('b1')}:1:1` };
    for (const command of ['upgrade', 'status', 'downgrade -1 --yes', 'stamp --only b1', 'plan'])
      await world.refuses(command, expected);
  }));

test.run();
