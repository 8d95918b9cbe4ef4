import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { computing } from '../support/cpu.ts';
import { pass, read, refused, refusedText } from './vocabulary.ts';

test('every directive is read from the head, between other comments and blank lines', () => {
  const { directives } = read(`
-- Adds an index. /* not a block
/* a block /* nested */ comment */
-- updown: no-transaction
--updown:irreversible
-- updown: unparsed

-- updown: lock-timeout=2s
-- updown: statement-timeout = 10min
-- updown: allow drop-column: nobody reads it, see #12: done
-- updown: allow table-rewrite: small table
DROP TABLE t;`);
  assert.equal(directives, {
    noTransaction: true,
    irreversible: true,
    unparsed: true,
    lockTimeout: '2s',
    statementTimeout: '10min',
    allow: [
      { rule: 'drop-column', reason: 'nobody reads it, see #12: done' },
      { rule: 'table-rewrite', reason: 'small table' },
    ],
  });
});

test('CRLF does not become part of a directive', () => {
  assert.is(read('-- updown: lock-timeout=2s\r\nSELECT 1;').directives.lockTimeout, '2s');
});

test('a file without directives asks for nothing', () => {
  assert.equal(read('-- updown is the tool\n-- updowns: x\nSELECT 1;').directives, {
    noTransaction: false,
    irreversible: false,
    unparsed: false,
    allow: [],
  });
});

test('an unknown directive is refused, with the one that was meant', () => {
  const typo = refused(() => read('-- a\n-- updown: no-transactoin\n'));
  assert.is(typo.message, 'Unknown directive "no-transactoin"');
  assert.is(typo.at, '2:12');
  assert.match(typo.hint, '"-- updown: no-transaction"');
  assert.match(refused(() => read('-- updown: lock_timeout=2s')).hint, '"-- updown: lock-timeout=2s"');
  assert.match(refused(() => read('-- updown: zzz')).hint, 'Known are: no-transaction,');
});

test('a directive with something behind it is refused', () => {
  for (const text of [
    'no-transaction please',
    'no-transaction=1',
    'irreversible -- why',
    'lock-timeout 2s',
    '',
    'constructor',
  ]) {
    assert.match(refused(() => read(`-- updown: ${text}`)).message, `Unknown directive "${text}"`);
  }
});

test('a directive given twice is refused at the second', () => {
  for (const text of ['irreversible', 'lock-timeout=2s', 'allow a: b']) {
    const { message, at } = refused(() => read(`-- updown: ${text}\n-- updown: ${text}\n`));
    assert.match(message, 'given twice');
    assert.is(at, '2:12');
  }
});

test('an "allow" without rule or reason is refused', () => {
  for (const text of ['allow', 'allow x', 'allow x:', 'allow : y', 'allow X Y: z']) {
    assert.match(refused(() => read(`-- updown: ${text}`)).message, 'needs a rule and a reason');
  }
});

test('a bad duration is refused, an injection too', () => {
  for (const text of ['2', '-1s', '1.5s', '2 s', '2S', '200us', '25d', '', "2s'; DROP TABLE t; --"]) {
    assert.match(refused(() => read(`-- updown: lock-timeout=${text}`)).message, 'is not a duration');
  }
});

test('a directive that would have no effect is refused: without colon, in a block comment, behind the head', () => {
  assert.match(refused(() => read('-- updown no-transaction')).message, 'needs a colon');
  assert.match(refused(() => read('/* updown: no-transaction */')).message, 'must be a "--" comment');
  assert.not(read('SELECT 1;\n-- updown: no-transaction').directives.noTransaction);
  const stray = refusedText('SELECT 1;\n  -- updown: no-transaction\n');
  assert.match(stray.message, 'before the first statement');
  assert.is(stray.at, '2:14');
  assert.match(refusedText(';\n-- updown: unparsed').message, 'before the first statement');
});

test('a directive under a misspelt name is refused, not taken for prose', () => {
  const spellings = ['updwon', 'up-down', 'up down', 'UpDonw', 'updow', 'updówn', 'uodown', 'updowns'];
  for (const word of spellings) {
    const { message, hint, at } = refused(() => read(`--  ${word}: lock-timeout=2s\r\nSELECT 1;`));
    assert.is(message, `"${word}" is not "updown"`);
    assert.is(hint, 'Write "-- updown: lock-timeout=2s".');
    assert.is(at, '1:5');
  }
  for (const text of ['no-transaction', 'irreversible', 'statement-timeout = 1s', 'allow drop-table: gone since May'])
    assert.is(refused(() => read(`-- updwon: ${text}`)).hint, `Write "-- updown: ${text}".`);
  assert.match(refusedText('SELECT 1;\n-- updwon: no-transaction\n').message, 'is not "updown"');
});

test('comments that only look a little like a directive are prose', async () => {
  const prose = [
    'note: no-transaction',
    'down: irreversible',
    'updwon: see the wiki',
    'updwon',
    'update: irreversible',
    'sets lock-timeout=2s',
    'undo: irreversible as the rows are gone',
  ];
  for (const comment of prose) assert.is(read(`-- ${comment}\nSELECT 1;`).directives.lockTimeout, undefined);
  assert.is(pass("SELECT '\n-- updwon: no-transaction\n';").statements.length, 1);
  const cost = await computing(() => read(`${'-'.repeat(200_000)}\n${'-- '.repeat(100_000)}`));
  assert.ok(cost < 500, String(cost));
});

test('what looks like a directive inside a string is data', () => {
  assert.is(pass("SELECT '\n-- updown: no-transaction\n', $$\n-- updown: nonsense\n$$;").statements.length, 1);
});

test('"irreversible" in an up.sql is refused', () => {
  assert.is(refusedText('-- updown: irreversible\n').at, '1:12');
  assert.equal(pass('-- updown: irreversible\n', 'down').statements, []);
});

test.run();
