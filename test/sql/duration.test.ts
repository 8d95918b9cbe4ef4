import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isDuration } from '../../lib/sql/duration.ts';

test("PostgreSQL's units are durations", () => {
  for (const text of ['0', '1000us', '1ms', '2s', '10min', '3h', '24d', '2147483647ms'])
    assert.ok(isDuration(text), text);
});

test('what the server would round to no limit, or refuse, is no duration', () => {
  for (const text of ['0us', '999us', '0s', '2147483648ms', '25d', '2', 's', '1.5s', '2 s', '2s ', '2m', '1e3s', '']) {
    assert.not(isDuration(text), text);
  }
});

test.run();
