import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Approval, UpdownError, upgrade } from '../../lib/index.ts';
import { commandsIn } from '../hints/desk.ts';
import { findDifference } from '../pages/compare.ts';
import { droppingProject } from '../pages/given.ts';
import { type CliOutcome, updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { git, startRepository } from '../support/git.ts';
import { findFences } from '../support/markdown.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

const orders: TestRevision = {
  id: 'a1',
  up: 'CREATE TABLE orders (id integer, note text);\n',
  down: 'DROP TABLE orders;\n',
};
const dropped: TestRevision = {
  id: 'b1',
  up: '-- goodbye\nALTER TABLE orders DROP COLUMN note;\n',
  down: 'ALTER TABLE orders ADD COLUMN note text;\n',
};
const added: TestRevision = { id: 'c1', up: 'ALTER TABLE orders ADD COLUMN total integer;\n' };

interface Site extends Database {
  readonly cwd: string;
  readonly run: (command: string) => Promise<CliOutcome>;
  /** On a terminal, where somebody answers so. */
  readonly types: (answer: string, command: string) => Promise<CliOutcome>;
  /** The command of the first hint, on a terminal, answered with yes. */
  readonly approves: (hint: string) => Promise<CliOutcome>;
  /** It fails so; the error. */
  readonly fails: (command: string, code?: string) => Promise<Failure>;
  readonly change: (edit: (approval: Approval) => object) => Promise<void>;
  readonly write: (revisions: readonly TestRevision[]) => Promise<void>;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly notes: readonly string[];
}

/** A database that stands at a1, and b1, which drops a column, is pending. */
async function withSite(config: object, body: (site: Site) => Promise<void>, start = 'a1'): Promise<void> {
  await withDatabase((database) =>
    withProject({}, async (cwd) => {
      const { url } = database;
      const write: Site['write'] = async (revisions) => {
        await rm(join(cwd, 'migrations'), { recursive: true, force: true });
        await writeProject(cwd, revisions);
      };
      await write([orders, dropped]);
      const settings = { url, scratch: url, destructive: 'approved', ...config };
      await writeFile(join(cwd, 'updown.json'), JSON.stringify(settings));
      const run = (command: string, typed?: string) =>
        updown(command.split(' '), typed === undefined ? { cwd } : { cwd, typed });
      if (start !== '') assert.is((await run(`upgrade ${start}`)).status, 0);
      await body({
        ...{ ...database, cwd, write, run },
        types: (answer, command) => run(command, answer),
        approves: async (hint) => {
          const outcome = await run(`${commandsIn(hint)[0]} --by Jo`, 'y');
          assert.is(outcome.status, 0, `${hint}\n${outcome.stderr}`);
          return outcome;
        },
        fails: async (command, code = 'not-approved') => {
          const outcome = await run(`${command} --json`);
          const { error } = outcome.json<{ error?: Failure }>();
          assert.is(error?.code, code, outcome.stdout + outcome.stderr);
          return error as Failure;
        },
        change: async (edit) => {
          const [name = ''] = await readdir(join(cwd, 'approvals'));
          const file = join(cwd, 'approvals', name);
          await writeFile(file, JSON.stringify(edit(JSON.parse(await readFile(file, 'utf8')))));
        },
      });
    }),
  );
}

async function readOnly(cwd: string): Promise<Approval> {
  const [name = '', ...others] = await readdir(join(cwd, 'approvals'));
  assert.equal(others, []);
  return JSON.parse(await readFile(join(cwd, 'approvals', name), 'utf8'));
}

test('without a terminal a column is dropped once somebody has seen it, and approved it by the command of the hint', () =>
  withSite({}, async ({ cwd, run, fails, approves }) => {
    const { message, hint, notes } = await fails('upgrade');
    assert.match(message, /^Nobody has approved this plan: there is no "approvals\/[0-9a-f]{64}\.json"$/);
    assert.match(
      notes.join('\n'),
      /^digest [0-9a-f]{64}\ndestroys migrations\/.*_b1_add_b1\/up\.sql:2: DROP COLUMN orders\.note$/,
    );
    assert.match(hint, 'updown approve a1:head');
    assert.match((await run('current')).stdout, 'a1');
    const { stdout, stderr } = await approves(hint);
    assert.match(stderr, 'It destroys:');
    assert.match(stderr, /up\.sql:2: DROP COLUMN orders\.note/);
    assert.match(stderr, /error \(drop-column\) migrations\/.*up\.sql:2: drops column public\.orders\.note/);
    assert.match(stdout, 'commit it');
    const { digest, by, database, until, destroys, findings, ...rest } = await readOnly(cwd);
    assert.ok(notes.includes(`digest ${digest}`));
    assert.equal([by, database, rest.from, rest.to], ['Jo', 'any', ['a1'], ['b1']]);
    assert.equal(
      rest.steps.map(({ op, id }) => `${op} ${id}`),
      ['up b1'],
    );
    assert.equal(
      destroys.map(({ line, what }) => `${line} ${what}`),
      ['2 DROP COLUMN orders.note'],
    );
    assert.ok(findings.some(({ rule, line }) => rule === 'drop-column' && line === 2));
    assert.match(rest.scratch ?? '', 'PostgreSQL');
    const days = (Date.parse(until) - Date.parse(rest.at)) / 86_400_000;
    assert.is(days, 30);
    assert.is((await run('upgrade --expect approved')).status, 0);
    assert.match((await run('upgrade --expect approved')).stdout, 'Nothing to do');
  }));

test('who asks for an approval needs one of any plan; a dry run and a script, too', () =>
  withSite({ destructive: undefined }, async ({ write, run, fails, approves }) => {
    await write([orders, added]);
    const { hint, notes } = await fails('upgrade --expect approved');
    assert.is(notes.length, 1);
    await fails('upgrade --dry-run --expect approved');
    await fails('upgrade a1:head --sql --expect approved');
    await approves(hint);
    for (const words of ['--dry-run', '--sql --from-database', '']) {
      const command = `upgrade ${words} --expect approved`.replace('  ', ' ');
      assert.is((await run(command)).status, 0, command);
    }
  }));

test('approve writes nothing without a terminal, without a yes, and without a name', () =>
  withSite({}, async ({ cwd, run, fails, types }) => {
    assert.match(
      (await run('approve a1:head --by Jo')).stderr,
      'error (needs-yes): An approval is the answer of a person',
    );
    await fails('approve a1:head --by Jo', 'needs-yes');
    const no = await types('n', 'approve a1:head --by Jo');
    assert.equal([no.status, /needs-yes/.test(no.stderr)], [2, true]);
    assert.match((await types('y', 'approve b1:head --by Jo')).stderr, 'nothing to approve');
    assert.match((await types('y', 'approve a1:head --by Jo --until 2020-01-01')).stderr, 'is over already');
    assert.match((await types('y', 'approve a1:head --by Jo --until soon')).stderr, 'is not a day');
    await startRepository(cwd);
    for (const key of ['user.name', 'user.email']) await git(cwd, 'config', key, '');
    const nobody = await types('y', 'approve a1:head');
    assert.match(nobody.stderr, 'git knows no author here');
    assert.not.ok((await readdir(cwd)).includes('approvals'));
    await git(cwd, 'config', 'user.name', 'Al Doe');
    assert.is((await types('y', 'approve a1:head')).status, 0);
    assert.is((await readOnly(cwd)).by, 'Al Doe');
  }));

test('an approval is not overwritten, but renewed', () =>
  withSite({}, async ({ cwd, types }) => {
    await types('y', 'approve a1:head --by Jo --until 2099-01-31');
    const again = await types('y', 'approve a1:head --by Al');
    assert.match(again.stderr, 'Jo has approved this plan until 2099-01-31');
    assert.is(again.status, 2);
    assert.is((await readOnly(cwd)).by, 'Jo');
    assert.is((await types('y', 'approve a1:head --by Al --renew --days 2')).status, 0);
    assert.is((await readOnly(cwd)).by, 'Al');
  }));

test('an approval that is over is refused, and counts again once it is renewed', () =>
  withSite({}, async ({ run, types, fails, approves, change }) => {
    await types('y', 'approve a1:head --by Jo');
    await change((approval) => ({ ...approval, until: '2020-01-31' }));
    const { message, hint } = await fails('upgrade');
    assert.match(message, 'by Jo, ended at 2020-01-31');
    await approves(hint);
    assert.is((await run('upgrade')).status, 0);
  }));

test('an approval for another database is refused; by its name, or by its place, it is this one', () =>
  withSite({}, async ({ name, url, run, types, fails, approves, change }) => {
    assert.is((await types('y', 'approve --by Jo')).status, 0);
    const { host } = new URL(url);
    let seen = '';
    await change((approval) => {
      seen = approval.database;
      return { ...approval, database: 'db.example.com:5432/shop' };
    });
    assert.is(seen, `${host}/${name}`);
    const { message, hint } = await fails('upgrade');
    assert.match(message, `is for database "db.example.com:5432/shop", and this is "${host}/${name}"`);
    for (const [database, status] of [
      [name, 0],
      [seen, 0],
      [`${name}x`, 4],
      [`other/${name}`, 4],
    ] as const) {
      await change((approval) => ({ ...approval, database }));
      assert.is((await run('upgrade --dry-run --expect approved')).status, status, database);
    }
    // Without a database nobody can tell.
    assert.is((await run('upgrade a1:head --sql --expect approved')).status, 0);
    await approves(hint);
    assert.is((await run('upgrade')).status, 0);
  }));

test('a url that says for which database is kept without its user and password', () =>
  withSite({}, async ({ cwd, types }) => {
    await types('y', 'approve a1:head --by Jo --database postgres://dba:secret@db.example.com/shop');
    assert.is((await readOnly(cwd)).database, 'db.example.com:5432/shop');
  }));

test('another file, or another start, is another plan: what differs from the one that was approved is named', () =>
  withSite({}, async ({ run, types, fails, write }) => {
    await types('y', 'approve a1:head --by Jo');
    await write([orders, { ...dropped, up: 'DROP TABLE orders;\n' }]);
    const edited = await fails('upgrade');
    assert.match(
      edited.notes.join('\n'),
      /destroys .*: DROP TABLE orders\n"approvals\/\w+\.json" approves another plan: revision b1: its file has changed since/,
    );
    await write([
      orders,
      { id: 'aa', up: 'ALTER TABLE orders ADD COLUMN other text;\n' },
      { ...dropped, parents: ['aa'] },
    ]);
    assert.match((await fails('upgrade')).notes.join('\n'), 'revision aa: its up is in the plan now, and was not');
    assert.is((await run('upgrade aa')).status, 0);
    const { hint, notes } = await fails('upgrade');
    assert.match(notes.join('\n'), 'it starts from a1, and the plan now from aa');
    assert.match(hint, 'updown approve aa:head');
  }));

test('what a plan destroys and its approval does not tell of is refused', () =>
  withSite({}, async ({ run, types, fails, approves, change }) => {
    await types('y', 'approve a1:head --by Jo');
    await change((approval) => ({ ...approval, destroys: [] }));
    const { message, hint, notes } = await fails('upgrade');
    assert.match(message, 'destroys what its approval, by Jo, does not tell of');
    assert.match(notes.join('\n'), /not seen: migrations\/.*:2: DROP COLUMN orders\.note/);
    await approves(hint);
    assert.is((await run('upgrade')).status, 0);
  }));

test('a file that is no approval is refused by its place, and check finds it', () =>
  withSite({}, async ({ cwd, types, fails, change, run }) => {
    await types('y', 'approve a1:head --by Jo');
    const whole = await readOnly(cwd);
    const file = join(cwd, 'approvals', `${whole.digest}.json`);
    const edits: readonly (readonly [object, string])[] = [
      [{ by: '' }, '"by" must be'],
      [{ until: 'soon' }, '"until" must be a day'],
      [{ until: '2027-13-41' }, '"until" must be a day'],
      [{ until: '2027-02-31' }, '"until" must be a day'],
      [{ digest: '0'.repeat(64) }, 'another plan than its "digest"'],
      [{ steps: [{ op: 'sideways', id: 'b1' }] }, '"steps" must be'],
      [{ destroys: [{ revision: 'b1' }] }, '"destroys" must be'],
      [{ findings: 'none' }, '"findings" must be'],
      [{ database: undefined }, '"database" must be'],
      [{ untill: '2099-01-01' }, '"untill" is no part of one'],
    ];
    for (const [edit, reason] of edits) {
      await change(() => ({ ...whole, ...edit }));
      assert.match((await fails('upgrade', 'input')).message, reason);
    }
    await writeFile(file, '{\n  "by": "Jo",\n');
    assert.match((await fails('upgrade', 'input')).message, 'not valid JSON');
    const checked = await run('check');
    assert.is(checked.status, 3);
    assert.match(checked.stdout, /error \(input\).*is not an approval/);
    await rm(file);
    assert.is((await types('y', 'approve --by Jo')).status, 0);
    assert.is((await run('check')).status, 0);
    assert.is((await run('upgrade')).status, 0);
  }));

test('whatever stands in the place of an approval is told as what it is, and never taken for one', () =>
  withSite({}, async ({ cwd, types, fails, run }) => {
    await types('y', 'approve a1:head --by Jo');
    const whole = await readOnly(cwd);
    const folder = join(cwd, 'approvals');
    const file = join(folder, `${whole.digest}.json`);
    const text = await readFile(file, 'utf8');
    const notOne = (content: string | Uint8Array) => () => writeFile(file, content);
    const outside = await mkdtemp(join(tmpdir(), 'updown-outside-'));
    const cases: Readonly<Record<string, readonly [make: () => Promise<unknown>, code: string, words: RegExp]>> = {
      nothing: [notOne(''), 'input', /not valid JSON/],
      'a list': [notOne('[]'), 'input', /holds no object/],
      'a number': [notOne('1'), 'input', /holds no object/],
      null: [notOne('null'), 'input', /holds no object/],
      'an empty object': [notOne('{}'), 'input', /"digest" must be/],
      'a list of an approval': [notOne(`[${text}]`), 'input', /holds no object/],
      'two texts': [notOne(text + text), 'input', /not valid JSON/],
      'deep brackets': [notOne('['.repeat(100_000)), 'input', /not valid JSON/],
      'another encoding': [notOne(Buffer.from(text, 'utf16le')), 'input', /UTF-8|not valid JSON|U\+0000|NUL/],
      'a key twice': [
        notOne(text.replace('"until"', '"until": "2020-01-01", "until"')),
        'input',
        /it has "until" twice/,
      ],
      '100 MB': [notOne(Buffer.alloc(100 * 1024 * 1024, ' ')), 'input', /it has 104857600 bytes/],
      '100 MB of nothing': [
        async () => {
          await writeFile(file, text);
          await truncate(file, 100 * 1024 * 1024);
        },
        'input',
        /it has 104857600 bytes/,
      ],
      'a folder': [() => mkdir(file), 'unsafe-path', /is not a regular file/],
      'a link out of the project': [
        async () => {
          await writeFile(join(outside, 'one.json'), text);
          await symlink(join(outside, 'one.json'), file);
        },
        'unsafe-path',
        /is a link that leaves/,
      ],
      'a folder that is a link out of the project': [
        async () => {
          await writeFile(join(outside, `${whole.digest}.json`), text);
          await rm(folder, { recursive: true });
          await symlink(outside, folder);
        },
        'unsafe-path',
        /is a link that leaves/,
      ],
    };
    for (const [what, [make, code, words]] of Object.entries(cases)) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      await make();
      const error = await fails('upgrade --expect approved', code);
      assert.match(error.message, words, what);
      assert.ok(error.hint, what);
      assert.match((await run('check')).stdout, words, what);
    }
    await rm(folder, { recursive: true, force: true });
    await symlink(join(outside, 'nowhere'), folder);
    await fails('upgrade', 'not-approved');
    await rm(folder);
    await writeFile(folder, text);
    await fails('upgrade', 'not-approved');
    // A link within the project is as good as the file.
    await rm(folder);
    await mkdir(folder);
    await writeFile(join(cwd, 'one.json'), text);
    await symlink('../one.json', file);
    assert.is((await run('upgrade --expect approved')).status, 0);
    await rm(outside, { recursive: true });
  }));

