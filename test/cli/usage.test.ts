import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Host } from '../../lib/cli/host.ts';
import { main } from '../../lib/cli/main.ts';
import { commands } from '../../lib/cli/spec.ts';
import { viewOf } from '../../lib/cli/view.ts';
import { updown } from '../support/cli.ts';
import { runProcess } from '../support/process.ts';
import { withProject, writeProject } from '../support/project.ts';
import { sourceLoader } from '../support/source-loader.ts';
import { isPlain, type Refusal, shownUrl, withWorld } from './vocabulary.ts';

const three = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];
const usage = { code: 'usage', exit: 2 };

function refuses(title: string, cases: Readonly<Record<string, Partial<Refusal>>>): void {
  test(title, () =>
    withWorld(three, async (world) => {
      await world.does('upgrade a1');
      for (const [command, expected] of Object.entries(cases)) await world.refuses(command, { ...usage, ...expected });
    }),
  );
}

refuses('an unknown command is answered by the one that was meant', {
  upgrad: { names: '"upgrad"', hint: 'Did you mean "upgrade"?' },
  '--quiet dwongrade -1': { names: '"dwongrade"', hint: 'Did you mean "downgrade"?' },
  stat: { names: '"stat"', hint: 'Did you mean "status"?' },
  st: { names: '"st"', hint: /Commands: init, .*import/ },
  frobnicate: { names: '"frobnicate"', hint: /Commands: init, .*import/ },
});
refuses('an unknown option is answered by the one that was meant', {
  'upgrade --dry-rnu': { names: '"--dry-rnu"', hint: 'Did you mean "--dry-run"?' },
  'downgrade base --yse': { names: '"--yse"', hint: 'Did you mean "--yes"?' },
  'upgrade --yes': { names: '"--yes"' },
  'upgrade -z': { names: '"-z"', hint: 'updown upgrade --help' },
  'status --constructor': { names: '"--constructor"' },
  'upgrade --urll x': { names: '"--urll"', hint: 'Did you mean "--url"?' },
  'upgrade -urll x': { names: '"-urll"', hint: 'Did you mean "--url"?' },
  'upgrade --expects a1': { names: '"--expects"', hint: 'Did you mean "--expect"?' },
});
refuses('an unknown option in front of the command is told, and not its value', {
  '--urll x upgrade': { names: 'no option "--urll"', hint: 'Did you mean "--url"?' },
  '--expects a1 upgrade': { names: 'no option "--expects"', hint: 'Did you mean "--expect"?' },
  '--expect a1 upgrade': {
    names: 'no option "--expect"',
    hint: 'Write it after the command: updown <command> --expect',
  },
  '--nonsense a1 upgrade': { names: 'no option "--nonsense"', hint: 'Run: updown --help' },
  '--urll': { names: 'no option "--urll"', hint: 'Did you mean "--url"?' },
  '--dry-run frobnicate': { names: 'no command "frobnicate"' },
  '-q frobnicate': { names: 'no command "frobnicate"' },
});
refuses('an option of another command is told as that', {
  'upgrade --splice': { names: 'no option "--splice"', hint: 'It is an option of "revision", "merge".' },
  'upgrade --jobs 2': { names: 'no option "--jobs"', hint: 'Those of this command: updown upgrade --help' },
});
refuses('an option without its value', {
  'upgrade --expect': { names: '--expect <digest>' },
  'upgrade --output': { names: '--output <path>' },
  'upgrade --url=': { names: '--url <url>' },
  'upgrade --from --sql': { names: '--from <heads>' },
  'revision -m': { names: '-m <text>' },
});
refuses('a value where none belongs, and a value that is none', {
  'upgrade --dry-run=yes': { names: '"--dry-run" takes no value' },
  'upgrade --wait soon': { names: '"soon"' },
  'upgrade --wait -1': { names: '"-1"' },
  'upgrade --sql --flavor mysql': { names: '"mysql"', hint: 'psql' },
  'upgrade --ledger-schema pg_x': { code: 'config', names: 'PostgreSQL keeps names that start with "pg_"' },
  'upgrade --ledger-schema information_schema': { code: 'config', names: 'one of PostgreSQL itself' },
  [`upgrade --ledger-schema ${'a'.repeat(64)}`]: { code: 'config', names: 'longer than 63 bytes' },
});
// What is dropped in silence would be taken for heard.
const outOfPlace: Readonly<Record<string, readonly string[]>> = {
  'Add --sql.': ['upgrade', 'upgrade --dry-run', 'downgrade base -y', 'downgrade base --dry-run', 'stamp head'].map(
    (command) => `${command} --flavor plain`,
  ),
  'Leave "--wait" out.': ['--sql', '--dry-run', '--sql --from-database', '-o b.sql', '--sql --bootstrap'].flatMap(
    (mode) => [`upgrade ${mode} --wait nonsense`, `upgrade ${mode} --wait 5`],
  ),
  'Leave "--yes" out.': ['downgrade b1:base --sql --yes', 'downgrade base --dry-run --yes'],
  'Leave "--resume-at" out.': ['upgrade --dry-run --resume-at 2', 'downgrade base --dry-run --resume-at nonsense'],
  'Emit it without; run it with: psql -v updown_resume_at=3': ['--sql', '-o b.sql', '--sql --from-database'].map(
    (mode) => `upgrade ${mode} --resume-at 3`,
  ),
  'Leave it out: each file of the plain flavor says by itself where it belongs.': [
    'upgrade --sql --flavor plain --resume-at 3',
  ],
  'Leave one of them out.': [
    'upgrade --sql --dry-run',
    'stamp head --sql --dry-run',
    'downgrade a1 --dry-run -o d.sql',
    ...['--from a1', '--from-database', '--include-late', '--allow-ahead', '--allow-existing', '--expect 0'].map(
      (option) => `upgrade --sql --bootstrap ${option}`,
    ),
  ],
  'Leave it out; or start from the database: --from-database, and no --from or range.': [
    'upgrade --sql --include-late',
    'upgrade --sql --from a1 --allow-ahead',
    'upgrade a1:b1 --dry-run --include-late',
    'upgrade --dry-run --from base --allow-existing',
    'plan --from a1 --include-late',
  ],
};
for (const [hint, commands] of Object.entries(outOfPlace))
  refuses(
    `an option without an effect there: ${hint}`,
    Object.fromEntries(commands.map((command) => [command, { hint }])),
  );

