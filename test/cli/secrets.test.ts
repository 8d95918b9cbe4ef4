import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type World, withWorld } from './vocabulary.ts';

const secret = /S3KRET/;

/** Where this fails, neither the terminal nor a document nor the ledger has the password; all of the rest is there. */
function keepsSecret(title: string, up: string, names: RegExp): void {
  test(`F65: ${title}`, () =>
    withWorld([{ id: 'a1', up }], async (world) => {
      for (const command of ['upgrade', 'upgrade --json']) {
        const { status, stdout, stderr } = await world.run(command, { env: { UPDOWN_DEBUG: '1' } });
        assert.is(status, 1, stderr);
        assert.match(stdout + stderr, names);
        assert.not.match(stdout + stderr, secret);
      }
      assert.equal(await world.journal(), ['fail up a1', 'fail up a1']);
      await ledgerHasNone(world);
    }));
}

async function ledgerHasNone({ database }: World): Promise<void> {
  assert.not.match(JSON.stringify(await database.query('SELECT * FROM updown.journal')), secret);
}

keepsSecret(
  'a password in quotes within quotes is not shown where it fails',
  `do $$ begin execute 'alter role nosuch password ''S3KRET'''; end $$;\n`,
  /role \\?"nosuch\\?" does not exist/,
);
keepsSecret(
  'a password in quotes within quotes within quotes is not shown where it fails',
  `do 'begin execute ''alter role nosuch password ''''S3KRET S3KRET''''''; end';\n`,
  /role \\?"nosuch\\?" does not exist/,
);
keepsSecret(
  'a password in dollar quotes is not shown where it fails',
  'ALTER ROLE nosuch PASSWORD $x$S3KRET S3KRET$x$;\n',
  /role \\?"nosuch\\?" does not exist/,
);
keepsSecret(
  'a password that an error names is neither shown nor recorded',
  "do $$ begin raise exception 'password=S3KRET'; end $$;\n",
  /password=\*\*\*/,
);
keepsSecret(
  'a password that a notice names is not shown',
  "do $$ begin raise warning 'password=S3KRET'; raise division_by_zero; end $$;\n",
  /division_by_zero/,
);

test("F65: a password in another session's query is not shown where that is in the way", () =>
  withWorld([{ id: 'a1' }, { id: 'b1', up: 'DROP TABLE t_a1;\n' }], async (world) => {
    await world.write('updown.json', '{"lockTimeout":"1500ms"}');
    await world.does('upgrade a1');
    const role = `${world.database.name}_role`;
    await world.database.query(`BEGIN; LOCK TABLE t_a1; CREATE ROLE ${role} PASSWORD 'S3KRET'`);
    try {
      for (const command of ['upgrade --wait 0', 'upgrade --wait 0 --json']) {
        const { status, stdout, stderr } = await world.run(command);
        assert.is(status, 5, stderr);
        assert.match(stdout + stderr, /CREATE ROLE/);
        assert.not.match(stdout + stderr, secret);
      }
    } finally {
      await world.database.query('ROLLBACK');
    }
    await ledgerHasNone(world);
  }));

test.run();