test('an approval, or a folder of them, that may not be read is told so', () =>
  withSite({}, async ({ cwd, types, url }) => {
    await types('y', 'approve a1:head --by Jo');
    const { digest } = await readOnly(cwd);
    const folder = join(cwd, 'approvals');
    const file = join(folder, `${digest}.json`);
    await chmod(cwd, 0o755);
    const ordinary = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    for (const [path, name] of [
      [file, `"approvals/${digest}.json" may not be read`],
      [folder, '"approvals" may not be read'],
    ] as const) {
      await chmod(path, 0o000);
      const ran = await updown(['upgrade', '--url', url], { cwd, ...ordinary });
      const checked = await updown(['check'], { cwd, ...ordinary });
      await chmod(path, 0o755);
      assert.is(ran.status, 2, ran.stderr);
      assert.match(ran.stderr, /error \(input\): "approvals\/[0-9a-f]+\.json" may not be read/);
      assert.match(ran.stderr, 'next: Check its permissions.');
      assert.is(checked.status, 3, checked.stderr);
      assert.match(checked.stdout, name);
    }
  }));

test('an approval that the files have outdated is told by check, and one that is over is not', () =>
  withSite({}, async ({ cwd, types, change, run, write }) => {
    await types('y', 'approve a1:head --by Jo');
    assert.not.match((await run('check')).stdout, 'approval-outdated');
    await write([orders, { ...dropped, up: 'DROP TABLE orders;\n' }]);
    const noted = await run('check');
    assert.is(noted.status, 0);
    assert.match(noted.stdout, /note \(approval-outdated\).*up of revision "b1"/);
    const { digest } = await readOnly(cwd);
    assert.is((await types('y', 'approve --by Jo')).status, 0);
    await rm(join(cwd, 'approvals', `${digest}.json`));
    assert.not.match((await run('check')).stdout, 'approval-outdated');
    await write([orders, dropped]);
    await change((approval) => ({ ...approval, until: '2020-01-01' }));
    assert.not.match((await run('check')).stdout, 'approval-outdated');
  }));

