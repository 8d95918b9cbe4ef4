import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

const revisions = [
  {
    id: 'aaaaaaaaaaaa',
    up: 'CREATE TABLE t (id integer, note text); CREATE VIEW seen AS SELECT id FROM t; CREATE INDEX t_id ON t (id);\n',
    down: 'DROP TABLE t CASCADE;\n',
  },
];

interface Standing {
  readonly comparison: {
    readonly by: string;
    readonly same: boolean;
    readonly differences: readonly object[];
  };
}

interface Checked {
  readonly findings: readonly { readonly notes: readonly string[] }[];
}

test('by a schema that is kept beside the manifest, what differs is told without a throwaway database', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, revisions);
      await updown(['upgrade', '--url', url], { cwd });
      const written = await updown(['verify', '--write-snapshot', '--scratch', await serverUrl()], { cwd });
      assert.is(written.status, 0, written.stdout);
      const [, file = ''] = /(schema\.\d+\.json): that schema itself/.exec(written.stdout) ?? [];
      const kept = await readFile(join(cwd, 'migrations', file), 'utf8');
      const status = async () =>
        (await updown(['status', '--schema', '--json', '--url', url], { cwd })).json<Standing>().comparison;
      assert.equal(await status(), { by: 'hash', same: true, failed: null, differences: [] });
      const check = () => updown(['check', '--json', '--quiet', '--url', url], { cwd });
      assert.is((await check()).status, 0);
      await psql(url, ['-c', 'DROP INDEX t_id; DROP VIEW seen; ALTER TABLE t RENAME note TO remark;']);
      const { by, same, differences } = await status();
      assert.equal([by, same], ['snapshot', false]);
      assert.match(JSON.stringify(differences), 'view public.seen was dropped');
      const page = await updown(['status', '--schema', '--quiet', '--url', url], { cwd });
      assert.match(
        page.stdout.replaceAll(/\s+/g, ' '),
        /puts it back: updown check --url postgres:\/\/\S+ # the url is without its password/,
      );
      const found = await check();
      assert.is(found.status, 3);
      const sql = found.json<Checked>().findings.flatMap(({ notes }) => notes);
      assert.ok(sql.includes('ALTER TABLE public.t RENAME COLUMN remark TO note;'), sql.join('\n'));
      assert.is((await psql(url, ['-v', 'ON_ERROR_STOP=1', '-c', sql.join('\n')])).status, 0, sql.join('\n'));
      assert.is((await status()).same, true);
      // What is not what the hash stands for, is of other heads, or can't be read, is as none.
      await psql(url, ['-c', 'DROP INDEX t_id']);
      for (const text of [kept.replaceAll('"note"', '"other"'), '<<<<<<< ours\n', kept.replace('aaaaaaaaaaaa', 'b')]) {
        await writeFile(join(cwd, 'migrations', file), text);
        assert.equal(await status(), { by: 'hash', same: false, failed: null, differences: [] });
      }
    }),
  ));

test('a check asks the hash alone where nothing differs, and no scratch of that version is named', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, revisions);
      await updown(['upgrade', '--url', url], { cwd });
      await updown(['verify', '--write', '--scratch', await serverUrl()], { cwd });
      const check = () => updown(['check', '--json', '--quiet', '--url', url], { cwd });
      assert.is((await check()).status, 0);
      await psql(url, ['-c', 'DROP INDEX t_id']);
      assert.is((await check()).status, 3);
    }),
  ));

test('what was kept before an edit of a file, or of what is ignored, is not compared with any more', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      const folders = await writeProject(cwd, revisions);
      await updown(['upgrade', '--url', url], { cwd });
      const scratch = await serverUrl();
      const kept = (args: readonly string[]) =>
        updown(['verify', '--write-snapshot', '--scratch', scratch, ...args], { cwd });
      const by = async (args: readonly string[] = ['--scratch', scratch]) =>
        (await updown(['status', '--schema', '--json', '--url', url, ...args], { cwd })).json<Standing>().comparison;
      await kept([]);
      assert.equal([(await by()).by, (await by()).same], ['hash', true]);
      const up = join(cwd, 'migrations', folders.get('aaaaaaaaaaaa') ?? '', 'up.sql');
      await writeFile(up, `${revisions[0]?.up}CREATE TABLE more (id integer);\n`);
      // Recorded as it is now, though it was never run: the schema lacks that table.
      await updown(['stamp', '--only', 'aaaaaaaaaaaa', '--force', '--url', url], { cwd });
      const edited = await by();
      assert.equal([edited.by, edited.same], ['scratch', false]);
      assert.match(JSON.stringify(edited.differences), 'table public.more was dropped');
      const check = await updown(['check', '--json', '--quiet', '--url', url, '--scratch', scratch], { cwd });
      assert.match(check.stdout, 'table public.more was dropped');
      await kept([]);
      assert.equal([(await by([])).by, (await by([])).same], ['snapshot', false]);
      await writeFile(join(cwd, 'updown.json'), '{ "ignore": ["table public.more"] }\n');
      assert.equal([(await by()).by, (await by()).same], ['scratch', true]);
    }),
  ));

test.run();