refuses('words that are too many or too few', {
  'upgrade a1 b1': { names: 'at most 1 word' },
  'status a1': { names: 'no words' },
  'downgrade -- -1 --yes': { names: 'at most 1 word' },
  downgrade: { names: 'a target' },
  show: { names: 'a revision' },
  stamp: { names: 'a target' },
  'import diesel': { names: 'the folder' },
});
refuses('options that contradict each other', {
  'upgrade --from a1': { names: '--from', hint: '--sql' },
  'upgrade --sql --from a1 --from-database': { names: '--from-database' },
});
refuses('targets that are none', {
  'upgrade +1junk': { code: 'unknown-revision', names: '"+1junk"' },
  'upgrade +9': { code: 'relative-out-of-range', names: '+9' },
  'upgrade +0': { code: 'relative-out-of-range', names: '+0' },
  'upgrade -1': { code: 'relative-out-of-range', names: '"-1" goes down', hint: 'updown downgrade -1' },
  'downgrade +1 --yes': { code: 'relative-out-of-range', names: '"+1" goes up', hint: 'updown upgrade +1' },
  'downgrade -9 --yes': { code: 'relative-out-of-range', names: '-9' },
  'upgrade nope': { code: 'unknown-revision', names: '"nope"' },
  'upgrade nope@head': { code: 'unknown-revision', names: '"nope"' },
  "upgrade ''": { code: 'unknown-revision' },
  'show nope': { code: 'unknown-revision', names: '"nope"' },
  'history a1:b1:c1': { code: 'bad-range', names: 'a1:b1:c1' },
  'downgrade -1 --sql': { code: 'sql-downgrade-needs-range', names: '-1', hint: '--from' },
  'upgrade --sql --from b1 a1': { code: 'not-an-ancestor' },
});

