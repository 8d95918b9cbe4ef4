import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Direction } from '../../lib/graph/revision.ts';
import { type Adapted, adapt } from '../../lib/import/adapt.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';

await loadParser();

const run = (text: string, transactional = true, direction: Direction = 'up'): Adapted =>
  adapt(readSql(Buffer.from(text), 'x.sql'), { direction, transactional });

const kinds = ({ notes }: Adapted): readonly string[] => notes.map(({ kind, line }) => `${kind}:${line ?? ''}`);

function passesGate({ text }: Adapted): boolean {
  inspect(readSql(Buffer.from(text), 'x.sql'), { direction: 'up' });
  return true;
}

test('a file without words about transactions is left as it is', () => {
  const text = '-- head\nCREATE TABLE a (b int);\n\nSELECT $$BEGIN; COMMIT;$$ -- end';
  assert.equal(run(text), { text, notes: [] });
});

const wrappings: readonly (readonly [what: string, text: string, expected: string, line: number])[] = [
  ['BEGIN and COMMIT', '-- a\nBEGIN;\nSELECT 1;\nCOMMIT;\n', '-- a\n-- BEGIN;\nSELECT 1;\n-- COMMIT;\n', 2],
  ['START TRANSACTION and END', 'start transaction;\nSELECT 1;\nend;', '-- start transaction;\nSELECT 1;\n-- end;', 1],
  ['the long forms', 'BEGIN WORK;\nSELECT 1;\nEND TRANSACTION;', '-- BEGIN WORK;\nSELECT 1;\n-- END TRANSACTION;', 1],
  ['a last COMMIT without a semicolon', 'BEGIN;\nSELECT 1;\nCOMMIT', '-- BEGIN;\nSELECT 1;\n-- COMMIT', 1],
  ['a comment behind it', 'BEGIN; -- a\nSELECT 1;\nCOMMIT -- b\n', '-- BEGIN; -- a\nSELECT 1;\n-- COMMIT -- b\n', 1],
  ['indented', '  BEGIN;\n\tSELECT 1;\n  COMMIT;', '  -- BEGIN;\n\tSELECT 1;\n  -- COMMIT;', 1],
  ['one line', 'BEGIN; SELECT 1; COMMIT;', '/* BEGIN */ SELECT 1; /* COMMIT */', 1],
  ['all on one line', 'BEGIN; SELECT 1; COMMIT; -- x', '/* BEGIN */ SELECT 1; /* COMMIT */ -- x', 1],
  ['several lines', 'BEGIN\n-- why */\n;\nSELECT 1;\nCOMMIT;', '/* BEGIN */\n\n\nSELECT 1;\n-- COMMIT;', 1],
  ['behind a block comment', '/* a */ BEGIN;\nSELECT 1;\nEND;', '/* a */ /* BEGIN */\nSELECT 1;\n-- END;', 1],
  [
    'before a block comment of two lines',
    'BEGIN; /* a\nb */\nSELECT 1;\nEND;',
    '/* BEGIN */ /* a\nb */\nSELECT 1;\n-- END;',
    1,
  ],
  ['savepoints inside', 'BEGIN;\nSAVEPOINT a;\nRELEASE a;\nEND;', '-- BEGIN;\nSAVEPOINT a;\nRELEASE a;\n-- END;', 1],
  ['non-ASCII before it', "-- 日本 😀\nBEGIN;\nSELECT 'é';\nEND;", "-- 日本 😀\n-- BEGIN;\nSELECT 'é';\n-- END;", 2],
];

for (const [what, text, expected, line] of wrappings) {
  test(`its own transaction is taken out, every line stays on its number: ${what}`, () => {
    const adapted = run(text);
    assert.is(adapted.text, expected);
    assert.equal(kinds(adapted), [`own-transaction:${line}`]);
    assert.is(adapted.text.split('\n').length, text.split('\n').length);
    assert.ok(passesGate(adapted));
  });
}

