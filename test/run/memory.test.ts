import { hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { updownWithPeak } from '../support/peak.ts';
import { withProject, writeProject } from '../support/project.ts';

/** As many lines as make so many bytes. */
function fill(bytes: number, line: (n: number) => string, between = ''): string {
  const lines: string[] = [];
  for (let n = 0, length = 0; length < bytes; n++) {
    lines.push(line(n));
    length += lines.at(-1)!.length + between.length;
  }
  return lines.join(between);
}

const shapes: Readonly<Record<string, (bytes: number) => string>> = {
  'many statements': (bytes) =>
    fill(bytes, (n) => `INSERT INTO t (id, name) VALUES (${n}, 'the name of number ${n}, and a note of it');\n`),
  'one statement of many rows': (bytes) =>
    `CREATE TABLE t (n int, name text);\nINSERT INTO t VALUES\n${fill(bytes, (n) => `(${n}, 'name ${n}')`, ',\n')};\n`,
  'the body of a function': (bytes) =>
    `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n${fill(bytes, (n) => `  PERFORM ${n};\n`)}END $$;\n`,
  'one long string': (bytes) => `CREATE TABLE t AS SELECT E'\\\\x${'deadbeef'.repeat(bytes / 8)}' AS data;\n`,
};

const [small, large] = [4 << 20, 16 << 20];
const most = 4;

/** How many bytes of memory a byte of the file takes: what the program takes by itself is in both runs. */
async function measureRatio(
  shape: string,
  args: readonly string[],
  env: () => Promise<NodeJS.ProcessEnv>,
): Promise<number> {
  const measured: { readonly size: number; readonly peak: number }[] = [];
  for (const bytes of [small, large])
    await withProject({}, async (cwd) => {
      const folders = await writeProject(cwd, [{ id: 'a1', up: shapes[shape]!(bytes), down: '-- nothing\n' }]);
      const { outcome, peak } = await updownWithPeak(args, { cwd, env: await env() });
      assert.is(outcome.status, 0, outcome.stderr);
      const { size } = await stat(join(cwd, 'migrations', folders.get('a1')!, 'up.sql'));
      measured.push({ size, peak });
    });
  const [one, other] = measured as [(typeof measured)[0], (typeof measured)[0]];
  return (other.peak - one.peak) / (other.size - one.size);
}

function assertSmall(ratio: number): void {
  assert.ok(ratio < most, `${ratio.toFixed(1)} bytes of memory for a byte of the file`);
}

for (const shape of Object.keys(shapes))
  test(`F56: a large file is emitted in a few times its size: ${shape}`, async () => {
    assertSmall(await measureRatio(shape, ['upgrade', '-o', 'script.sql'], async () => ({})));
  });

test('F56: a large file is sent in a few times its size, and arrives as it is', async () => {
  await withDatabase(async ({ url }) => {
    const env = async () => {
      await psql(url, ['-c', 'DROP SCHEMA IF EXISTS updown CASCADE; DROP TABLE IF EXISTS t']);
      return { DATABASE_URL: url };
    };
    assertSmall(await measureRatio('one long string', ['upgrade'], env));
    assert.is((await psql(url, ['-Atc', 'SELECT length(data) FROM t'])).stdout, `${large + 2}\n`);
  });
});

test('F56: a long message is cut between characters, to a server and to an embedded one', async () => {
  const text = 'é名😀'.repeat(400_000);
  const up = `CREATE TABLE t AS SELECT '${text}'::text AS data;\n`;
  const check = { id: 'b1', up: `DO $$ BEGIN ASSERT (SELECT md5(data) FROM t) = '${hash('md5', text)}'; END $$;\n` };
  await withDatabase(async ({ url }) => {
    for (const database of [url, 'pglite:data'])
      await withProject({}, async (cwd) => {
        await writeProject(cwd, [{ id: 'a1', up }, check]);
        const { status, stderr } = await updown(['upgrade', '--url', database], { cwd });
        assert.is(status, 0, stderr);
      });
  });
});

test.run();
