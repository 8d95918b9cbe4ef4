import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { logEvents } from '../../lib/cli/event-log.ts';
import { KnownFacts } from '../../lib/cli/log-facts.ts';
import { type Emit, upgrade } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { whileHeld } from '../survive/broken.ts';

interface Line {
  readonly time: string;
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Every line on stderr, each of which must be a JSON object. */
function linesOf(stderr: string): readonly Line[] {
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

function pick(line: Line | undefined, ...names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, line?.[name]]));
}

const two = [
  { id: 'a1', message: 'make t', up: 'CREATE TABLE t (n integer);\nINSERT INTO t SELECT generate_series(1, 7);\n' },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nUPDATE t SET n = n + 1 WHERE n < 4;\nCREATE INDEX CONCURRENTLY t_n ON t (n);\n',
  },
];

test('a run as lines of JSON: each step and statement with its place, rows and time', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, two);
    await withDatabase(async ({ url, name }) => {
      const { status, stdout, stderr } = await updown(['upgrade', '--log', 'json', '--url', url], { cwd });
      assert.is(status, 0, stderr);
      assert.match(stdout, /^Done: 2 revisions applied/);
      const lines = linesOf(stderr);
      assert.equal(
        lines.map(({ event }) => event),
        [
          ...['run-start', 'connected', 'planned'],
          ...['step-start', 'statement-end', 'statement-end', 'step-end'],
          ...['step-start', 'statement', 'statement-end', 'statement', 'statement-end', 'step-end'],
          'run-end',
        ],
      );
      const [first] = lines;
      for (const { time, level, run, command, project, database } of lines) {
        assert.is(new Date(time).toISOString(), time);
        assert.equal([level, run, command, project], ['info', first?.run, 'upgrade', first?.project]);
        assert.match(String(database), new RegExp(`^postgres://[^:]+@.*/${name}`));
      }
      const step = { op: 'up', revision: 'a1', name: 'make t', step: 1, steps: 2 };
      const [, rows] = lines.filter(({ event }) => event === 'statement-end');
      // Both came in one message, which the server answers as one.
      assert.equal(pick(rows, ...Object.keys(step), 'statement', 'statements', 'line', 'rows', 'milliseconds'), {
        ...step,
        ...{ statement: 2, statements: 2, line: 2, rows: 7, milliseconds: undefined },
      });
      const [update, build] = lines.filter(({ event, revision }) => event === 'statement-end' && revision === 'b1');
      assert.equal(pick(update, 'statement', 'rows', 'label'), { statement: 1, rows: 3, label: 'UPDATE' });
      assert.equal(pick(build, 'statement', 'rows'), { statement: 2, rows: undefined });
      for (const line of [update, build, lines[6], lines.at(-1)]) assert.type(line?.milliseconds, 'number');
      assert.equal(lines.at(-1)?.steps, [
        { op: 'up', id: 'a1' },
        { op: 'up', id: 'b1' },
      ]);
    });
  }));

test('what fails is a line as well: the statement, the step, the run, and the error with its words', () =>
  withProject({}, async (cwd) => {
    const up = 'CREATE TABLE u (n integer);\nSELECT 1 / 0;\nCREATE TABLE v ();\n';
    await writeProject(cwd, [{ id: 'a1', up }]);
    await withDatabase(async ({ url }) => {
      const { status, stderr } = await updown(['upgrade', '--log=json', '--url', url], { cwd });
      assert.is(status, 1);
      const lines = linesOf(stderr);
      const failed = lines.filter(({ level }) => level === 'error');
      assert.equal(
        failed.map((line) => pick(line, 'event', 'statement', 'line', 'sqlstate', 'code', 'exit')),
        [
          { event: 'statement-fail', statement: 2, line: 2, sqlstate: '22012', code: undefined, exit: undefined },
          {
            event: 'step-fail',
            statement: undefined,
            line: undefined,
            sqlstate: '22012',
            code: undefined,
            exit: undefined,
          },
          { event: 'run-fail', statement: undefined, line: undefined, sqlstate: '22012', code: 'sql', exit: undefined },
          { event: 'error', statement: undefined, line: undefined, sqlstate: '22012', code: 'sql', exit: 1 },
        ],
      );
      for (const fact of ['run', 'command', 'project', 'database'])
        assert.is(failed.at(-1)?.[fact], lines[1]?.[fact], fact);
      assert.ok(lines[1]?.project && lines[1]?.database);
      assert.match(String(failed.at(-1)?.message), 'division by zero');
      assert.equal(failed.at(-1)?.place, {
        ...{ file: 'migrations/20250101_0000_a1_add_a1/up.sql', line: 2, column: 1 },
      });
    });
  }));

