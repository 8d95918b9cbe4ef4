import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseArgv } from '../../lib/cli/argv.ts';
import { refuseNeedless } from '../../lib/cli/needs.ts';
import { type OptionKey, options } from '../../lib/cli/options.ts';
import { type CommandName, commands, type Given, globalOptions } from '../../lib/cli/spec.ts';
import { readValues } from '../../lib/cli/values.ts';

/** What the command's action gets. */
function read<Name extends CommandName>(name: Name, line: string): Given<Name> {
  const command = commands.find((known) => known.name === name)!;
  return readValues(parseArgv(line.split(' ').filter(Boolean), command)) as Given<Name>;
}

function refusal(name: CommandName, line: string): string {
  const command = commands.find((known) => known.name === name)!;
  try {
    refuseNeedless(parseArgv(line.split(' '), command));
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

test('an action gets each option as its type says, and one that is not given too', () => {
  const { wait, resumeAt, sql, flavor, grantTo, from, dir } = read(
    'upgrade',
    '--wait 1.5 --resume-at 3 --sql --flavor plain --grant-to a --grant-to=b --from a1 --from b1,c1 --dir m',
  );
  assert.equal(
    { wait, resumeAt, sql, flavor, grantTo, from, dir },
    { wait: 1.5, resumeAt: 3, sql: true, flavor: 'plain', grantTo: ['a', 'b'], from: 'b1,c1', dir: 'm' },
  );
  const open = read('upgrade', '');
  assert.equal([open.wait, open.sql, open.flavor, open.grantTo], [undefined, false, undefined, []]);
});

test('an action can not read an option that its command does not declare', () => {
  // @ts-expect-error: only a downgrade asks, and so can be told not to.
  assert.is(read('upgrade', '').yes, undefined);
  // @ts-expect-error: `status --wait` waits for something else.
  assert.is(read('status', '--wait 2').wait, undefined);
  assert.is(read('status', '--wait 2').awaitHeads, 2);
});

test('a value that is none of its type is refused', () => {
  for (const line of ['--wait soon', '--wait -1', '--resume-at 0', '--resume-at 1.5', '--flavor mysql'])
    assert.throws(() => read('upgrade', line), new RegExp(`"${line.split(' ')[1]}"`), line);
});

test('every option that is declared is one of a command, and no command has two of one name', () => {
  const used = new Set<OptionKey>(
    [...commands.flatMap((command) => command.options), ...globalOptions].map(({ key }) => key),
  );
  assert.equal(
    (Object.keys(options) as OptionKey[]).filter((key) => !used.has(key)),
    [],
  );
  for (const command of commands) {
    const own = [...command.options, ...globalOptions];
    for (const names of [own.map(({ name }) => name), own.flatMap(({ short = [] }) => short)])
      assert.is(new Set(names).size, names.length, command.name);
  }
});

test('two options that exclude each other are refused in either order', () => {
  const pairs = [
    ['--bootstrap', '--split'],
    ['--bootstrap', '--one-transaction'],
    ['--split', '--one-transaction'],
    ['--from a1', '--from-database'],
  ];
  for (const [one, other] of pairs) {
    assert.match(refusal('upgrade', `--sql ${one} ${other}`), /don't go together/);
    assert.match(refusal('upgrade', `--sql ${other} ${one}`), /don't go together/);
  }
  assert.match(refusal('upgrade', '--sql --flavor plain --split'), 'is for psql');
  assert.match(refusal('upgrade', '--grant-to app'), '"--bootstrap"');
  assert.match(refusal('upgrade', '--sql --scratch postgres://h'), '"--annotate"');
  assert.is(refusal('review', '--scratch postgres://h'), '');
  assert.match(refusal('review', '--format sarif --json'), '"--format sarif"');
});

test.run();