test('a program that calls the library has nobody to ask, and one that has asks', () =>
  withSite({}, async ({ cwd, url }) => {
    const error = await upgrade({ cwd, url }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof UpdownError && error.code === 'not-approved' && error.exitStatus === 4);
    // It is asked about the plan, and not about what is destroyed.
    const plain = await upgrade({ cwd, url, confirm: () => true }).catch((thrown: unknown) => thrown);
    assert.ok(plain instanceof UpdownError && plain.code === 'not-approved');
    const asked: string[] = [];
    const result = await upgrade({
      ...{ cwd, url },
      confirmDestroying: (_, destroyed) => {
        asked.push(...destroyed.map(({ what }) => what));
        return true;
      },
    });
    assert.equal([asked, result.heads], [['DROP COLUMN orders.note'], ['b1']]);
  }));

test('on a terminal a person is asked instead, whatever --yes says, and once', () =>
  withSite({}, async ({ types, run, fails }) => {
    const no = await types('n', 'upgrade');
    assert.match(
      no.stderr,
      /This destroys what follows, and has no approval that counts:\n {2}migrations\/.*:2: DROP COLUMN/,
    );
    assert.equal([no.status, /needs-yes.*\n?.*updown approve a1:head/s.test(no.stderr)], [2, true]);
    assert.is((await types('y', 'upgrade')).status, 0);
    assert.is((await types('y', 'downgrade -1 --yes')).status, 0, 'what adds a column destroys nothing');
    await fails('downgrade base --yes');
    assert.is((await types('n', 'downgrade base --yes')).status, 2);
    const down = await types('y', 'downgrade base');
    assert.equal([down.status, down.stderr.split('[y/N]').length], [0, 2]);
    assert.match((await run('current')).stdout, 'base');
    // An answer is none where an approval is asked for.
    assert.is((await types('y', 'upgrade --expect approved')).status, 4);
  }));