test('a lock that is waited for is told, with who holds it, and how long that took', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'a1', up: 'CREATE TABLE t ();\n' },
      { id: 'b1', up: 'DROP TABLE t;\n' },
    ]);
    await withDatabase(async ({ url }) => {
      await updown(['upgrade', 'a1', '--url', url], { cwd });
      await whileHeld(url, 'LOCK TABLE t', async (release, pid) => {
        const pieces: string[] = [];
        const { emit } = logEvents(
          { write: (piece) => pieces.push(piece) },
          new KnownFacts({ run: 'one', command: 'upgrade' }),
          false,
        );
        const releasing: Emit = (event) => {
          emit(event);
          if (event.kind === 'blocked') void release();
        };
        await upgrade({ cwd, url, env: {}, emit: releasing });
        const lines = linesOf(pieces.join(''));
        const blocked = lines.find(({ event }) => event === 'blocked');
        assert.equal(pick(blocked, 'level', 'revision'), { level: 'warn', revision: 'b1' });
        assert.equal(pick(blocked?.by as Line, 'pid', 'application'), { pid, application: 'holder' });
        const waited = lines.find(({ event }) => event === 'unblocked')?.milliseconds;
        assert.ok(Number(waited) > 0);
        for (const kind of ['statement-end', 'step-end'])
          assert.is(lines.find(({ event }) => event === kind)?.lockMilliseconds, waited, kind);
      });
    });
  }));

test('no password is in a line: not in its database, nor in what the server says', () =>
  withProject({}, async (cwd) => {
    const up =
      "DO $$ BEGIN RAISE WARNING 'postgres://me:s3cr3t@db/shop'; END $$;\nCREATE ROLE postgres PASSWORD 's3cr3t';\n";
    await writeProject(cwd, [{ id: 'a1', up }]);
    await withDatabase(async ({ url }) => {
      const { password } = new URL(url);
      assert.is.not(password, '');
      const { stderr } = await updown(['upgrade', '--log', 'json', '--url', url], { cwd });
      for (const secret of ['s3cr3t', `:${password}@`]) assert.not.match(stderr, secret);
      const notice = linesOf(stderr).find(({ event }) => event === 'notice');
      assert.equal(pick(notice, 'level', 'severity', 'message'), {
        ...{ level: 'warn', severity: 'WARNING', message: 'postgres://me:***@db/shop' },
      });
    });
  }));

test('an error before any run is a line, too; --json keeps its one document on stdout', () =>
  withProject({}, async (cwd) => {
    const missing = await updown(['upgrade', '--log', 'json', '--json', '--url', 'postgres://h/d'], { cwd });
    assert.is(missing.status, 2);
    assert.equal(
      linesOf(missing.stderr).map((line) => pick(line, 'level', 'event', 'command', 'code', 'exit')),
      [{ level: 'error', event: 'error', command: 'upgrade', code: 'no-project', exit: 2 }],
    );
    assert.is(missing.json<{ error: { code: string } }>().error.code, 'no-project');
    const debug = await updown(['upgrade', '--log', 'json', '--url', 'postgres://h/d'], {
      cwd,
      env: { UPDOWN_DEBUG: '1' },
    });
    assert.equal(
      linesOf(debug.stderr).map((line) => /no-project/.test(String(line.debug))),
      [true],
    );
    const needless = await updown(['upgrade', '--sql', '--log', 'json'], { cwd });
    assert.match(String(linesOf(needless.stderr)[0]?.message), '"--log" is for a run');
    const other = await updown(['upgrade', '--log', 'xml'], { cwd });
    assert.match(other.stderr, 'Write --log json.');
  }));

test('stamp, downgrade and reset tell their steps in the same way, and --quiet leaves what is odd', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1', down: "DO $$ BEGIN RAISE NOTICE 'going'; END $$;\n" }]);
    await withDatabase(async ({ url, name }) => {
      const run = async (words: string) => {
        const { status, stderr } = await updown([...words.split(' '), '--log', 'json', '--url', url], { cwd });
        assert.is(status, 0, stderr);
        return linesOf(stderr);
      };
      const ops = (lines: readonly Line[]) =>
        lines
          .filter(({ event }) => event === 'step-end')
          .map(({ command, op, revision }) => `${command}: ${op} ${revision}`);
      assert.equal(ops(await run('stamp a1 --force')), ['stamp: stamp a1']);
      const down = await run('downgrade base --yes --quiet');
      assert.equal(
        down.map(({ event, message }) => [event, message]),
        [['notice', 'going']],
      );
      assert.equal(ops(await run('upgrade')), ['upgrade: up a1']);
      assert.equal(ops(await run(`reset --yes-destroy ${name}`)), ['reset: unstamp a1', 'reset: up a1']);
    });
  }));

test.run();