test('what can be refused without a database makes no embedded one', () =>
  withProject({}, async (folder) => {
    await writeProject(folder, [{ id: 'a1' }, { id: 'b1' }, { id: 'c1', parents: ['a1'], up: 'SELEC 1;\n' }]);
    const refusals = {
      'upgrade +1junk': 'unknown-revision',
      'upgrade nope': 'unknown-revision',
      'upgrade nope@head': 'unknown-revision',
      'upgrade a1:b1': 'bad-range',
      'upgrade head': 'multiple-heads',
      'upgrade c1': 'input',
      'upgrade a1 --expect 123': 'digest-differs',
      'upgrade +1junk --dry-run': 'unknown-revision',
      'downgrade +1junk --yes': 'unknown-revision',
      'downgrade -1 --yes': 'relative-out-of-range',
      'stamp +1junk': 'unknown-revision',
      'stamp a1 nope': 'unknown-revision',
    };
    const env = { DATABASE_URL: 'pglite:db' };
    for (const [command, code] of Object.entries(refusals)) {
      const outcome = await updown([...command.split(' '), '--json'], { cwd: folder, env });
      assert.is(outcome.json<{ error: { code: string } }>().error.code, code, command);
    }
    assert.is((await updown(['upgrade', 'b1', '--dry-run'], { cwd: folder, env })).status, 0);
    assert.equal(await readdir(folder), ['migrations']);
  }));

test('+1junk is refused before the database is asked', () =>
  withProject({}, async (folder) => {
    await writeProject(folder, three);
    const env = { DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' };
    for (const command of ['upgrade', 'upgrade --dry-run', 'downgrade --yes', 'stamp']) {
      const { stderr } = await updown([...command.split(' '), '+1junk'], { cwd: folder, env });
      assert.match(stderr, /unknown-revision.*"\+1junk"/, command);
    }
  }));

test('init writes the configuration that is named, with paths that are relative to it', () =>
  withProject({ 'updown.json': '{ "dir": "main" }', 'conf/.keep': '' }, async (cwd) => {
    const run = async (line: string) => {
      const { status, stdout, stderr } = await updown(line.split(' '), { cwd });
      assert.is(status, 0, stderr);
      return stdout;
    };
    await run('init --bare');
    await run('init billing --config conf/billing.json');
    await run('upgrade --config conf/billing.json');
    assert.match(await run('current --config conf/billing.json'), 'example (head)');
    assert.is(await run('heads'), '');
    const { url, dir } = JSON.parse(await readFile(join(cwd, 'conf/billing.json'), 'utf8'));
    assert.equal([url, dir], ['pglite:.updown/billing', '../billing']);
    assert.match((await updown(['init', 'other', '--config', 'conf/billing.json'], { cwd })).stdout, 'other/manifest');
    assert.is((await updown(['heads', '--config', 'none.json'], { cwd })).status, 2);
  }));

test('-1 is a target, before and behind "--"', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade');
    await world.does('downgrade -1 --yes');
    await world.does('downgrade --yes -- -1');
    assert.equal((await world.asks('current')).heads, ['a1']);
    await world.does('upgrade -- +1');
    assert.equal((await world.asks('current')).heads, ['b1']);
  }));

test('current marks a head of the files, and history --verbose has all of each revision', () =>
  withWorld(
    [{ id: 'a1' }, { id: 'b1', labels: ['left'] }, { id: 'c1', parents: ['a1'], dependsOn: ['b1'] }],
    async (world) => {
      await world.does('upgrade a1');
      assert.is((await world.does('current')).stdout, 'a1 add a1\n');
      await world.does('upgrade b1');
      assert.is((await world.does('current')).stdout, 'b1 add b1 (head)\n');
      const { stdout } = await world.does('history --verbose');
      const pages = stdout.split('\n\n').map((page) => page.trim());
      assert.is(pages.length, 3);
      assert.match(
        pages[0] ?? '',
        /^c1 add c1\n {2}parents +a1\n {2}head +yes\n {2}depends on b1\n {2}state +pending\n/,
      );
      assert.match(
        pages[1] ?? '',
        /labels +left\n {2}state +applied, current\n {2}recorded +\S+Z by \S+ \(up, run\)\n {2}plan/,
      );
      assert.match(pages[2] ?? '', /folder +\S+_a1_add_a1$/);
      await world.refuses('history --verbose --graph', { ...usage, names: '"--verbose" and "--graph"' });
    },
  ));

test('every command has help with an example, and needs no project for it', async () => {
  await withWorld([], async (world) => {
    for (const { name, options } of commands) {
      const { stdout, stderr } = await world.does(`${name} --help`, { env: { DATABASE_URL: 'nonsense' } });
      assert.is(stderr, '');
      isPlain(stdout);
      assert.match(stdout, new RegExp(`Examples\\n +\\$ updown ${name}\\b`), name);
      for (const option of options) assert.match(stdout, `--${option.name}`);
      assert.equal(
        stdout.split('\n').filter((line) => line.length > 80),
        [],
      );
    }
    const { stdout } = await world.does('--help');
    assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    for (const { name } of commands) assert.match(stdout, new RegExp(`^ +${name} +\\S`, 'm'));
  });
});
test('no command at all shows the help and is a mistake', () =>
  withWorld([], async (world) => {
    for (const command of ['', '--quiet', '--dir x']) {
      const { status, stdout } = await world.run(command);
      assert.is(status, 2, command);
      for (const { name } of commands) assert.match(stdout, new RegExp(`^ +${name} +\\S`, 'm'), command);
    }
    await world.refuses('', { ...usage, names: 'command', inText: '--frob' });
  }));
