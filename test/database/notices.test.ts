import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showEvents } from '../../lib/cli/event-lines.ts';
import { viewOf } from '../../lib/cli/view.ts';
import { limitNotices, longestNotice, mostNotices } from '../../lib/database/notices.ts';
import { dropRepeatedPlans } from '../../lib/database/repeats.ts';
import type { ServerMessage } from '../../lib/database/server-message.ts';
import { readServerMessage } from '../../lib/database/wire.ts';
import { withDatabase } from '../support/database.ts';
import { updownWithPeak } from '../support/peak.ts';
import { withProject, writeProject } from '../support/project.ts';

const notice = (message: string, severity = 'NOTICE'): ServerMessage => ({ severity, code: '00000', message });
const plan = (n: number) => notice(`duration: 0.1 ms  plan:\n{"Query Text": "${n}"}`, 'INFO');

test('of a message so many notices are told, and how many are left; the next message begins anew', () => {
  const told: string[] = [];
  const limit = limitNotices(({ message }) => told.push(message));
  for (let n = 0; n < mostNotices + 2_500; n++) limit.take(notice(`${n}`));
  limit.settle();
  assert.equal([told.length, told.at(-1)], [mostNotices + 1, '… and 2,500 more notices']);
  limit.take(notice('x'.repeat(1_000_000)));
  limit.settle();
  assert.equal([told.length, told.at(-1)], [mostNotices + 2, `${'x'.repeat(longestNotice)}…`]);
});

test('plans of a review are no notices', () => {
  const told: ServerMessage[] = [];
  const { take, settle } = limitNotices(
    (one) => told.push(one),
    ({ severity }) => severity === 'INFO',
  );
  for (let n = 0; n < mostNotices * 2; n++) take(plan(n));
  settle();
  assert.is(told.length, mostNotices * 2);
});

test('an embedded server answers with as many, and what follows them is kept', () => {
  const frame = (type: string, body: string): Buffer => {
    const head = Buffer.from(`${type}\0\0\0\0`);
    head.writeUInt32BE(Buffer.byteLength(body) + 4, 1);
    return Buffer.concat([head, Buffer.from(body)]);
  };
  const { take, end } = dropRepeatedPlans();
  for (let n = 0; n < 5_000; n++) take(frame('N', `SNOTICE\0C00000\0Mnotice ${n}\0\0`));
  take(frame('C', 'DO\0'));
  const answer = Buffer.from(end());
  const bodies: string[] = [];
  for (let at = 0; at < answer.length; at += answer.readUInt32BE(at + 1) + 1)
    bodies.push(
      String.fromCharCode(answer[at]!) +
        readServerMessage(answer.subarray(at + 5, at + 1 + answer.readUInt32BE(at + 1))).message,
    );
  assert.equal(bodies.slice(-3), [`Nnotice ${mostNotices - 2}`, 'N… and 4,001 more notices', 'C']);
  assert.is(bodies.length, mostNotices + 1);
});

test('where nobody reads what is printed, notices are counted and not kept', () => {
  const stream = {
    pieces: [] as string[],
    columns: 80,
    writableLength: 0,
    write: (piece: string) => stream.pieces.push(piece),
  };
  const { emit, end, pause } = showEvents(stream, viewOf(stream, {}, true), false);
  for (const [length, message] of [
    [0, 'first'],
    [2 << 20, 'second'],
    [2 << 20, 'third'],
    [0, 'fourth'],
  ] as const) {
    stream.writableLength = length;
    emit({ kind: 'notice', severity: 'NOTICE', code: '00000', message });
    pause();
  }
  end();
  const text = stream.pieces.join('');
  assert.not.match(text, /second|third/);
  assert.match(text, /first\n.*2 more notices, which nobody read in time\n.*fourth/);
});

const flood = (count: number) =>
  `DO $$ BEGIN FOR n IN 1..${count} LOOP RAISE NOTICE 'number % of a flood of notices', n; END LOOP; END $$;\n`;

test('a flood of notices fills neither the memory nor a log, of a server and an embedded one', async () => {
  await withDatabase(async ({ url }) => {
    const peaks = new Map<string, number>();
    for (const database of [url, 'pglite:data'])
      for (const count of [1_500, 200_000])
        await withProject({}, async (cwd) => {
          await writeProject(cwd, [{ id: 'a1', up: flood(count), down: '-- nothing\n' }], {
            project: `p${count}-abc123`,
          });
          const args = ['upgrade', '--url', database, '--ledger-schema', `ledger_${count}`];
          const { outcome, peak } = await updownWithPeak(args, { cwd });
          assert.is(outcome.status, 0, outcome.stderr);
          const lines = outcome.stderr.split('\n').filter((line) => line.includes('notice: '));
          const told = lines.length - 1;
          assert.ok(told === mostNotices || told === mostNotices - 1, `${told}`);
          assert.match(lines.at(-1) ?? '', `… and ${(count - told).toLocaleString('en-US')} more notices`);
          peaks.set(`${database} ${count}`, peak);
        });
    for (const database of [url, 'pglite:data']) {
      const [few = 0, many = 0] = [1_500, 200_000].map((count) => peaks.get(`${database} ${count}`));
      assert.ok(many - few < 80 << 20, `${(many - few) >> 20} MB more`);
    }
  });
});

test('a report of a review holds as many', async () => {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1', up: flood(20_000) }]);
    const { outcome } = await updownWithPeak(['review', '--json'], { cwd });
    const { steps } = outcome.json<{ steps: { statements: { notices: { message: string }[] }[] }[] }>();
    const { notices } = steps[0]!.statements[0]!;
    assert.is(notices.length, mostNotices);
    assert.is(notices.at(-1)?.message, '… and 19,001 more notices');
  });
});

test.run();
