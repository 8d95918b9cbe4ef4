import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandsIn, type Desk, withDesk } from './desk.ts';

const three = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];
const fork = [
  { id: 'a1' },
  { id: 'b1', parents: ['a1'], labels: ['left'] },
  { id: 'c1', parents: ['a1'], labels: ['right'] },
];
const bare = (sql: string) => `-- updown: no-transaction\n${sql}`;

test('a target that goes the other way, a range the wrong way, a start that is missing', () =>
  withDesk(three, async (desk) => {
    await desk.does('upgrade b1');
    await desk.obeys(await desk.fails('downgrade +1 --yes', 'relative-out-of-range'));
    assert.is(await desk.heads(), 'c1');
    const down = commandsIn(await desk.fails('upgrade -1', 'relative-out-of-range'))[0];
    assert.match(await desk.fails(`${down}`, 'needs-yes'), 'Add --yes');
    await desk.does(`${down} --yes`);
    assert.is(await desk.heads(), 'b1');
    const start = /`(downgrade [^`]+)`/.exec(
      await desk.fails('downgrade base --sql', 'sql-downgrade-needs-range'),
    )?.[1];
    await desk.does(start!.replace('<from>', 'b1'));
    const range = /`(downgrade [^`]+)`/.exec(await desk.fails('upgrade b1:a1 --sql', 'not-an-ancestor'))?.[1];
    await desk.does(range!);
    await desk.fails('upgrade a1:b1', 'bad-range');
    await desk.does('upgrade a1:b1 --sql');
    await desk.obeys(await desk.fails('upgrade nope', 'unknown-revision'));
    await desk.obeys(await desk.fails('downgrade c1 --yes', 'invalid-downgrade-target'));
    await desk.obeys(await desk.fails('upgrade +9', 'relative-out-of-range'));
  }));

test('heads: a new revision, and a merge', () =>
  withDesk(fork, async (desk) => {
    const hint = await desk.fails('revision -m more', 'multiple-heads');
    await desk.does('revision -m more --parent b1');
    assert.match(await desk.fails('revision -m more --parent a1', 'not-a-head'), '`--splice`');
    await desk.does('revision -m more --parent a1 --splice');
    await desk.obeys(hint);
    await desk.obeys(await desk.fails('merge', 'usage'));
  }));

test('options of scripts: each is led to what it needs', () =>
  withDesk([{ id: 'a1' }, { id: 'b1', up: bare('VACUUM;\n') }], async (desk) => {
    for (const option of ['--split', '--one-transaction', '--bootstrap', '--annotate', '--flavor plain'])
      assert.match(await desk.fails(`upgrade ${option}`, 'usage'), 'Add --sql.');
    assert.match(await desk.fails('upgrade --split --sql', 'usage'), 'Add --output <folder>.');
    await desk.does('upgrade --split --sql --output folder');
    assert.match(await desk.fails('upgrade --sql --grant-to app', 'usage'), 'Add --bootstrap --sql.');
    await desk.does('upgrade --bootstrap --sql --grant-to app');
    assert.match(await desk.fails('upgrade --sql --scratch pglite:memory', 'usage'), 'Add --annotate.');
    assert.match(await desk.fails('upgrade --from a1', 'usage'), 'Add --sql or --dry-run');
    await desk.does('upgrade --from a1 --sql');
    await desk.does('upgrade --from a1 --dry-run');
    assert.match(await desk.fails('upgrade --sql --wait 5', 'usage'), 'Leave "--wait" out.');
    assert.match(await desk.fails('upgrade --sql --dry-run', 'usage'), 'Leave one of them out.');
    const start = await desk.fails('upgrade --sql --include-late', 'usage');
    await desk.does(`upgrade --include-late --sql ${/--from-database/.exec(start)?.[0]}`);
    assert.match(await desk.fails('stamp --only b1 --sql', 'usage'), 'Add --from-database, or --from <heads>.');
    await desk.does('stamp --only b1 --sql --from a1');
    await desk.does('stamp --only a1 --sql --from-database');
    await desk.does('stamp head --force');
    await desk.fails('stamp base --purge --sql', 'purge-not-allowed-offline');
    await desk.does('stamp base --purge');
    await desk.obeys((await desk.fails('stamp --only base', 'usage')).replace('<revision>', 'a1'));
  }));

for (const options of ['--flavor plain', '--split']) {
  for (const name of [
    'plain.sql',
    './out/plain.SQL',
    'up.psql',
    'change.txt',
    'plain.sql.gz',
    'plain.sql/',
    './out/plain.sql//',
    'plain.sql/.',
  ]) {
    test(`several files are not put into a folder called ${name}: ${options}`, () =>
      withDesk([{ id: 'a1' }, { id: 'b1', up: bare('VACUUM;\n') }], async (desk) => {
        await desk.put('out/here', '');
        const hint = await desk.fails(`upgrade --sql ${options} -o ${name}`, 'usage');
        const folder = /--output (\S+)$/.exec(hint)?.[1];
        await desk.does(`upgrade --sql ${options} --output ${folder}`);
        await desk.fails(`upgrade --sql ${options} --output ${folder}`, 'exists');
        await desk.does(`upgrade a1 --sql --flavor plain -o ${name}`);
      }));
  }
}

