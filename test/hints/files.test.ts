import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withDesk } from './desk.ts';

const two = [{ id: 'a1' }, { id: 'b1' }];
const scratch = (setup: string) => JSON.stringify({ scratch: { setup } });

test('the setup of scratch: one that is missing is made, corrected or taken out, one that is outside is put inside', () =>
  withDesk(two, async (desk) => {
    const review = 'review base:head';
    await desk.put('updown.json', scratch('db/scratch.sql'));
    for (const command of [review, 'upgrade --sql --annotate']) {
      const hint = await desk.fails(command, 'config');
      assert.match(hint, /^Make it, .* or correct "setup" .* or take it out there\.$/);
    }
    await desk.put('db/scratch.sql', 'CREATE SCHEMA auth;\n');
    await desk.does(review);
    await desk.put('updown.json', scratch('db/scratch.sql/more.sql'));
    assert.match(await desk.fails(review, 'config'), 'correct "setup" within "scratch"');
    await desk.put('updown.json', scratch('db'));
    assert.match(await desk.fails(review, 'unsafe-path'), 'plain text file');
    await symlink('nowhere.sql', join(desk.folder, 'db/dangling.sql'));
    await desk.put('updown.json', scratch('db/dangling.sql'));
    assert.match(await desk.fails(review, 'config'), 'Make it');
    await desk.put('updown.json', scratch('../scratch.sql'));
    assert.match(await desk.fails(review, 'unsafe-path'), 'next to updown.json or below it');
    await desk.put('scratch.sql', 'CREATE SCHEMA auth;\n');
    await desk.put('updown.json', scratch('./scratch.sql'));
    await desk.does(review);
    await desk.put('updown.json', '{ "scratch": {} }');
    await desk.does(review);
  }));

test('a file of a revision that is missing is written, one that is no file or stands elsewhere is replaced', () =>
  withDesk(two, async (desk) => {
    const at = (name: string) => join(desk.folder, 'migrations', name);
    const [folder] = (await desk.does('show b1 --json')).stdout.match(/[^"/]*_[^"/]*b1[^"/]*/) ?? [];
    const up = at(`${folder}/up.sql`);
    await rm(up);
    assert.match(await desk.fails('upgrade', 'manifest'), 'if it was never there, write it');
    await desk.write('b1', 'CREATE TABLE t_b1 ();\n');
    await desk.does('upgrade');
    await rm(at(`${folder}/down.sql`));
    assert.match(await desk.fails('downgrade -1 --yes', 'manifest'), 'if it was never there, write it');
    await desk.write('b1', 'DROP TABLE t_b1;\n', 'down');
    await desk.does('downgrade -1 --yes');
    await rm(up);
    await mkdir(up);
    assert.match(await desk.fails('upgrade', 'unsafe-path'), 'Replace it by a plain text file.');
    await rm(up, { recursive: true });
    await writeFile(join(desk.folder, 'outside.sql'), 'CREATE TABLE t_b1 ();\n');
    await symlink(join(desk.folder, 'outside.sql'), up);
    assert.match(await desk.fails('upgrade', 'unsafe-path'), 'Put the file itself there');
    await rm(up);
    await rename(join(desk.folder, 'outside.sql'), up);
    await desk.does('upgrade');
  }));

test.run();
