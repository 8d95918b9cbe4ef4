import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withDesk } from './desk.ts';
import { hintsOf, isSaid } from './scan.ts';

interface Edit {
  /** As test/hints/table.txt has it. */
  readonly says: string;
  readonly from: string | Buffer;
  /** Edited as the hint says; where that gives the text to write, taken out of it. */
  readonly to: string | ((hint: string) => string);
  /** Default `up`: then it is an upgrade that is refused. */
  readonly file?: 'down';
  /** Of a file that stays refused as an up.sql: written there instead. */
  readonly moves?: true;
}

const body = (end: string) => `CREATE FUNCTION f() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 1; ${end}`;
const mark = (code: number) => String.fromCodePoint(code);
/** The directive that the hint gives, in front. */
const written = (rest: string) => (hint: string) => `${/"(-- updown: [^"]+)"/.exec(hint)?.[1]}\n${rest}`;

const edits: readonly Edit[] = [
  // Directives.
  {
    says: 'Move "-- updown: …" to the head of the file.',
    from: 'SELECT 1;\n-- updown: lock-timeout=2s\n',
    to: written('SELECT 1;\n'),
  },
  {
    says: 'Write "-- updown: …" on a line of its own.',
    from: '/* updown: lock-timeout=2s */ SELECT 1;\n',
    to: written('SELECT 1;\n'),
  },
  { says: 'Write "-- updown: …".', from: '-- updown no-transaction\nVACUUM;\n', to: written('VACUUM;\n') },
  { says: 'Write "-- updown: …".', from: '-- up-down: no-transaction\nVACUUM;\n', to: written('VACUUM;\n') },
  {
    says: 'Write "-- updown: allow <rule>: <reason>".',
    from: '-- updown: allow truncate\nSELECT 1;\n',
    to: (hint) => written('SELECT 1;\n')(hint).replace('<rule>', 'truncate').replace('<reason>', 'a table of tests'),
  },
  {
    says: 'Known are: ….',
    from: '-- updown: quickly\nSELECT 1;\n',
    to: (hint) => `-- updown: ${/lock-timeout=\w+/.exec(hint)?.[0]}\nSELECT 1;\n`,
  },
  {
    says: 'Did you mean "-- updown: …"? Write one directive on a line, with nothing after it.',
    from: '-- updown: no-transactions\nVACUUM;\n',
    to: written('VACUUM;\n'),
  },
  {
    says: 'Keep one of them.',
    from: '-- updown: lock-timeout=2s\n-- updown: lock-timeout=3s\nSELECT 1;\n',
    to: '-- updown: lock-timeout=3s\nSELECT 1;\n',
  },
  {
    says: 'Write a whole number and a unit, such as "-- updown: …=2s", from 1ms to 24d (units: us, ms, s, min, h, d), or 0 for no limit.',
    from: '-- updown: lock-timeout=1.5s\nSELECT 1;\n',
    to: written('SELECT 1;\n'),
  },
  // The step around the file.
  {
    says: 'Each statement of a no-transaction file is sent on its own, so nothing groups them. Take … out; what must happen together goes into a file without that directive.',
    from: '-- updown: no-transaction\nBEGIN;\nCREATE TABLE b ();\nCOMMIT;\n',
    to: 'CREATE TABLE b ();\n',
  },
  {
    says: 'Take … out: a file runs in one transaction already. What must be committed in between goes into another revision.',
    from: 'BEGIN;\nCREATE TABLE b ();\nCOMMIT;\n',
    to: 'CREATE TABLE b ();\n',
  },
  {
    says: 'Put "-- updown: no-transaction" at the head of the file, best with this statement alone in it.',
    from: 'CREATE INDEX CONCURRENTLY ON t_a1 (id);\n',
    to: written('CREATE INDEX CONCURRENTLY ON t_a1 (id);\n'),
  },
  {
    says: "it changes where a string ends. Write strings that need backslash escapes as E'…'.",
    from: "SET standard_conforming_strings = off;\nSELECT 'a\\tb';\n",
    to: "SELECT E'a\\tb';\n",
  },
  {
    says: "it changes which strings the SQL after it may contain. Write a quote in a string as ''.",
    from: "SET backslash_quote = on;\nSELECT E'it\\'s';\n",
    to: "SELECT E'it''s';\n",
  },
  {
    says: 'every file is UTF-8, and is sent as that. What follows would be stored as other characters.',
    from: "SET client_encoding = latin1;\nSELECT 'ä';\n",
    to: "SELECT 'ä';\n",
  },
  { says: 'Take it out: …', from: "SET client_encoding = 'sql_ascii';\n", to: 'SELECT 1;\n' },
  {
    says: 'Move it to the down.sql of the same revision: that is the one that refuses to run.',
    from: '-- updown: irreversible\nCREATE TABLE b ();\n',
    to: 'CREATE TABLE b ();\n',
    moves: true,
  },
  // Bodies that psql cuts by counting words.
  {
    says: 'If it is a name, write it as "begin".',
    from: body('SELECT begin FROM (SELECT 1) AS b (begin); END;\n'),
    to: body('SELECT "begin" FROM (SELECT 1) AS b ("begin"); END;\n'),
  },
  {
    says: 'If it is a name, write it as "case"; if it is an expression, close it with END.',
    from: body('SELECT 2 AS case; END;\n'),
    to: body('SELECT 2 AS "case"; END;\n'),
  },
  {
    says: 'If it is a name, write it as "end"; if it ends the body, put a semicolon before it.',
    from: body('SELECT 2 AS end; END;\n'),
    to: body('SELECT 2 AS "end"; END;\n'),
  },
  {
    says: ' If it opens a body, close that with "END;".',
    from: '-- updown: unparsed\nCREATE FUNCTION f() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 1;\n',
    to: `-- updown: unparsed\n${body('END;\n')}`,
  },
  {
    says: 'If it is a name, write it as "begin"; if it opens a body, begin the statement with CREATE FUNCTION or CREATE PROCEDURE.',
    from: `-- updown: unparsed\nCREATE SCHEMA s ${body('END;\n')}`,
    to: `-- updown: unparsed\n${body('END;\n')}`,
  },
  {
    says: 'Give this statement a revision of its own.',
    from: '-- updown: no-transaction\n-- updown: unparsed\nVACUUM;\nVACUUM t_a1;\n',
    to: '-- updown: no-transaction\n-- updown: unparsed\nVACUUM;\n',
  },
  { says: 'Close it with ")".', from: '-- updown: unparsed\nSELECT (1;\n', to: '-- updown: unparsed\nSELECT (1);\n' },
  // What the parser says.
  {
    says: 'If this is a psql variable, write its value out: the server does not replace variables.',
    from: 'SELECT :name;\n',
    to: "SELECT 'value';\n",
  },
  {
    says: 'Correct the SQL; or, if it is syntax of a server newer than PostgreSQL 18, put "-- updown: unparsed" at the head of the file.',
    from: 'SELEC 1;\n',
    to: 'SELECT 1;\n',
  },
  {
    says: 'Split the statement; or put "-- updown: unparsed" at the head of the file and let the server judge it.',
    from: `SELECT ${Array(60_000).fill('1').join('+')};\n`,
    to: `${`SELECT ${Array(60).fill('1').join('+')};\n`.repeat(2)}`,
  },
  // Bytes, and what is not seen.
  { says: 'Delete that byte; PostgreSQL text cannot hold it.', from: 'SELECT 1;\0\n', to: 'SELECT 1;\n' },
  {
    says: 'Delete it; it often comes from joining two files.',
    from: 'SELECT 1;\n\uFEFFSELECT 2;\n',
    to: 'SELECT 1;\nSELECT 2;\n',
  },
  {
    says: "It looks like UTF-16, which PowerShell's > writes: save it as UTF-8; a script is better written with -o.",
    from: Buffer.from('\uFEFFSELECT 1;\n', 'utf16le'),
    to: 'SELECT 1;\n',
  },
  { says: 'Save the file as UTF-8.', from: Buffer.from("SELECT 'ä';\n", 'latin1'), to: "SELECT 'ä';\n" },
  {
    says: 'Delete it; if the name has it, write the name as U&"………".',
    from: `SELECT 1 AS "a${mark(0x200b)}b";\n`,
    to: (hint) => `SELECT 1 AS ${/U&"…(.+?)…"/.exec(hint)?.[0].replaceAll('…', 'a')};\n`,
  },
  {
    says: 'Replace it by a plain space, or delete it; if the name has it, put the name in double quotes.',
    from: `SELECT 1 AS a${mark(0x200b)}b;\n`,
    to: 'SELECT 1 AS ab;\n',
  },
  {
    says: 'Replace it by a plain space: PostgreSQL takes it for one only from version 16 on.',
    from: 'SELECT\v1;\n',
    to: 'SELECT 1;\n',
  },
  {
    says: 'Put a line feed there: save the file with line ends of Unix or Windows.',
    from: '-- a remark\rSELECT 1;\n',
    to: '-- a remark\nSELECT 1;\n',
  },
  {
    says: "Write it as an escape, E'………', or close it with ….",
    from: `SELECT 'a${mark(0x202e)}b';\n`,
    to: (hint) => `SELECT ${/E'…(.+?)…'/.exec(hint)?.[0].replaceAll('…', 'a')};\n`,
  },
  {
    says: 'Delete it, or close it on its line with ….',
    from: `-- a${mark(0x202e)}b\nSELECT 1;\n`,
    to: (hint) =>
      `-- a${mark(0x202e)}b${mark(Number.parseInt(/close it on its line with U\+(\w+)/.exec(hint)?.[1] ?? '', 16))}\nSELECT 1;\n`,
  },
  // What psql would read otherwise.
  {
    says: "It has forgotten by this line that the string is an E'' one. Write the string in one piece, or put || E in front of this quote.",
    from: "SELECT E'a'\n'\\'b';\n",
    to: "SELECT E'a'\n|| E'\\'b';\n",
  },
  { says: 'Put a space between the two.', from: 'SELECT 1AS a;\n', to: 'SELECT 1 AS a;\n' },
  {
    says: 'Put a space after the colon.',
    from: 'SELECT (ARRAY[1,2])[1:QUIET] FROM (SELECT 2) AS q ("quiet");\n',
    to: 'SELECT (ARRAY[1,2])[1: QUIET] FROM (SELECT 2) AS q ("quiet");\n',
  },
  {
    says: 'Close it with "*/". Block comments nest: each "/*" inside needs its own.',
    from: '/* a /* b */ SELECT 1;\n',
    to: '/* a /* b */ */ SELECT 1;\n',
  },
  {
    says: 'Close it with the same tag, ….',
    from: 'DO $a$ BEGIN NULL; END $b$;\n',
    to: (hint) => `DO $a$ BEGIN NULL; END ${/tag, (.*)\.$/.exec(hint)?.[1]};\n`,
  },
  {
    says: "A backslash does not escape a quote in a plain string: double it (''), or write E'…\\''.",
    from: "SELECT 'it\\'s';\n",
    to: "SELECT 'it''s';\n",
  },
  { says: 'Close it with …; a … inside is written twice.', from: "SELECT 'it;\n", to: "SELECT 'it';\n" },
  {
    says: 'Take it out: a migration is plain SQL, and the server knows no backslash commands.',
    from: '\\timing on\nSELECT 1;\n',
    to: 'SELECT 1;\n',
  },
  {
    says: 'pg_dump writes \\restrict and \\unrestrict around its dumps: delete both lines.',
    from: '\\restrict abc\nSELECT 1;\n\\unrestrict abc\n',
    to: 'SELECT 1;\n',
  },
  {
    says: 'Remove it: the database is the one of --url. Use a separate project for the other database.',
    from: '\\connect other\nSELECT 1;\n',
    to: 'SELECT 1;\n',
  },
  {
    says: "Put that file's SQL here instead: what was reviewed has to be all that runs.",
    from: '\\i other.sql\n',
    to: 'SELECT 1;\n',
  },
  {
    says: 'Write the value out: psql variables and conditions mean nothing to the server.',
    from: "\\set name value\nSELECT 'x';\n",
    to: "SELECT 'value';\n",
  },
  {
    says: 'Write the rows as INSERT statements (pg_dump: --inserts), or COPY from a file on the server.',
    from: 'COPY t_a1 (id) FROM stdin;\n1\n\\.\n',
    to: 'INSERT INTO t_a1 (id) VALUES (1);\n',
  },
  {
    says: 'Take it out: a migration has nowhere to send rows to, and errors after it would be lost.',
    from: 'COPY t_a1 TO STDOUT;\nSELECT 1;\n',
    to: 'SELECT 1;\n',
  },
];

