import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printLock } from '../../lib/ledger/making.ts';
import { printRaise } from '../../lib/ledger/raise.ts';
import { type Refusal, refusals } from '../../lib/ledger/refusals.ts';
import { listRoutines, printLedger } from '../../lib/ledger/text.ts';
import { withDatabase } from '../support/database.ts';

const read = (name: string) => readFileSync(new URL(`../../lib/ledger/${name}.sql`, import.meta.url), 'utf8');
const parts = [
  { name: 'core', call: 'refuse' },
  { name: 'rest', call: 'refuse_step' },
] as const;

for (const { name, call } of parts) {
  test(`${name}.sql refuses for the reasons of its table, and for each of them`, () => {
    const calls = [...read(name).matchAll(new RegExp(`PERFORM ledger\\.${call}\\(((?:[^;])*);`, 'g'))];
    const named = calls.flatMap(([, given = '']) => {
      // The reason is the first argument: one constant, or a CASE of several.
      const first = given.startsWith('CASE') ? given.slice(0, given.indexOf(' END')) : given.split(',')[0];
      const compared = /(?:=|\?|WHEN \w+ =)\s*'[^']*'/g;
      return [...first!.replace(compared, '').matchAll(/'([^']*)'/g)].map(([, reason]) => reason!);
    });
    const known = Object.keys(refusals[name]);
    // A reason may hold a comma.
    const used = known.filter((reason) => read(name).includes(`'${reason}'`));
    assert.equal(used, known, 'each is raised');
    const unknown = named.filter((reason) => !known.some((one) => one === reason || one.startsWith(`${reason},`)));
    assert.equal(unknown, []);
  });
}

test('each refusal has places for no more than it is given, and says what to do', () => {
  for (const [reason, { message, hint }] of Object.values(refusals).flatMap((rows) => Object.entries<Refusal>(rows))) {
    assert.match(hint, /\w{2} \w/, reason);
    assert.not.match(`${message}${hint}`, /%(?!\d\$[sI]|%)/, reason);
  }
});

test('what is known when a refusal is printed stands in its text', () => {
  assert.match(printRaise('no ledger', 'updown', ["'o''brien, b1'"]), "'UD004: this script starts from o''brien, b1,");
  assert.match(printRaise('other version', '100% "ours"', []), 'the ledger in schema 100% "ours" was made by another');
  assert.match(
    printRaise('role', 'updown', ['caller']),
    'format(\'UD010: this session has set its role to "%s"\', caller)',
  );
});

test('where the holder of the lock has gone meanwhile, nobody is told to end it', () =>
  withDatabase(async ({ query }) => {
    const taken = printLock('updown').replace(/pg_catalog\.pg_try_advisory_xact_lock\([^)]*\)/, 'false');
    const error = await query(`DO $$ DECLARE holder integer; BEGIN ${taken} END $$`).catch((reason) => reason);
    assert.is(error.code, 'UD001');
    assert.is(error.detail, 'It has gone meanwhile.');
    assert.is(error.hint, 'Wait for it and run this again.');
  }));

test('a schema of any name stands in the ledger as a name, and as a text', () => {
  const text = printLedger({ schema: `it's "ours"`, project: 'p-1' });
  assert.not.match(text, /\bledger\.\w/);
  assert.match(text, 'CREATE TABLE "it\'s ""ours""".journal (');
  assert.match(text, `'"it''s ""ours""".journal'::regclass`);
  assert.match(text, `nspname = 'it''s "ours"'`);
});

test('no line of it is longer than a screen, and nothing in it is beyond ASCII', () => {
  const text = printLedger({ schema: 'updown', project: 'stagedoor-b7e3d815' });
  assert.equal(
    text.split('\n').filter((line) => line.length > 120),
    [],
  );
  // A database of another encoding could not hold it.
  assert.match(text, /^[\x20-\x7e\n]*$/);
  assert.ok(listRoutines('core').length > 20 && listRoutines('rest').length > 20);
});

test.run();