test('words of other tools are answered with the command that does it, and that is there', () =>
  withDesk(three, async (desk) => {
    const words: Readonly<Record<string, RegExp>> = {
      'migrate up deploy apply db:migrate migrate:up migrate_up': /^To apply what is missing: updown upgrade$/,
      'down rollback undo db:rollback': /: updown downgrade -1$/,
      'makemigrations generate new migrate:make migration:generate': /: updown revision -m "what it does"$/,
      'info showmigrations': /updown status$/,
      validate: /updown status --exit-code$/,
      repair: /updown stamp --only <revision>$/,
      resolve: /updown stamp --only <revision>\. As not applied: updown stamp --forget <revision>$/,
      'update-count goto': /updown upgrade \+1, or updown upgrade <revision>$/,
      load: /updown upgrade$/,
      fake: /updown stamp <revision>$/,
      'clean drop db:drop': /updown reset\. /,
      'db:dump': /updown snapshot --sql$/,
      sqlmigrate: /updown upgrade --sql$/,
      lint: /updown review$/,
      ensure_version: /updown upgrade --sql --bootstrap$/,
      edit: /updown show <revision>$/,
      'update-sql': /updown upgrade --sql$/,
      'changelog-sync': /updown stamp <revision>$/,
      'drop-all fresh': /updown reset\. /,
      'create migration:create': /: updown revision -m "what it does"\. To create a database: createdb$/,
      'db:create': /^To create a database: createdb\. /,
      diff: /updown check --url <url>$/,
      'diff-changelog': /: updown revision --autogenerate -m "what it does"$/,
      'rollback-sql future-rollback-sql': /: updown downgrade -1 --sql$/,
      'test update-testing-rollback': /updown verify$/,
      'pull generate-changelog': /updown baseline --url <url>$/,
      'hash tag': /updown seal$/,
      'release-locks': /updown status$/,
      wait: /updown upgrade --wait 60$/,
      frobnicate: /^Commands: init/,
    };
    for (const [family, answer] of Object.entries(words))
      for (const word of family.split(' ')) assert.match(await desk.fails(word, 'usage'), answer, word);
    for (const word of [
      'migrate',
      'rollback',
      'redo',
      'info',
      'log',
      'version',
      'sql',
      'fake',
      'dump',
      'wait',
      'release-locks',
      'ensure_version',
      'test',
      'tag',
      'makemigrations',
    ])
      for (const command of commandsIn(await desk.fails(word, 'usage'))) {
        if (command.includes('downgrade')) await desk.does(`${command} --yes`);
        else if (!command.startsWith('stamp')) await desk.does(command);
        if (command === 'upgrade') await desk.does('status --exit-code');
      }
  }));

test('a command in two words is answered by the second one', () =>
  withDesk(three, async (desk) => {
    const words = {
      'migrate deploy': 'To apply what is missing: updown upgrade',
      'migrate status': 'Leave "migrate" out: updown status',
      'migrate diff': 'To write what the revisions still lack: updown revision --autogenerate -m "what it does"',
      'migrate dev': 'updown revision --autogenerate -m "what it does". To apply it: updown upgrade',
      'db execute': 'To run SQL that is no revision: psql',
      'db create': 'To create a database: createdb',
      'db drop': 'To empty a development database, and upgrade it again: updown reset',
      'schema diff': 'To compare a database with the files: updown check --url <url>',
      'db nonsense': 'Commands: init',
      'migrate nonsense': 'To apply what is missing: updown upgrade',
    };
    for (const [command, answer] of Object.entries(words)) assert.match(await desk.fails(command, 'usage'), answer);
    await desk.does('status');
  }));

