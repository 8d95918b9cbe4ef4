import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropRepeatedPlans } from '../../lib/database/repeats.ts';

const frame = (type: string, body: string): Buffer => {
  const head = Buffer.from(`${type}\0\0\0\0`);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, Buffer.from(body)]);
};
const notice = (severity: string, message: string) => frame('N', `S${severity}\0V${severity}\0C00000\0M${message}\0\0`);
const plan = (milliseconds: string, text: string) => notice('INFO', `duration: ${milliseconds} ms  plan:\n${text}`);

function sift(pieces: readonly Uint8Array[], dropsRows = false): string {
  const { take, end } = dropRepeatedPlans(dropsRows);
  for (const piece of pieces) take(piece);
  return Buffer.from(end()).toString();
}

test('a plan that was told before is dropped, however the answer is cut; whatever else is said twice is kept', () => {
  const kept = [plan('0.1', '{"a"}'), plan('0.1', '{"b"}'), notice('INFO', 'hello'), notice('INFO', 'hello')];
  const other = [
    notice('NOTICE', 'duration: 1 ms  plan:\nx'),
    notice('NOTICE', 'duration: 1 ms  plan:\nx'),
    frame('Z', 'I'),
  ];
  const whole = Buffer.concat([...kept, plan('2.345', '{"a"}'), plan('0.1', '{"b"}'), ...other]);
  const expected = Buffer.concat([...kept, ...other]).toString();
  for (const size of [1, 3, 7, 64, whole.length]) {
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
      whole.subarray(at * size, (at + 1) * size),
    );
    assert.is(sift(pieces), expected, `in pieces of ${size}`);
  }
});

test('rows that nobody asks for are dropped as they come, however long they are', () => {
  const kept = [frame('C', 'SELECT 2\0'), notice('NOTICE', 'hello'), frame('Z', 'I')];
  const [first, second, third] = kept as [Buffer, Buffer, Buffer];
  const rows = [frame('T', 'columns'), frame('D', 'x'.repeat(90)), frame('D', '')];
  const whole = Buffer.concat([...rows, first, ...rows, second, ...rows, third]);
  for (let size = 1; size <= whole.length; size++) {
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
      whole.subarray(at * size, (at + 1) * size),
    );
    assert.is(sift(pieces, true), Buffer.concat(kept).toString(), `in pieces of ${size}`);
  }
});

test('what is no complete message is passed on as it came', () => {
  assert.is(sift([Buffer.from('N')]), 'N');
});

test.run();