test('a current folder that is gone is told as such', async () => {
  const written: string[] = [];
  const stream = { on: () => {}, write: (text: string) => written.push(text) };
  const cwd = () => {
    throw Object.assign(new Error('ENOENT: no such file or directory, uv_cwd'), { code: 'ENOENT' });
  };
  const host = { env: {}, stdout: stream, stderr: stream, cwd } as unknown as Host;
  assert.is(await main(['status'], host), 2);
  assert.match(written.join(''), /^error \(usage\): The current folder can't be found \(ENOENT\)\n {2}next: /);
});
test('--version is one line', () =>
  withWorld([], async (world) => {
    for (const command of ['--version', '-v'])
      assert.match((await world.does(command)).stdout, /^updown \d+\.\d+\.\d+\n$/);
  }));

test('-v is the version only without a command, as the help says, and --verbose where a command has that', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    const [, ofCommands = '', alone = ''] =
      /Options of every command\n([\s\S]*?)\n\n {2}Without a command\n(.*)/.exec((await world.does('--help')).stdout) ??
      [];
    assert.not.match(ofCommands, '-v,');
    assert.match(alone, /^ {4}-v, --version /);
    for (const command of ['status', 'history'])
      assert.is((await world.does(`${command} -v`)).stdout, (await world.does(`${command} --verbose`)).stdout);
    await world.refuses('upgrade -v', { ...usage, names: '-v' });
  }));

test('status keeps to 80 columns, however many heads there are', () => {
  const heads = Array.from({ length: 45 }, (_, n) => ({ id: `c0ffee0000${10 + n}`, parents: ['a1'] }));
  return withWorld([{ id: 'a1' }, ...heads], async (world) => {
    const { stdout } = await world.does('status');
    assert.equal(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    );
    assert.match(stdout, /heads {7}45 in the files: c0ffee000010, (.*\n {14})+.* and 33 more\n/);
  });
});

test('there is no colour where there is no terminal, nor with NO_COLOR or --no-color', () =>
  withWorld(three, async (world) => {
    for (const command of ['upgrade b1', 'status', 'history --graph', 'show b1', 'upgrade nope', 'downgrade base']) {
      for (const [extra, env] of [
        ['', {}],
        ['--no-color', { FORCE_COLOR: '1' }],
      ] as const) {
        const { stdout, stderr } = await world.run(`${command} ${extra}`, { env });
        isPlain(stdout + stderr);
      }
    }
    assert.match((await world.run('status', { env: { FORCE_COLOR: '1' } })).stdout, '\x1b[');
  }));
test('every colour can be read on a white and on a black ground', () => {
  const used = Object.values(viewOf({ isTTY: true }, {}, false).style).flatMap((paint) =>
    paint('x').match(/\d+(?=m)/g),
  );
  const readable = { bold: 1, dim: 2, underline: 4, red: 31, green: 32, magenta: 35, off: [22, 24, 39] };
  const allowed = new Set(Object.values(readable).flat().map(String));
  assert.equal(
    used.filter((code) => !allowed.has(String(code))),
    [],
  );
});
test('NO_COLOR takes the colour off a terminal', () => {
  const paint = (env: Record<string, string>): string => viewOf({ isTTY: true }, env, false).style.good('x');
  assert.not.equal(paint({}), 'x');
  assert.is(paint({ NO_COLOR: '1' }), 'x');
  assert.is(paint({ TERM: 'dumb' }), 'x');
});
test('--quiet leaves results and errors, and nothing else', () =>
  withWorld(three, async (world) => {
    const { stdout, stderr } = await world.does('upgrade --quiet');
    assert.equal([stdout, stderr], [`Done: 3 revisions applied; the database is at c1 (${shownUrl(world)})\n`, '']);
    assert.match((await world.run('downgrade base -q')).stderr, /^error \(needs-yes\)/);
  }));