test('a downgrade is approved as a range that goes down', () =>
  withSite({}, async ({ run, fails, approves, cwd }) => {
    const { hint, notes } = await fails('downgrade base --yes');
    assert.match(notes.join('\n'), 'down.sql:1: DROP TABLE orders');
    assert.match(hint, 'updown approve a1:base');
    await approves(hint);
    assert.equal(
      (await readOnly(cwd)).steps.map(({ op, id }) => `${op} ${id}`),
      ['down a1'],
    );
    assert.match((await run('downgrade base')).stderr, 'needs-yes');
    assert.is((await run('downgrade base --yes')).status, 0);
  }));

test('what an empty database has is what the plan makes; tables of others are not', () =>
  withSite(
    {},
    async ({ query, run, fails }) => {
      await query('CREATE TABLE theirs (a integer)');
      await fails('upgrade --allow-existing');
      await query('DROP TABLE theirs');
      assert.is((await run('upgrade')).status, 0);
    },
    '',
  ));

test('a database whose entries were all taken back is no empty one', () =>
  withSite({}, async ({ query, run, write, fails }) => {
    assert.is((await run('stamp base')).status, 0);
    await write([{ id: 'r1', up: 'ALTER TABLE orders DROP COLUMN note;\n' }]);
    await fails('upgrade');
    assert.is(
      (await query("SELECT 1 FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'")).length,
      1,
    );
  }));

