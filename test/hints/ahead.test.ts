import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isUpdownError } from '../../lib/errors.ts';
import { upgrade } from '../../lib/index.ts';
import type { TestRevision } from '../support/project.ts';
import { type Desk, withDesk } from './desk.ts';

const three = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];
const older = three.slice(0, 2);

/** The database of a newer version, and the files of an older one. */
function whereAhead(body: (desk: Desk) => Promise<void>, files: readonly TestRevision[] = older): Promise<void> {
  return withDesk(three, async (desk) => {
    await desk.does('upgrade');
    await desk.rewrite(files);
    await body(desk);
    assert.match(await desk.journal(), /^up a1, up b1, up c1(, unstamp c1)?$/);
  });
}

test('an older application starts beside a newer one, as the hint says', () =>
  whereAhead(async (desk) => {
    const { stdout } = await desk.obeys(await desk.fails('upgrade', 'unknown-applied'));
    assert.match(stdout, 'Nothing to do: the database is at b1, and ahead of these files by c1');
    await desk.obeys(await desk.next());
    const document = JSON.parse((await desk.does('upgrade --allow-ahead --json')).stdout);
    assert.equal([document.steps, document.heads, document.ahead], [[], ['b1'], ['c1']]);
    await desk.does('upgrade a1 --allow-ahead');
    await desk.does('plan --allow-ahead');
    await desk.does('upgrade --dry-run --allow-ahead');
    const result = await upgrade({ cwd: desk.folder, env: {}, url: desk.database.url, allowAhead: true });
    assert.equal([result.steps, result.ahead], [[], ['c1']]);
  }));

test('with something to do it is refused, and says no such way', () =>
  whereAhead(
    async (desk) => {
      for (const command of ['upgrade', 'upgrade --allow-ahead', 'upgrade d1 --allow-ahead', 'plan --allow-ahead'])
        assert.not.match(await desk.fails(command, 'unknown-applied'), '--allow-ahead');
      assert.not.match(await desk.next(), '--allow-ahead');
      await desk.does('upgrade b1 --allow-ahead');
    },
    [...older, { id: 'd1', up: 'CREATE TABLE other ();' }],
  ));

test('steps past what the files hold, where some of it is not applied, are refused like any other way on', () =>
  whereAhead(
    async (desk) => {
      for (const steps of ['+1', '+2', '+9'])
        assert.not.match(await desk.fails(`upgrade ${steps} --allow-ahead`, 'unknown-applied'), '--allow-ahead');
    },
    [...older, { id: 'd1', up: 'CREATE TABLE other ();' }],
  ));

test('a late revision, and one of another branch, are something to do', () =>
  whereAhead(
    async (desk) => {
      await desk.fails('upgrade heads --allow-ahead', 'unknown-applied');
      await desk.fails('upgrade heads --allow-ahead --include-late', 'unknown-applied');
    },
    [{ id: 'a1' }, { id: 'l1', parents: ['a1'] }, { id: 'b1', parents: ['l1'] }],
  ));

test('of a branch that the files do not have, nothing is asked', () =>
  withDesk([{ id: 'a1' }, { id: 'b1' }, { id: 'x1', parents: ['a1'] }, { id: 'y1', parents: [] }], async (desk) => {
    await desk.does('upgrade heads');
    await desk.rewrite(older);
    assert.equal(JSON.parse((await desk.does('upgrade --allow-ahead --json')).stdout).ahead, ['x1', 'y1']);
  }));

test('an edit, a step by steps, and a way down are refused as without it', () =>
  whereAhead(async (desk) => {
    for (const command of ['downgrade a1 --yes', 'downgrade -1 --yes', 'stamp head', 'upgrade +1'])
      assert.not.match(await desk.fails(command, 'unknown-applied'), '--allow-ahead');
    await desk.fails('upgrade +1 --allow-ahead', 'relative-out-of-range');
    const { error } = JSON.parse((await desk.run('upgrade +1 --allow-ahead --json')).stdout);
    assert.match(error.message, /all that the files hold is applied, and the database is ahead of them by "?c1/);
    for (const command of ['upgrade +1 --allow-ahead', 'upgrade b1@+3 --allow-ahead', 'plan +1 --allow-ahead']) {
      const { stdout } = await desk.obeys(await desk.fails(command, 'relative-out-of-range'));
      assert.match(stdout, 'Nothing to do: the database is at b1, and ahead of these files by c1');
    }
    await desk.write('a1', 'CREATE TABLE "t_a1" (id bigint);\n');
    await desk.fails('upgrade --allow-ahead', 'edited');
    assert.is((await desk.run('downgrade a1 --allow-ahead')).status, 2);
  }));

test('what is gone from the schema is forgotten, and nothing else', () =>
  whereAhead(async (desk) => {
    const hint = await desk.fails('downgrade a1 --yes', 'unknown-applied');
    await desk.obeys(hint);
    await desk.does('status --exit-code');
  }));

test('a newer version at work, or broken off, outside a transaction does not hold the older one up', () =>
  withDesk([...older, { id: 'c1', up: '-- updown: no-transaction\nSELECT 1;\nSELECT 1/0;\n' }], async (desk) => {
    await desk.fails('upgrade', 'sql');
    await desk.rewrite(older);
    const hint = await desk.fails('upgrade', 'unfinished');
    assert.equal(JSON.parse((await desk.does('upgrade --allow-ahead --json')).stdout).ahead, ['c1']);
    await desk.obeys(hint);
    await desk.does('upgrade');
  }));

test('the option of the library throws what the command says', () =>
  whereAhead(async (desk) => {
    const error = await upgrade({ cwd: desk.folder, env: {}, url: desk.database.url }).catch(
      (thrown: unknown) => thrown,
    );
    assert.ok(isUpdownError(error) && error.code === 'unknown-applied' && error.hint?.includes('--allow-ahead'));
  }));

test.run();