test('BEGIN ATOMIC and plpgsql bodies are no transactions', () => {
  const body =
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;\n' +
    'CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  NULL;\nEND;\n$$;\n';
  assert.equal(run(body), { text: body, notes: [] });
  assert.is(run(`BEGIN;\n${body}COMMIT;\n`).text, `-- BEGIN;\n${body}-- COMMIT;\n`);
});

test('several transactions that hold everything become one, with a note', () => {
  const adapted = run('BEGIN;\nSELECT 1;\nCOMMIT;\n-- then\nBEGIN;\nSELECT 2;\nCOMMIT;\n');
  assert.is(adapted.text, '-- BEGIN;\nSELECT 1;\n-- COMMIT;\n-- then\n-- BEGIN;\nSELECT 2;\n-- COMMIT;\n');
  assert.equal(kinds(adapted), ['own-transaction:1']);
  assert.match(adapted.notes[0]?.message ?? '', '2 transactions became one');
});

const refusals: readonly (readonly [what: string, text: string, line: number])[] = [
  ['a statement before', 'SELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT;', 1],
  ['a statement behind', 'BEGIN;\nSELECT 2;\nCOMMIT;\nSELECT 1;', 4],
  ['a statement between', 'BEGIN;\nSELECT 2;\nCOMMIT;\nSELECT 3;\nBEGIN;\nSELECT 1;\nCOMMIT;', 4],
  ['CONCURRENTLY behind', 'BEGIN;\nSELECT 2;\nCOMMIT;\nCREATE INDEX CONCURRENTLY ON a (b);', 4],
  ['ROLLBACK', 'BEGIN;\nSELECT 2;\nROLLBACK;', 3],
  ['ABORT', 'BEGIN;\nSELECT 2;\nABORT;', 3],
  ['nested', 'BEGIN;\nBEGIN;\nCOMMIT;\nCOMMIT;', 2],
  ['no COMMIT', '\nBEGIN;\nSELECT 1;', 2],
  ['no BEGIN', '\nCOMMIT;', 2],
  ['COMMIT in the middle', 'SELECT 1;\nCOMMIT;\nSELECT 2;', 1],
  ['AND CHAIN', 'BEGIN;\nSELECT 1;\nCOMMIT AND CHAIN;\nSELECT 2;\nCOMMIT;', 3],
  ['an isolation level', 'BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;', 1],
  ['two-phase commit', "BEGIN;\nSELECT 1;\nPREPARE TRANSACTION 'x';", 3],
  [
    'an enum value committed before its use',
    "BEGIN;\nALTER TYPE a ADD VALUE 'b';\nCOMMIT;\nBEGIN;\nSELECT 'b'::a;\nCOMMIT;",
    2,
  ],
];

for (const [what, text, line] of refusals) {
  test(`transactions that can't be taken out are kept and named: ${what}`, () => {
    const adapted = run(text);
    assert.is(adapted.text, text);
    assert.equal(kinds(adapted), [`refused:${line}`]);
    assert.ok(adapted.notes[0]?.hint);
    assert.throws(() => passesGate(adapted));
  });
}

test('an enum value renamed or added last needs no commit of its own', () => {
  for (const first of ['SELECT 1;', "ALTER TYPE a RENAME VALUE 'x' TO 'b';"]) {
    const text = `BEGIN;\n${first}\nCOMMIT;\nBEGIN;\nALTER TYPE a ADD VALUE 'c';\nCOMMIT;`;
    assert.equal(kinds(run(text)), ['own-transaction:1']);
  }
});