test('a file in the place of the folder of approvals holds none', () =>
  withSite({}, async ({ cwd, fails }) => {
    await writeFile(join(cwd, 'approvals'), 'x');
    await fails('upgrade');
  }));

test("a developer's own database needs no approval, and no other one is reset", async () => {
  await withSite({ development: true }, async ({ run }) => {
    assert.is((await run('upgrade')).status, 0);
    assert.is((await run('downgrade base --yes')).status, 0);
    assert.is((await run('reset --yes')).status, 0);
  });
  await withSite({}, async ({ name, fails, run, approves }) => {
    const { message, hint } = await fails(`reset --yes-destroy ${name}`, 'not-development');
    assert.match(message, 'needs an approval');
    assert.match((await run('current')).stdout, 'a1');
    const [command = ''] = commandsIn(hint);
    await approves((await fails(command)).hint);
    assert.is((await run(command)).status, 0);
  });
});

test('a DO that may drop, and a file that is not parsed, are not passed over', () =>
  withSite({}, async ({ write, run, fails }) => {
    const harmless = { ...dropped, up: 'DO $$ BEGIN PERFORM 1; END $$;\n' };
    await write([orders, { ...dropped, up: "DO $$ BEGIN EXECUTE 'drop table orders'; END $$;\n" }]);
    assert.match((await fails('upgrade')).notes.join('\n'), 'up.sql:1: DO with EXECUTE, DROP in it');
    await write([orders, { ...dropped, up: '-- updown: unparsed\nDROP TABLE orders;\n' }]);
    assert.match((await fails('upgrade')).notes.join('\n'), 'anything: the file is not parsed');
    await write([orders, { ...dropped, up: '-- updown: no-transaction\nSELECT 1;\nDROP TABLE orders;\n' }]);
    assert.match((await fails('upgrade')).notes.join('\n'), 'up.sql:3: DROP TABLE orders');
    await write([orders, harmless]);
    assert.is((await run('upgrade')).status, 0);
  }));

