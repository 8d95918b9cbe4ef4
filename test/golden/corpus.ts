import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  prepareBootstrap,
  prepareDowngrade,
  prepareStamp,
  prepareUpgrade,
  type Script,
  type ScriptFile,
} from '../../lib/index.ts';
import { printLedger, printPart } from '../../lib/ledger/text.ts';
import { renderBootstrap, renderPlainBootstrap } from '../../lib/script/bootstrap.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderScript } from '../../lib/script/psql.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

/** The folder of this repository, whose own migrations are part of it. */
const root: string = fileURLToPath(new URL('../../', import.meta.url));
export const place: URL = new URL('../fixtures/golden/', import.meta.url);

const tool = '0.0.0';
const env = {};

/** Of each kind that a script words in another way, one. */
const shapes: readonly TestRevision[] = [
  { id: 'a1', message: 'add customers', up: 'CREATE TABLE customers (id bigint PRIMARY KEY, name text);\n' },
  {
    id: 'b1',
    message: 'index names; a comment ends the file',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY customers_name ON customers (name);\nALTER TABLE customers SET (fillfactor = 90);\n-- the end',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY customers_name;\n',
  },
  {
    id: 'b2',
    parents: ['a1'],
    message: 'add orders',
    labels: ['shop'],
    up: 'CREATE TABLE orders (id bigint)',
    down: null,
  },
  { id: 'c1', parents: ['b1', 'b2'], message: 'join both', up: '', down: '' },
  {
    id: 'd1',
    message: 'drop a column, under a limit of its own',
    up: '-- updown: lock-timeout=10s\nRESET ALL;\nALTER TABLE customers DROP COLUMN name;\n',
    down: '-- updown: irreversible\n',
  },
  {
    id: 'e1',
    message: 'pieces that psql would read otherwise',
    up: "CREATE INDEX IF NOT EXISTS customers_id ON customers (id);\nSELECT ':n', 'it''s \\\\ $x$', $x$ ; $x$;\n",
  },
];

/**
 * Every script that is kept: its name below the golden folder, and its text. Where others of the same kind are kept whole, a digest will do.
 * The ledger's text stands in one file of its own, and only its name in all others.
 */
export async function collectGolden(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const digests: string[] = [];
  const add = ([name, text]: readonly [string, string]) => {
    if (/^(own|shapes)\/[\w.-]+\.sql$|^shapes\/(up|down\.plain)/.test(name)) files.set(name, text);
    else digests.push(`${createHash('sha256').update(text).digest('hex')}  ${name}\n`);
  };
  for await (const one of listOwn()) add(one);
  await withProject({}, async (cwd) => {
    await writeProject(cwd, shapes);
    for await (const one of listShapes(cwd)) add(one);
  });
  files.set('digests.txt', digests.join(''));
  const name = { schema: 'updown', project: 'test-abc123' };
  const ledger = printLedger(name);
  const [core, rest] = [printPart('updown', 'core'), printPart('updown', 'rest')];
  const tables = ledger.slice(0, ledger.indexOf(core));
  const shorten = (text: string) =>
    text
      .replaceAll(tables, '-- (the tables of ledger.sql)\n')
      .replaceAll(core, '-- (the core of ledger.sql)\n')
      .replaceAll(rest, '-- (the rest of ledger.sql)\n');
  const kept = new Map(Array.from(files, ([file, text]) => [file, shorten(text)]));
  return kept.set('ledger.sql', ledger);
}

async function* listOwn(): AsyncGenerator<readonly [string, string]> {
  const whole = await prepareUpgrade({ cwd: root, env });
  yield* printAll('own/base', whole);
  const from = whole.steps.at(-2)!.entries[0]!.id;
  yield* printAll('own/last', await prepareUpgrade({ cwd: root, env, from }));
}

async function* listShapes(cwd: string): AsyncGenerator<readonly [string, string]> {
  yield* printAll('shapes/up', await prepareUpgrade({ cwd, env }));
  yield* printAll('shapes/middle', await prepareUpgrade({ cwd, env, from: 'c1' }));
  yield* printAll('shapes/down', await prepareDowngrade({ cwd, env, from: 'b1', target: 'base' }));
  yield* printAll('shapes/stamp', await prepareStamp({ cwd, env, targets: ['c1'] }));
  const one = await prepareUpgrade({ cwd, env, from: 'c1', oneTransaction: true });
  yield ['shapes/middle.one-transaction.sql', print(renderScript(one, { tool }))];
  const bootstrap = await prepareBootstrap({ cwd, env });
  yield ['shapes/bootstrap.sql', print(renderBootstrap(bootstrap, { tool, grantTo: ['app'] }))];
  yield ['shapes/bootstrap.plain.sql', print(renderPlainBootstrap(bootstrap, { tool, grantTo: ['app'] }))];
}

function* printAll(name: string, script: Script): Generator<readonly [string, string]> {
  yield [`${name}.sql`, print(renderScript(script, { tool }))];
  yield* printFiles(`${name}.split`, renderSplit(script, { tool }));
  yield* printFiles(`${name}.plain`, renderPlain(script, { tool }));
}

function* printFiles(name: string, files: readonly ScriptFile[]): Generator<readonly [string, string]> {
  for (const file of files) yield [`${name}/${file.name}`, print(file.pieces)];
}

function print(pieces: Iterable<string>): string {
  return [...pieces].join('');
}
