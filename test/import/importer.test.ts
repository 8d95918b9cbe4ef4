import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../lib/graph/build.ts';
import type { Imported } from '../../lib/import/convert.ts';
import { importHistory } from '../../lib/import/importer.ts';
import { importTool, prepareUpgrade } from '../../lib/index.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { readSql } from '../../lib/sql/read.ts';
import { type Files, hasCode, makeHistory } from './history.ts';

const history: Files = {
  '000001_init.up.sql': 'BEGIN;\nCREATE TABLE a (b int);\nCOMMIT;\n',
  '000001_init.down.sql': 'DROP TABLE a;\n',
  '000002_index_b.up.sql': 'CREATE INDEX CONCURRENTLY a_b ON a (b);\n',
  '20240112123456_fill-a.up.sql': 'INSERT INTO a VALUES (1);\n',
  '20240112123456_empty-a.down.sql': '-- nothing\n',
  '20240112123457_gone.down.sql': 'SELECT 1;\n',
};

const decided = ({ decisions }: Imported): readonly string[] =>
  decisions.map(({ kind, version, file, line }) => [kind, version, file, line].filter(Boolean).join(' '));

test('a history becomes a chain of revisions with ids, folders and sources that never change', async () => {
  const { revisions } = await importHistory('golang-migrate', makeHistory(history));
  assert.equal(
    revisions.map(({ revision }) => revision),
    [
      {
        id: '41ca41ac1c29',
        parents: [],
        dependsOn: [],
        labels: [],
        folder: '00000000_0001_41ca41ac1c29_init',
        message: 'init',
        source: { tool: 'golang-migrate', version: '1', path: '000001_init.up.sql' },
      },
      {
        id: '6eb2d049a21c',
        parents: ['41ca41ac1c29'],
        dependsOn: [],
        labels: [],
        folder: '00000000_0002_6eb2d049a21c_index_b',
        message: 'index b',
        source: { tool: 'golang-migrate', version: '2', path: '000002_index_b.up.sql' },
      },
      {
        id: '04cdb7971763',
        parents: ['6eb2d049a21c'],
        dependsOn: [],
        labels: [],
        folder: '20240112_1234_04cdb7971763_fill_a',
        message: 'fill a',
        source: { tool: 'golang-migrate', version: '20240112123456', path: '20240112123456_fill-a.up.sql' },
      },
    ],
  );
});

test('diesel ids are pinned too, and differ from those of other tools', async () => {
  const { revisions } = await importHistory(
    'diesel',
    makeHistory({ '00000000000000_diesel_initial_setup/up.sql': 'SELECT 1', '2024-01-12-123456_a/up.sql': 'SELECT 1' }),
  );
  assert.equal(
    revisions.map(({ revision }) => [revision.id, revision.folder, revision.source?.path]),
    [
      ['5420df895777', '00000000_0000_5420df895777_diesel_initial_setup', '00000000000000_diesel_initial_setup'],
      ['7896c3c3dede', '20240112_1234_7896c3c3dede_a', '2024-01-12-123456_a'],
    ],
  );
});

test('every decision is reported, in the order of the history, skipped files last', async () => {
  const imported = await importHistory('golang-migrate', makeHistory(history));
  assert.equal(decided(imported), [
    'own-transaction 1 000001_init.up.sql 1',
    'no-transaction 2 000002_index_b.up.sql 1',
    'no-down 2 000002_index_b.up.sql',
    'empty 20240112123456 20240112123456_empty-a.down.sql',
    'skipped 20240112123457 20240112123457_gone.down.sql',
  ]);
});

test('what is imported passes the gate and the graph', async () => {
  const { revisions } = await importHistory('golang-migrate', makeHistory(history));
  for (const { up, down } of revisions) {
    inspect(readSql(Buffer.from(up), 'up.sql'), { direction: 'up' });
    inspect(readSql(Buffer.from(down), 'down.sql'), { direction: 'down' });
  }
  const graph = buildGraph(revisions.map(({ revision }) => revision));
  assert.equal(
    graph.order,
    revisions.map(({ revision }) => revision.id),
  );
});

test('a missing down.sql becomes one that refuses', async () => {
  const { revisions } = await importHistory('diesel', makeHistory({ '1_a/up.sql': 'SELECT 1;' }));
  const source = readSql(Buffer.from(revisions[0]?.down ?? ''), 'down.sql');
  assert.ok(source.directives.irreversible);
});

test('run_in_transaction = false covers up and down', async () => {
  const { revisions } = await importHistory(
    'diesel',
    makeHistory({
      '1_a/up.sql': 'CREATE INDEX CONCURRENTLY a ON b (c);',
      '1_a/down.sql': 'DROP INDEX a;',
      '1_a/metadata.toml': 'run_in_transaction = false\n',
    }),
  );
  assert.is(revisions[0]?.up, '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY a ON b (c);');
  assert.is(revisions[0]?.down, '-- updown: no-transaction\nDROP INDEX a;');
});