test('a script is approved as it was emitted, and not with another text', () =>
  withSite({}, async ({ cwd, run, types }) => {
    assert.is((await run('upgrade a1:head -o upgrade.sql')).status, 0);
    const text = await readFile(join(cwd, 'upgrade.sql'), 'utf8');
    await writeFile(join(cwd, 'other.sql'), text.replace('DROP COLUMN note', 'DROP COLUMN id'));
    const forged = await types('y', 'approve other.sql --by Jo');
    assert.equal([forged.status, /digest-differs/.test(forged.stderr)], [4, true]);
    assert.match((await types('y', 'approve none.sql --by Jo')).stderr, 'There is no script "none.sql"');
    assert.match((await types('y', 'approve upgrade.sql --from a1 --by Jo')).stderr, 'says by itself where it starts');
    assert.is((await types('y', 'approve upgrade.sql --by Jo')).status, 0);
    assert.is((await run('upgrade')).status, 0);
  }));

test('a plan that can not be measured is approved by what its text tells', () =>
  withSite({ scratch: 'postgres://localhost:1/none' }, async ({ cwd, types }) => {
    const { stderr } = await types('y', 'approve a1:head --by Jo');
    assert.match(stderr, 'It was not reviewed: ');
    const { scratch, notReviewed, destroys } = await readOnly(cwd);
    assert.equal([scratch, typeof notReviewed, destroys.length], [null, 'string', 1]);
  }));

test('the page shows what is asked', () =>
  withDatabase((database) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, droppingProject, { project: 'shop-4f0c27e1' });
      const { stdout, stderr } = await updown(
        ['approve', '5cd038a8f131:head', '--by', 'Jo Doe', '--scratch', database.url],
        { cwd, typed: 'y' },
      );
      const page = await readFile(new URL('../../docs/approvals.md', import.meta.url), 'utf8');
      const [fence] = findFences(page).filter(({ language }) => language === 'text');
      const screen = `${stderr}y\n${stdout}`;
      assert.is(findDifference(fence?.text ?? '', screen, new Map()), undefined, screen);
    }),
  ));

test.run();
