import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { action } from '../../lib/cli/actions/status.ts';
import { viewOf } from '../../lib/cli/view.ts';
import { type Status, status } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

const words =
  'take the totals of each customer over into a table of its own, month by month, and leave out those of tests';

/** The page as a terminal of this width shows it. */
function show(result: Status, columns: number, all = false): readonly string[] {
  const view = viewOf({ columns }, { LANG: 'C.UTF-8' }, true);
  const given = { all } as unknown as Parameters<typeof action.text>[2]['given'];
  const pieces = action.text(result, view, { given } as Parameters<typeof action.text>[2]) as Iterable<string>;
  return [...pieces].join('').split('\n');
}

test('status with nothing, one and 30 revisions pending says so in its first line, and keeps to 80 and to 120 columns', () =>
  withProject({}, async (cwd) => {
    const ids = Array.from({ length: 31 }, (_, index) => `r${String(index).padStart(11, '0')}`);
    const revisions = ids.map((id, index) => ({ id, message: `${words} ${index}`, up: 'SELECT 1;\n' }));
    await withDatabase(async ({ url }) => {
      const read = async (count: number): Promise<Status> => {
        await rewrite(cwd, revisions.slice(0, count));
        return status({ cwd, url, env: {} });
      };
      await writeProject(cwd, revisions.slice(0, 1));
      await updown(['upgrade', '--url', url], { cwd });
      for (const width of [80, 120]) {
        const [none, one, many] = [show(await read(1), width), show(await read(2), width), show(await read(31), width)];
        assert.is(none[0], '✓ test-abc123: nothing is pending');
        assert.is(one[0], '○ test-abc123: 1 pending');
        assert.is(many[0], '○ test-abc123: 30 pending');
        for (const line of [...none, ...one, ...many]) {
          assert.ok(line.length <= width, line);
          // What does not fit ends between two words.
          const [, kept = ''] = /^ {4}○ r\d+ (.*) …$/.exec(line) ?? [];
          assert.ok(
            (words.startsWith(kept) && ['', ' ', ','].includes(words.charAt(kept.length))) || kept === '',
            line,
          );
        }
        const told = many.filter((line) => /^ {4}○/.test(line)).map((line) => line.split(' ')[5]);
        assert.equal(told, [...ids.slice(1, 6), ids[30]]);
        assert.ok(many.includes('      and 24 more, all with --verbose; then'));
      }
      const result = await read(31);
      assert.is(show(result, 80, true).filter((line) => /^ {4}○/.test(line)).length, 30);
      const all = await updown(['status', '--verbose', '--url', url], { cwd });
      assert.match(all.stdout, `○ ${ids[17]} `);
      const document = (await updown(['status', '--json', '--url', url], { cwd })).json<{
        pending: readonly string[];
      }>();
      assert.is(document.pending.length, 30);
    });
  }));

test('status names in its first line all that is wrong', () =>
  withProject({}, async (cwd) => {
    const [first, second] = [
      { id: 'aaaaaaaaaaaa', up: 'SELECT 1;\n' },
      { id: 'bbbbbbbbbbbb', up: 'SELECT 2;\n' },
    ];
    await withDatabase(async ({ url }) => {
      await writeProject(cwd, [first!, second!]);
      await updown(['upgrade', '--url', url], { cwd });
      await rewrite(cwd, [{ ...first!, up: 'SELECT 3;\n' }, { id: 'cccccccccccc' }]);
      const [line] = show(await status({ cwd, url, env: {} }), 80);
      assert.is(line, '✗ test-abc123: 1 pending, 1 edited, 1 not in the files');
    });
  }));

/** Without the folders of before. */
async function rewrite(cwd: string, revisions: readonly TestRevision[]): Promise<void> {
  await rm(join(cwd, 'migrations'), { recursive: true });
  await writeProject(cwd, revisions);
}

test.run();