test('what is done already says so', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade');
    assert.is((await world.does('upgrade')).stdout, `Nothing to do: the database is at c1 (${shownUrl(world)})\n`);
    assert.equal((await world.asks('upgrade')).steps, []);
  }));

test('a downgrade without --yes and without a terminal is refused and named', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade');
    const refusal = { code: 'needs-yes', exit: 2, names: '2 revisions', hint: '--yes' };
    const { notes } = await world.refuses('downgrade a1', refusal);
    assert.equal(notes, ['c1 add c1', 'b1 add b1']);
    await world.refuses('downgrade a1', refusal, { stdin: 'y\n' });
    await world.does('downgrade a1 --dry-run');
    await world.does('downgrade a1 -y');
  }));
test('a downgrade that has nothing to revert asks nothing', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade a1');
    assert.is((await world.does('downgrade a1')).stdout, `Nothing to do: the database is at a1 (${shownUrl(world)})\n`);
  }));

test('--expect runs what was reviewed and refuses anything else', () =>
  withWorld(three, async (world) => {
    await world.does('upgrade a1');
    const { digest } = await world.asks('upgrade --dry-run');
    const script = (await world.does('upgrade --sql --from-database')).stdout;
    assert.is(/^-- {3}digest {3}([0-9a-f]{64})$/m.exec(script)?.[1], digest, 'the header of the script');
    assert.is(
      (await world.asks('upgrade --sql --from a1 --output s.sql')).digest,
      digest,
      'the script without a database',
    );
    const refusal = { code: 'digest-differs', exit: 4, hint: 'Review again' };
    await world.refuses(`upgrade --expect ${'0'.repeat(64)}`, { ...refusal, names: String(digest) });
    await world.refuses(`upgrade b1 --expect ${digest}`, refusal);
    await world.edit(world.path('c1'), 'integer', 'bigint');
    await world.refuses(`upgrade --expect ${digest}`, refusal);
    await world.edit(world.path('c1'), 'bigint', 'integer');
    assert.is((await world.asks(`upgrade --expect ${digest}`)).digest, digest, 'the run');
    assert.equal(
      await world.value(`SELECT array_agg(DISTINCT script) FROM updown.journal WHERE revision <> 'a1'`),
      [digest],
      'the ledger',
    );
    const down = await world.asks('downgrade a1 --dry-run');
    await world.refuses(`downgrade b1 --yes --expect ${down.digest}`, refusal);
    await world.does(`downgrade a1 --yes --expect ${down.digest}`);
  }));
test('--expect of a plan that was carried out already runs nothing', () =>
  withWorld(three, async (world) => {
    const { digest } = await world.asks('upgrade --dry-run');
    await world.does(`upgrade --expect ${digest}`);
    assert.equal((await world.asks(`upgrade --expect ${digest}`)).steps, []);
    assert.is((await world.journal()).length, 3);
  }));

/** What the command line does in a shell, after `$updown`: what it left on stderr, its own exit status last. */
async function inShell(line: string, folder: string, url: string): Promise<string> {
  const cli = process.env.UPDOWN_TEST_CLI;
  const words =
    cli === undefined ? [...sourceLoader(), new URL('../../bin/updown.ts', import.meta.url).pathname] : [cli];
  const env = { ...process.env, DATABASE_URL: url, updown: [process.execPath, ...words].join(' ') };
  const { stderr } = await runProcess('sh', ['-c', line], { cwd: folder, env });
  return stderr;
}
const many = Array.from({ length: 300 }, (_, index) => ({ id: `r${index}` }));

test('a reader that has enough is no failure', () =>
  withWorld(many, async ({ folder, database }) => {
    for (const command of ['upgrade --sql', 'history', 'history --json'])
      assert.is(
        await inShell(`{ $updown ${command}; echo "exit $?" >&2; } | head -1`, folder, database.url),
        'exit 0\n',
        command,
      );
    assert.is(
      await inShell(
        '{ $updown upgrade nope --json --quiet 2>/dev/null; echo "exit $?" >&2; } | true',
        folder,
        database.url,
      ),
      'exit 2\n',
    );
  }));
test('a run goes on when nobody reads its progress any more', () =>
  withWorld(many, async (world) => {
    const script = '{ { $updown upgrade 2>&1 >&3; echo "exit $?" >&4; } | head -1; } 3>/dev/null 4>&2';
    assert.is(await inShell(script, world.folder, world.database.url), 'exit 0\n');
    assert.is((await world.journal()).length, many.length);
  }));

test.run();
