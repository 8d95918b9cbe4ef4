import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MeasuredStatement } from '../../lib/review/measured.ts';
import type { Snapshot } from '../../lib/review/snapshot.ts';
import { findTakenNames, freeName, nameBeside } from '../../lib/review/ways/free-name.ts';

/** All that is asked of a statement. */
function having(...taken: readonly string[]): MeasuredStatement {
  return { adviceFacts: { taken } } as unknown as MeasuredStatement;
}

/** Whether a relation of this name counts among the names that are taken. */
function isFound(called: string): boolean {
  const none = new Map();
  const relations = new Map([[1, { called }]]);
  return findTakenNames({ relations, columns: none, constraints: none, objects: none } as unknown as Snapshot).includes(
    called,
  );
}

test('a name that is taken gets a number, and so does one whose trigger has its name already', () => {
  assert.is(freeName(having(), 'public.orders', 'total', 'fill'), 'orders_total_fill');
  assert.is(freeName(having('orders_total_fill'), 'public.orders', 'total', 'fill'), 'orders_total_fill2');
  assert.is(
    freeName(having('orders_total_fill', 'zzzz_orders_total_fill2'), 'public.orders', 'total', 'fill'),
    'orders_total_fill3',
  );
  assert.is(freeName(having('"Odd One_check1"'), 'public."Odd One"', 'check1'), '"Odd One_check12"');
  assert.is(nameBeside(having('orders_code_new'), 'public.orders_code'), 'public.orders_code_new2');
});

test('what it gives is known as its own when it is taken', () => {
  const long = `public.${'l'.repeat(63)}`;
  for (const ending of ['new', 'fill', 'proof', 'within', 'without', 'check', 'check1', 'not_null'] as const) {
    const first = freeName(having(), long, ending);
    assert.ok(isFound(first), first);
    const second = freeName(having(first), long, ending);
    assert.ok(isFound(second) && second !== first && Buffer.byteLength(second) === 63, second);
  }
  assert.ok(isFound('zzzz_orders_total_fill'));
  assert.not(isFound('renewal'));
});

test.run();