const foreignToServer: readonly (readonly [what: string, text: string, line: number])[] = [
  ['F47: a psql command', 'SELECT 1;\n\\i other.sql\n', 2],
  ['F48: inline COPY data', 'COPY a FROM stdin;\n1\n\\.\n', 1],
  ['F58: an open quote', "SELECT 1;\nSELECT 'a", 2],
  ['a syntax error', 'SELECT 1;\n\nSELEC 2;', 3],
  ['F60: standard_conforming_strings', 'SELECT 1;\nSET standard_conforming_strings = off;', 2],
  ['F60: the same behind a directive', 'VACUUM a;\nSET standard_conforming_strings = off;', 2],
];

for (const [what, text, line] of foreignToServer) {
  test(`${what} is kept and named with its line`, () => {
    const adapted = run(text);
    assert.is(adapted.text, text);
    assert.equal(kinds(adapted), [`refused:${line}`]);
    assert.ok(adapted.notes[0]?.hint);
  });
}

test('a statement that needs no transaction brings the directive', () => {
  const adapted = run('-- why\nCREATE INDEX CONCURRENTLY a ON b (c)');
  assert.is(adapted.text, '-- updown: no-transaction\n-- why\nCREATE INDEX CONCURRENTLY a ON b (c)');
  assert.equal(kinds(adapted), ['no-transaction:2']);
  assert.is(adapted.notes[0]?.hint, undefined);
  assert.ok(passesGate(adapted));
});

test('several statements outside a transaction come with a warning', () => {
  const adapted = run('ALTER TABLE b ADD c int;\nCREATE INDEX CONCURRENTLY a ON b (c);');
  assert.equal(kinds(adapted), ['no-transaction:2']);
  assert.match(adapted.notes[0]?.hint ?? '', '2 statements are committed one by one');
});

test('a pair around CONCURRENTLY is taken out, and the transaction with it', () => {
  const adapted = run('BEGIN;\nCREATE INDEX CONCURRENTLY a ON b (c);\nCOMMIT;\n');
  assert.is(adapted.text, '-- updown: no-transaction\n-- BEGIN;\nCREATE INDEX CONCURRENTLY a ON b (c);\n-- COMMIT;\n');
  assert.equal(kinds(adapted), ['own-transaction:1', 'no-transaction:2']);
  assert.ok(passesGate(adapted));
});

test('a history that asks for no transaction gets none', () => {
  const adapted = run('DROP INDEX a;', false);
  assert.is(adapted.text, '-- updown: no-transaction\nDROP INDEX a;');
  assert.equal(kinds(adapted), ['no-transaction:']);
});

test('a history that asks for no transaction and has its own keeps one', () => {
  const adapted = run('BEGIN;\nSELECT 1;\nCOMMIT;', false);
  assert.is(adapted.text, '-- BEGIN;\nSELECT 1;\n-- COMMIT;');
  assert.equal(kinds(adapted), ['own-transaction:1']);
});

test('a savepoint outside a transaction is refused', () => {
  const text = 'SAVEPOINT a;\nSELECT 1;';
  const adapted = run(text, false);
  assert.is(adapted.text, text);
  assert.equal(kinds(adapted), ['refused:1']);
});

test('a directive that already exists is not given twice', () => {
  const text = '-- updown: no-transaction\nVACUUM a;';
  const adapted = run(text);
  assert.is(adapted.text, text);
  assert.equal(kinds(adapted), ['no-transaction:2']);
});

test('F55: a file without a statement is kept and reported', () => {
  for (const text of ['', '-- nothing\n', ' ;;\n']) {
    assert.equal(kinds(run(text)), ['empty:']);
    const down = run(text, false, 'down');
    // A blank one would be refused as forgotten: a comment says that it is meant.
    assert.match(down.text, text.includes('--') ? /^-- nothing\n$/ : /^-- Empty in the history/);
    assert.ok(down.text.endsWith(text));
    assert.equal(kinds(down), ['empty:']);
    assert.match(down.notes[0]?.hint ?? '', 'irreversible');
  }
  assert.equal(kinds(run('BEGIN;\nCOMMIT;\n')), ['own-transaction:1', 'empty:']);
});

test.run();
