import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ignoring } from '../../lib/drift/ignore.ts';
import type { Change } from '../../lib/schema/change.ts';

const change = (kind: string, name: unknown, of?: unknown) =>
  ({ kind, name, value: {}, ...(of === undefined ? {} : { of }) }) as unknown as Change;

const table = { schema: 'app', name: 'a.b*' };
const dropped = change('index-dropped', 'i_1', { kind: 'table', name: table });

test('a pattern names an object, a part of one, or a kind of change', () => {
  const meant: readonly (readonly [string, Change])[] = [
    ['table app.*', change('table-added', { schema: 'app', name: 'x' })],
    ['table partman.*', change('table-dropped', { schema: 'partman', name: 'p_2024' })],
    ['index i_* of table *', dropped],
    ['* of table app."a.b*"', dropped],
    ['index-*', dropped],
  ];
  for (const [pattern, one] of meant) assert.ok(ignoring([pattern])(one), pattern);
  const others: readonly (readonly [string, Change])[] = [
    ['table app', change('table-added', { schema: 'app', name: 'x' })],
    ['table app.x', change('table-added', { schema: 'app', name: 'xy' })],
    ['table .pp.x', change('table-added', { schema: 'app', name: 'x' })],
    ['index', dropped],
  ];
  for (const [pattern, one] of others) assert.not.ok(ignoring([pattern])(one), pattern);
  assert.not.ok(ignoring([])(dropped));
});

test.run();