test('options of other tools are answered with what does it here', () =>
  withDesk(three, async (desk) => {
    await desk.does('upgrade');
    const obeyed: Readonly<Record<string, string>> = {
      'current --check-heads': 'updown status --exit-code',
      'current -v': 'updown history --verbose',
      'heads --verbose': 'updown history --verbose',
      'history --indicate-current': 'updown history',
    };
    for (const [wrong, right] of Object.entries(obeyed)) {
      const [command] = commandsIn(await desk.fails(wrong, 'usage'));
      assert.is(`updown ${command}`, right, wrong);
      await desk.does(command ?? '');
    }
    const words: Readonly<Record<string, string>> = {
      'history -r a1:b1': 'updown history <from>:<to>',
      'revision --head a1 -m x': '--parent <revision>',
      'revision --branch-label left -m x': '--label <name>',
      'upgrade --path other': '--dir <folder>',
      'upgrade -v': 'To see each statement as it runs: --log json',
      'check -v': 'Run: updown check --help',
      'upgrade --database-url x': '--url <url>',
      '-c alembic.ini upgrade head': '--config <file>',
      '-n billing upgrade head': '--config <file>',
      '-x tenant=a upgrade head': '--url <url>',
      'upgrade --fake': 'updown stamp <revision>',
      'upgrade --target a1': 'updown upgrade <revision>',
      'upgrade -target=2': 'updown upgrade <revision>',
      'revision --name x': '-m <text>',
      'revision -ext sql': 'updown revision -m "what it does"',
      'revision --create-only -m x': 'leave it out',
      'revision --to file://schema.sql': '--from-schema <path>',
      'revision --dev-url x': '--scratch <url>',
      'revision --from-empty': 'updown revision --autogenerate',
      'upgrade --head a1': 'Run: updown upgrade --help',
      'upgrade --changeLogFile x': '--dir <folder>',
      'upgrade -user=jo': 'PGUSER and PGPASSWORD',
      'upgrade --migrations-table x': '--ledger-schema <name>',
      'stamp --applied a1': 'updown stamp --only <revision>',
      'stamp --rolled-back a1': 'updown stamp --forget <revision>',
      'revision --rollback': 'updown downgrade -1',
      'upgrade --script': 'updown upgrade --sql',
      'upgrade -outOfOrder=true': 'updown upgrade --include-late',
      'check -drift': 'updown check --url <url>',
      'upgrade -baselineOnMigrate=true': 'updown baseline --url <url>',
      'upgrade -mixed=true': '-- updown: no-transaction',
      'upgrade --raiseerr': 'UPDOWN_DEBUG=1',
      'upgrade --expcet x': 'Did you mean "--expect"?',
    };
    for (const [command, answer] of Object.entries(words)) assert.match(await desk.fails(command, 'usage'), answer);
  }));

test('help is a command, too', () =>
  withDesk(three, async (desk) => {
    const asked = [];
    for (const command of ['help', 'help upgrade', 'upgrade --help', 'help help'])
      asked.push((await desk.run(command)).status);
    assert.equal(asked, [0, 0, 0, 0]);
    await desk.fails('help nope', 'usage');
    assert.match(await desk.fails('help migrate', 'usage'), 'updown upgrade');
  }));

test('a file that is as empty as it was made is refused, run, emitted and shown, until it says why', () =>
  withDesk(three, async (desk) => {
    await desk.does('upgrade');
    for (const text of [
      '-- add d1\n\n',
      '',
      '\n \n',
      '-- updown: no-transaction\n-- add d1\n\n',
      ';\n',
      '  -- add d1  \n',
    ]) {
      await desk.rewrite([...three, { id: 'd1', up: text }]);
      for (const command of [
        'upgrade',
        'upgrade --sql',
        'upgrade --sql --flavor plain',
        'plan',
        'upgrade --dry-run',
        'upgrade --url pglite:memory',
      ])
        assert.match(
          await desk.fails(command, 'input'),
          /^Write what it should do\./,
          `${command} of ${JSON.stringify(text)}`,
        );
    }
    await desk.write('d1', '-- add d1\n-- The index was made by hand in May.\n');
    await desk.does('upgrade');
    await desk.rewrite([...fork, { id: 'd1', parents: ['b1', 'c1'], up: '' }]);
    await desk.does('upgrade --sql');
    await desk.does('init other --bare --config none.json').catch(() => {});
  }));

test('history shows what the database has and the files lack', () =>
  withDesk(three, async (desk) => {
    await desk.does('upgrade');
    await desk.rewrite(three.slice(0, 1));
    const { stdout } = await desk.does('history');
    assert.match(
      stdout,
      /^c1 applied here, but not in the files <- b1 \(current, unknown\)\nb1 .* <- a1 \(unknown\)\na1 /,
    );
    assert.match((await desk.does('history --graph')).stdout, 'not in the files');
    const { revisions } = JSON.parse((await desk.does('history --json')).stdout);
    assert.equal(
      revisions.map(({ id, folder, applied }: Record<string, unknown>) => [id, folder === null, applied]),
      [
        ['c1', true, true],
        ['b1', true, true],
        ['a1', false, true],
      ],
    );
    assert.not.match((await desk.does('history base:head')).stdout, 'c1');
  }));

