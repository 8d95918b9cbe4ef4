import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readMetadata } from '../../lib/import/metadata.ts';

const read = (text: string): ReturnType<typeof readMetadata> =>
  readMetadata({ path: 'x/metadata.toml', bytes: new TextEncoder().encode(text) });

test('run_in_transaction is read with any spacing, quoting, comment and line end', () => {
  for (const text of [
    'run_in_transaction = false',
    'run_in_transaction=false\n',
    '\uFEFF# why\r\n\r\n  run_in_transaction\t= false # CONCURRENTLY\r\n',
    '"run_in_transaction" = false',
    "'run_in_transaction' = false",
  ]) {
    assert.equal(read(text), { runInTransaction: false, decisions: [] });
  }
});

test('true, a comment and an empty file leave the transaction', () => {
  for (const text of ['run_in_transaction = true', '# run_in_transaction = false', '']) {
    assert.equal(read(text), { runInTransaction: true, decisions: [] });
  }
});

test('a key of a table is another key', () => {
  const metadata = read('[other]\nrun_in_transaction = false\n');
  assert.is(metadata.runInTransaction, true);
  assert.equal(
    metadata.decisions.map((d) => [d.kind, d.line]),
    [
      ['settings', 1],
      ['settings', 2],
    ],
  );
});

test('an unknown key or value is reported with its line', () => {
  const metadata = read('run_in_transaction = "no"\nowner = "me"\n');
  assert.is(metadata.runInTransaction, true);
  assert.equal(
    metadata.decisions.map((d) => [d.kind, d.file, d.line]),
    [
      ['settings', 'x/metadata.toml', 1],
      ['settings', 'x/metadata.toml', 2],
    ],
  );
});

test.run();