for (const [number, { says, from, to, file, moves }] of edits.entries()) {
  test(`an edit that a hint asks for is accepted, and runs (${number}): ${says}`, () =>
    withDesk(
      [
        { id: 'a1', up: 'CREATE TABLE t_a1 (id integer);\n' },
        { id: 'b1', up: 'SELECT 1;\n', down: 'SELECT 1;\n' },
      ],
      async (desk) => {
        await desk.does('upgrade');
        await desk.does('downgrade a1 --yes');
        await desk.writeBytes('b1', from, file);
        const hint = await desk.fails('upgrade', 'input');
        assert.ok(isSaid(hint, says), hint);
        assert.is(await desk.fails('upgrade --sql', 'input'), hint);
        const text = typeof to === 'string' ? to : to(hint);
        await desk.write('b1', text, file);
        if (moves) await desk.write('b1', `${String(from).split('\n')[0]}\n`, 'down');
        await desk.does('upgrade');
        await desk.does('upgrade --sql');
        if (moves) await desk.fails('downgrade a1 --yes', 'irreversible');
      },
    ));
}

test('there is a case for every hint of the section', () => {
  const told = hintsOf('hints/edits.test.ts: an edit that a hint asks for is accepted');
  assert.equal(
    told.filter((hint) => !edits.some(({ says }) => says.trim() === hint.trim())),
    [],
  );
  assert.equal(
    edits.map(({ says }) => says.trim()).filter((says) => !told.some((hint) => hint.trim() === says)),
    [],
  );
});

test.run();