test('F51, F52: a BOM goes, CRLF becomes LF, and a note says where quotes held one', async () => {
  const imported = await importHistory(
    'golang-migrate',
    makeHistory({
      '1_a.up.sql': "\uFEFFSELECT 1;\r\nSELECT 'a\r\nb';\r\n",
      '1_a.down.sql': 'SELECT 1;\r\n-- "a\r\n',
    }),
  );
  assert.is(imported.revisions[0]?.up, "SELECT 1;\nSELECT 'a\nb';\n");
  assert.is(imported.revisions[0]?.down, 'SELECT 1;\n-- "a\n');
  assert.equal(decided(imported), ['line-ends 1 1_a.up.sql 2']);
});

test('everything else stays byte for byte', async () => {
  const text = "-- é 😀\n\tSELECT E'\\'' ; ;;  \n\n-- no line end";
  const { revisions } = await importHistory('diesel', makeHistory({ '1_a/up.sql': text, '1_a/down.sql': text }));
  assert.equal([revisions[0]?.up, revisions[0]?.down], [text, text]);
});

for (const [title, text, problem] of [
  ['F53: invalid UTF-8', Buffer.from('SELECT 1;\n-- \xff\n', 'latin1'), /UTF-8/],
  ['F54: a NUL byte', Buffer.from('SELECT 1;\n-- \0\nSELECT 2;'), /NUL/],
  ['a comment that looks like a directive', Buffer.from('\n-- updown: revert that later\nSELECT 1;\n'), /revert/],
] as const) {
  test(`${title} is kept to the byte and reported with its line, and the rest of the history is imported`, async () => {
    const folder = makeHistory({
      '1_a/up.sql': 'SELECT 1;',
      '2_b/up.sql': text,
      '2_b/down.sql': text,
      '3_c/up.sql': 'SELECT 3;',
    });
    const { revisions, decisions } = await importHistory('diesel', folder);
    assert.is(revisions.length, 3);
    assert.equal([revisions[1]?.up, revisions[1]?.down], [text, text]);
    const refused = decisions.filter(({ kind }) => kind === 'refused');
    assert.equal(
      refused.map(({ file, line }) => [file, line]),
      [
        ['2_b/up.sql', 2],
        ['2_b/down.sql', 2],
      ],
    );
    for (const { message, hint } of refused) {
      assert.match(message, problem);
      assert.ok(hint);
    }
  });
}

test('F53: a file that is no text reaches the project as it is, and is refused where it would be sent', async () => {
  const bytes = Buffer.from('SELECT 1;\n-- \xff\n', 'latin1');
  const path = makeHistory({ '1_a/up.sql': bytes });
  const cwd = makeHistory({});
  const { revisions } = await importTool({ cwd, tool: 'diesel', path });
  const file = `migrations/${revisions[0]?.folder}/up.sql`;
  assert.equal(readFileSync(join(cwd, file)), bytes);
  const error = await hasCode('input', prepareUpgrade({ cwd, env: {} }));
  assert.equal([error.place?.file, error.place?.line], [file, 2]);
});

test('comments that speak to this program are reported', async () => {
  const imported = await importHistory(
    'diesel',
    makeHistory({ '1_a/up.sql': '-- updown: lock-timeout=2s\nSELECT 1;' }),
  );
  assert.equal(decided(imported), ['settings 1 1_a/up.sql', 'no-down 1 1_a']);
});

test('versions that differ in case only get ids that differ in more', async () => {
  const { revisions } = await importHistory(
    'diesel',
    makeHistory({ 'AB_x/up.sql': 'SELECT 1', 'Ab_x/up.sql': 'SELECT 1', 'head_x/up.sql': 'SELECT 1' }),
  );
  const ids = revisions.map(({ revision }) => revision.id);
  assert.is(ids[0], 'AB');
  assert.match(ids[1] ?? '', /^[0-9a-f]{12}$/);
  assert.match(ids[2] ?? '', /^[0-9a-f]{12}$/);
  buildGraph(revisions.map(({ revision }) => revision));
});

test('a folder without a migration is an error that says what one looks like', async () => {
  const folder = makeHistory({ 'migrations/1_a.up.sql': '', 'README.md': '' });
  const error = await hasCode('input', importHistory('golang-migrate', folder));
  assert.match(error.hint ?? '', '000001_create_users.up.sql');
  assert.ok(error.notes.some((note) => note.includes('"migrations"')));
});

test('an unknown tool is an error that lists the known ones', async () => {
  const error = await hasCode('usage', importHistory('dieselx', '.'));
  assert.match(error.hint ?? '', 'diesel, golang-migrate');
});

test.run();