test('stamp names each revision that it records', () =>
  withDesk(three, async (desk) => {
    assert.match((await desk.does('stamp head --force')).stderr, /stamp a1 b1 c1 without running them/);
    assert.match((await desk.does('stamp a1')).stderr, /unstamp c1 b1 without running them/);
    assert.match((await desk.does('stamp --only b1')).stderr, /stamp b1 without running it/);
    assert.match((await desk.does('stamp base')).stderr, /unstamp b1 a1 without running them/);
    assert.match((await desk.does('stamp head --force')).stdout, /^Done: 3 revisions recorded as applied; /);
    const forgot = await desk.does('stamp --forget c1');
    assert.match(forgot.stderr, /unstamp c1 without running it/);
    assert.match(forgot.stdout, /^Done: 1 revision recorded as not applied; the database is at b1 /);
    assert.equal(JSON.parse((await desk.does('stamp --forget b1 --json')).stdout).steps[0].op, 'unstamp');
    assert.match((await desk.does('history')).stdout, /^c1 .*pending\)\nb1 .*pending\)\na1 .*applied\)\n$/);
    assert.match((await desk.does('stamp head --sql')).stdout, /stamp a1 b1 c1 without running them/);
  }));

test('late, digest-differs, wrong-project, and an option too many', () =>
  withDesk(three, async (desk) => {
    await desk.does('upgrade c1');
    await desk.rewrite([{ id: 'a1' }, { id: 'l1' }, { id: 'b1' }, { id: 'c1' }]);
    await desk.obeys(await desk.fails('upgrade', 'late'));
    await desk.rewrite([{ id: 'a1' }, { id: 'l1' }, { id: 'l2' }, { id: 'b1' }, { id: 'c1' }]);
    await desk.obeys(await desk.next());
    await desk.rewrite([{ id: 'a1' }, { id: 'l1' }, { id: 'l2' }, { id: 'b1' }, { id: 'c1' }, { id: 'd1' }]);
    await desk.obeys(await desk.fails(`upgrade --expect ${'0'.repeat(64)}`, 'digest-differs'));
    await desk.fails('upgrade --resume-at 2', 'usage');
    await desk.does('upgrade');
    await desk.put('migrations/manifest.jsonl', (await readManifest(desk)).replace('test-abc123', 'other-xyz789'));
    const hint = await desk.fails('upgrade', 'wrong-project');
    assert.match(
      hint,
      '"ledger": { "schema": "..." } in updown.json). The first upgrade with it needs --allow-existing',
    );
    await desk.put('updown.json', '{ "ledger": { "schema": "other" } }');
    assert.match(await desk.fails('upgrade', 'not-empty'), 'updown upgrade --allow-existing');
    await desk.does('stamp head --force');
    await desk.does('upgrade');
  }));

async function readManifest({ folder }: Desk): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(`${folder}/migrations/manifest.jsonl`, 'utf8');
}

test('what nothing shows is asked, and the answer leads on', () =>
  withDesk([{ id: 'a1' }, { id: 'b1', up: bare('ALTER SYSTEM SET nonsense_of_ours = 1;\n') }], async (desk) => {
    await desk.fails('upgrade', 'sql');
    await desk.write('b1', bare('VACUUM t_a1;\nALTER SYSTEM RESET work_mem;\n'));
    const { stdout } = await desk.run('upgrade --json');
    const hint: string = JSON.parse(stdout).error?.hint ?? '';
    if (hint !== '') await desk.does(`upgrade ${/--resume-at \d+/.exec(hint)?.[0]}`);
    await desk.does('status --exit-code');
  }));

const commits = 'CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;\n';

test('where a run would ask at once, status and refusals say first what to look at', () =>
  withDesk(
    [
      { id: 'a1', up: commits },
      { id: 'b1', up: bare('ALTER SYSTEM SET nonsense_of_ours = 1;\n') },
    ],
    async (desk) => {
      await desk.fails('upgrade', 'sql');
      await desk.write('b1', bare('CALL p();\n'));
      const next = await desk.next();
      assert.match(
        next,
        /^Statement 1 of up b1 may have run or not when .*\. Look at the database; then run again with updown upgrade b1 --resume-at 1 \(it has not run\) or updown upgrade b1 --resume-at 2/,
      );
      assert.is(await desk.fails('downgrade base --yes', 'unfinished'), next);
      await desk.obeys(next);
      await desk.does('status --exit-code');
    },
  ));

test('where what the statements left in their session is gone, status says how to go on without it', () =>
  withDesk(
    [{ id: 'a1' }, { id: 'b1', up: bare('CREATE TEMP TABLE kept (n integer);\nSELECT 1 / 0;\n') }],
    async (desk) => {
      await desk.fails('upgrade', 'sql');
      await desk.write('b1', bare('CREATE TEMP TABLE kept (n integer);\nSELECT 1;\n'));
      const next = await desk.next();
      assert.match(
        next,
        /^Cannot go on with up of b1 at statement 2 in another session: .*\(temporary table kept\)\. If no/,
      );
      await desk.obeys(next);
      await desk.does('status --exit-code');
    },
  ));

test.run();
