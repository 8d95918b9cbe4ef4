import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { measureLegibility } from '../bench/legibility.ts';
import { parseArgv } from '../lib/cli/argv.ts';
import { commands, globalOptions } from '../lib/cli/spec.ts';
import { readValues } from '../lib/cli/values.ts';
import { prepareDowngrade } from '../lib/command/downgrade.ts';
import { prepareUpgrade, upgrade } from '../lib/command/upgrade.ts';
import { type ErrorCode, isUpdownError, UpdownError } from '../lib/errors.ts';
import { importers } from '../lib/import/importer.ts';
import * as library from '../lib/index.ts';
import { raised } from '../lib/ledger/refusals.ts';
import { printLedger } from '../lib/ledger/text.ts';
import { parseConfig } from '../lib/project/config.ts';
import type { Script } from '../lib/script/script.ts';
import { readSql } from '../lib/sql/read.ts';
import { updown } from './support/cli.ts';
import { withDatabase } from './support/database.ts';
import { findAnchors, findCode, findFences, findLinks, findRows, findSession } from './support/markdown.ts';
import { cleanEnvironment, runProcess } from './support/process.ts';
import { withProject, writeProject } from './support/project.ts';
import { sourceLoader } from './support/source-loader.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages: ReadonlyMap<string, string> = new Map(
  [
    'README.md',
    ...readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ].map((name) => [name, read(name)]),
);

test('docs/errors.md lists every error code with its exit status, and no other', () => {
  const source = read('lib/errors.ts');
  const table = source.slice(source.indexOf('{'), source.indexOf('} as const'));
  const codes = Array.from(table.matchAll(/^ {2}'?([a-z-]+)'?: /gm), ([, code]) => code as ErrorCode);
  const wanted = codes.map((code) => `${code} ${new UpdownError(code, '').exitStatus}`);
  const listed = findRows(page('docs/errors.md'))
    .slice(1)
    .map(([code = '', exit]) => `${findCode(code)[0]} ${exit}`);
  assert.ok(wanted.length > 30);
  assert.equal(listed, wanted);
});

test('README and runbook list every exit status there is', () => {
  const used = new Set([...columnOf('docs/errors.md', 1), '0', '3']);
  for (const name of ['README.md', 'docs/runbook.md'])
    assert.equal(
      columnOf(name, 0)
        .filter((cell) => /^\d+$/.test(cell))
        .sort(),
      [...used].sort(),
      name,
    );
});

test('docs/runbook.md says what to do for every code of a run that has stopped', () => {
  const text = page('docs/runbook.md');
  const sections = new Map(text.split(/^## /m).map((section) => [/^Exit (\d+)/.exec(section)?.[1], section]));
  const rows = findRows(page('docs/errors.md')).slice(1);
  const stopped = rows.filter(([, exit = '']) => ['1', '4', '5', '130'].includes(exit));
  assert.ok(stopped.length > 20);
  const missing = stopped.filter(
    ([code = '', exit]) => !findCode(sections.get(exit) ?? '').includes(findCode(code)[0] ?? ''),
  );
  assert.equal(
    missing.map(([code]) => code),
    [],
  );
});

test('the README is read in less than four minutes, at 220 words a minute', () => {
  const prose = page('README.md')
    .replace(/```[\s\S]*?```/g, '')
    .replace(/\]\([^)]*\)/g, ']');
  const words = prose.split(/\s+/).filter((word) => /[A-Za-z0-9]/.test(word));
  assert.ok(words.length / 220 < 4, `${words.length} words outside of the blocks of code`);
});

test('docs/README.md links to every page once', () => {
  const linked = findLinks(page('docs/README.md')).filter((target) => target.endsWith('.md'));
  const others = [...pages.keys()].filter((name) => name !== 'README.md' && name !== 'docs/README.md');
  assert.equal(linked.map((target) => `docs/${target}`).sort(), others.sort());
});

test('every command and every option is described', () => {
  const known = [...commands.flatMap(({ options }) => options), ...globalOptions];
  const code = [...pages.values()].flatMap(findCode);
  const words = new Set(code.flatMap((text) => text.split(/[\s=]+/)));
  const missing = [
    ...commands.filter(({ name }) => !words.has(name)).map(({ name }) => name),
    ...known.filter(({ name }) => !words.has(`--${name}`)).map(({ name }) => `--${name}`),
  ];
  assert.equal(missing, []);
});

test('docs/commands.md gives each command its own options', () => {
  const rows = findRows(page('docs/commands.md')).filter(([, , options]) => options !== undefined);
  const find = (name: string) =>
    rows.find(([command = '']) => findCode(command).some((code) => code.split(' ')[0] === name));
  for (const command of commands) {
    const [, , listed = ''] = find(command.name) ?? [];
    const known = new Set(command.options.flatMap(({ name, short }) => [`--${name}`, `-${short}`]));
    const [, but = ''] = listed.split(' but ');
    const other = /those of `(\w+)`/.exec(listed)?.[1];
    const inherited =
      other === undefined ? [] : findCode(find(other)![2] ?? '').filter((code) => !findCode(but).includes(code));
    const own = findCode(listed.split('those of')[0] ?? '').filter((code) => code.startsWith('-'));
    const long = [...own, ...inherited].filter((code) => code.startsWith('--'));
    assert.equal(
      [...own, ...inherited].filter((code) => !known.has(code)),
      [],
      command.name,
    );
    assert.equal(long.sort(), command.options.map(({ name }) => `--${name}`).sort(), command.name);
  }
});

test('every link between pages leads somewhere', () => {
  for (const [name, text] of pages) {
    for (const link of findLinks(text).filter((target) => !/^https?:/.test(target))) {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? name : join(dirname(name), path);
      assert.ok(existsSync(join(root, file)), `${name}: ${link}`);
      if (anchor !== undefined) assert.ok(findAnchors(read(file)).has(anchor), `${name}: ${link}`);
    }
  }
});

test('every command line in the pages is one the program understands', () => {
  const lines = [...pages].flatMap(([name, text]) => findCommandLines(text).map((line) => ({ name, line })));
  assert.ok(lines.length > 30);
  for (const { name, line } of lines) {
    const [first = '', ...rest] = splitWords(line);
    if (first.startsWith('-') || first === '<command>') continue;
    // No command of its own: it shows another one's help.
    if (
      first === 'help' &&
      (rest[0] === undefined || rest[0] === '<command>' || commands.some(({ name }) => name === rest[0]))
    )
      continue;
    const command = commands.find((known) => known.name === first);
    assert.ok(command, `${name}: ${line}`);
    const argv = rest.filter((word) => word !== '--help');
    const check = () => readValues(parseArgv(argv, command));
    if (rest.length > 0 && !rest.includes('--help')) assert.not.throws(check, `${name}: ${line}`);
  }
});

test('the npm scripts and the version of Node that the README names are those of the package', () => {
  const { scripts, engines, name } = JSON.parse(read('package.json'));
  for (const [, script = ''] of page('README.md').matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts[script], script);
  assert.ok(page('README.md').includes(`Node ${engines.node.replace('>=', '')}`));
  assert.ok(page('README.md').includes(`npm install ${name}`));
});

test('ARCHITECTURE.md lists every room, and ARCHITECTURE.md and CONTRIBUTING.md name what is there', () => {
  const rooms = readdirSync(join(root, 'lib'), { withFileTypes: true });
  const folders = rooms.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`);
  const text = read('ARCHITECTURE.md');
  const rows = findRows(text).map(([first = '']) => first);
  const listed = rows.filter((first) => /^`[\w/.]+`$/.test(first)).map((first) => first.slice(1, -1));
  assert.equal([...listed].sort(), [...folders, 'index.ts'].sort());
  const named = [...text.matchAll(/`([a-z-]+(?:\/[\w-]+)*\/?(?:[\w-]+\.\w+)?)`/g)].map(([, path]) => path!);
  const there = (path: string) => ['', 'lib/'].some((folder) => existsSync(join(root, folder, path)));
  assert.equal(
    named.filter((path) => path.includes('/') && !there(path)),
    [],
  );
  const { scripts } = JSON.parse(read('package.json'));
  for (const name of ['ARCHITECTURE.md', 'CONTRIBUTING.md'])
    for (const [, script = ''] of read(name).matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts[script], script);
  for (const [, path = ''] of read('CONTRIBUTING.md').matchAll(/`(test\/[\w./-]+)`/g))
    assert.ok(existsSync(join(root, path)), path);
});

test('docs/files.md lists every key of updown.json and every directive', () => {
  const listed = findRows(page('docs/files.md')).map(([first = '']) => findCode(first)[0] ?? '');
  const keys = hintOf(() => parseConfig('{ "?": 1 }', 'updown.json'))
    .replace(/^Known: |\.$/g, '')
    .split(', ');
  const text = Buffer.from('-- updown: ?\n');
  const directives = hintOf(() => readSql(text, 'up.sql'))
    .replace(/^Known are: |\.$/g, '')
    .split(', ');
  assert.equal(
    listed.slice(1, 1 + keys.length).map((key) => key.split('.')[0]),
    keys,
  );
  assert.equal(
    listed.filter((code) => code.startsWith('--')).sort(),
    directives.map((directive) => `-- updown: ${directive}`).sort(),
  );
});

test('docs/ledger.md lists every object, column, event and SQLSTATE', () => {
  const ledger = printLedger({ schema: 'updown', project: 'shop' });
  const rows = findRows(page('docs/ledger.md'));
  const listed = new Set(rows.flatMap(([first = '']) => findCode(first)));
  const objects = Array.from(
    ledger.matchAll(/^CREATE (?:TABLE|VIEW|FUNCTION|PROCEDURE) updown\.(\w+)/gm),
    ([, name]) => name!,
  );
  const columns = Array.from(
    /TABLE updown.journal \((.*?)\n\);/s
      .exec(ledger)![1]!
      .matchAll(/^ {2}(\w+) +(?:text|bigint|integer|timestamptz|interval|jsonb)/gm),
    ([, name]) => name!,
  );
  const events = findQuoted(/event IN \(([^)]+)\)/.exec(ledger)?.[1] ?? '');
  const names = [...listed].map((name) => name.replace(/\(.*/, ''));
  assert.ok(objects.length > 8 && columns.length > 15 && events.length === 8);
  assert.equal(
    [...objects, ...columns, ...events].filter((name) => !names.includes(name)),
    [],
  );
  assert.equal(
    [...listed].filter((name) => name.startsWith('UD')),
    Object.values(raised),
  );
});

test('docs/import.md lists every tool and every kind of decision', () => {
  const listed = findRows(page('docs/import.md')).flatMap(([first = '']) => findCode(first));
  const type = /type DecisionKind =(.*?);/s.exec(read('lib/import/foreign.ts'))?.[1] ?? '';
  assert.equal(listed, [...importers.map(({ name }) => name), ...findQuoted(type)]);
});

test('the queries of docs/ledger.md run, and the grants it names are enough to migrate', async () => {
  const [queries] = findFences(page('docs/ledger.md'));
  await withDatabase(async ({ url, name, query }) => {
    await withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'a1b2' }, { id: 'b2c3' }]);
      await upgrade({ cwd, url, env: {}, target: 'a1b2' });
      for (const text of queries!.text.split(/;\n/).filter((one) => one.trim() !== '')) await query(text);
      await query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'; GRANT CREATE ON SCHEMA public TO ${name};
        GRANT USAGE ON SCHEMA updown TO ${name}; GRANT SELECT, INSERT ON updown.journal TO ${name};
        GRANT SELECT ON updown.applied, updown.unfinished TO ${name}`);
      await upgrade({ cwd, url: url.replace(/\/\/[^@]*@/, `//${name}:secret@`), env: {} });
      const applied = await query('SELECT revision, who FROM updown.applied ORDER BY seq');
      await query(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
      assert.equal(
        applied.map(({ revision, who }) => [revision, who]),
        [
          ['a1b2', 'postgres'],
          ['b2c3', name],
        ],
      );
    });
  });
});

test("docs/targets.md's graph and table are what the program answers", async () => {
  const text = page('docs/targets.md');
  const drawing = findFences(text)[0]!.text;
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'a1b2', message: 'first tables' },
      { id: 'b2c3', message: 'invoices', labels: ['billing'] },
      { id: 'c3d4', message: 'payments' },
      { id: 'd4f5', message: 'search', labels: ['search'], parents: ['a1b2'] },
    ]);
    const drawn = await updown(['history', '--graph', '--url', 'pglite:memory', '-q'], {
      cwd,
      env: { LANG: 'C.UTF-8' },
    });
    assert.ok(drawn.stdout.startsWith(drawing), drawn.stdout);
    const rows = findRows(text).filter(([command = '']) => /^`(up|down)grade /.test(command));
    assert.ok(rows.length > 15);
    for (const [command = '', start = '', end = ''] of rows) {
      const [verb, target = ''] = findCode(command)[0]!.split(' ');
      const options = { cwd, env: {}, target, from: findCode(start)[0]! };
      const answer = await nameEnd(verb === 'upgrade' ? prepareUpgrade(options) : prepareDowngrade(options));
      assert.is(answer, end.replaceAll('`', ''), `${command} from ${start}`);
    }
  });
});

test("docs/script.md's excerpt is what the program emits, in that order", async () => {
  const excerpt = findFences(page('docs/script.md')).find(({ language }) => language === 'sql')!.text;
  await withProject({}, async (cwd) => {
    const bare = '-- updown: no-transaction\n';
    const [orders, index] = [
      'CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL);\n',
      'CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);\n',
    ];
    await writeProject(
      cwd,
      [
        { id: '5cd038a8f131', message: 'add orders', up: orders, time: '20251024_1740' },
        { id: '9e4107c2d6ab', message: 'index orders', up: bare + index, time: '20251024_1741' },
      ],
      { project: 'shop-4f0c27e1' },
    );
    const { stdout } = await updown(['upgrade', '--sql'], { cwd });
    let rest = normalize(stdout);
    for (const line of normalize(excerpt).split('\n')) {
      const wanted = line.split('…')[0]!;
      assert.ok(rest.includes(wanted), `not there, or not in this order: ${line}`);
      rest = rest.slice(rest.indexOf(wanted) + wanted.length);
    }
  });
});

test('docs/script.md says how much there is to read', async () => {
  const { findings } = await measureLegibility();
  const said = [...page('docs/script.md').matchAll(/^\| .*(?:line|SQL|step|alone|of them).* \| (\d+) \|$/gm)].map(
    ([, value]) => Number(value),
  );
  const counted = (what: string) => findings.find((finding) => finding.what.startsWith(what))?.median;
  assert.equal(said, [
    counted('lines before the first of the SQL, from a revision'),
    counted('lines before the first of the SQL, from base'),
    counted('machinery of a step'),
    counted("lines that are not the team's, of the last revision"),
    counted('characters in the longest'),
  ]);
});

test("docs/library.md's example prints what the page says", async () => {
  const [example, printed] = findFences(page('docs/library.md'));
  await withProject({ 'example.mjs': example!.text }, async (cwd) => {
    await writeProject(cwd, [{ id: '5cd038a8f131' }, { id: '9e4107c2d6ab' }], { project: 'shop-4f0c27e1' });
    const outcome = await runExample(cwd);
    assert.is(outcome.stderr, '');
    assert.is(outcome.stdout, printed!.text);
  });
});

test("docs/library.md's example of a review prints annotations, writes the page, and fails the build", async () => {
  const example = findFences(page('docs/library.md')).find(({ text }) => text.includes('renderReview'));
  await withProject({ 'example.mjs': example!.text }, async (cwd) => {
    const up = 'CREATE TABLE orders (id integer);\n';
    await writeProject(cwd, [
      { id: '5cd038a8f131', up },
      { id: '9e4107c2d6ab', up: 'DROP TABLE orders;\n' },
    ]);
    const { stdout, stderr, status } = await runExample(cwd);
    assert.equal([status, stderr], [3, '']);
    assert.match(stdout, /^::error file=migrations\/\S+\/up\.sql,line=1,title=drop-table::/);
    assert.match(readFileSync(join(cwd, 'review.html'), 'utf8'), /^<!doctype html>.*drop-table.*<\/html>\s*$/s);
  });
});

test('every function of the library has its place in docs/library.md', () => {
  const functions = Object.keys(library);
  assert.ok(functions.length > 25);
  const named = new Set(findCode(page('docs/library.md')));
  assert.equal(
    functions.filter((name) => !named.has(name)),
    [],
  );
});

/** `example.mjs` of this folder, with the library as a package beside it. */
async function runExample(cwd: string) {
  const built = process.env.UPDOWN_TEST_CLI;
  const file = built ? resolve(dirname(built), '../lib/index.js') : join(root, 'lib/index.ts');
  const folder = join(cwd, 'node_modules/updown');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  await writeFile(join(folder, 'index.js'), `export * from ${JSON.stringify(pathToFileURL(file).href)};\n`);
  const loader = built ? [] : sourceLoader();
  return runProcess(process.execPath, [...loader, 'example.mjs'], { cwd, env: cleanEnvironment() });
}

async function nameEnd(script: Promise<Script>): Promise<string> {
  try {
    return (await script).plan.to.join(',') || 'base';
  } catch (error) {
    return isUpdownError(error) ? `error ${error.code}` : String(error);
  }
}

function read(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

function page(name: string): string {
  return pages.get(name)!;
}

function columnOf(name: string, column: number): readonly string[] {
  return findRows(page(name))
    .slice(1)
    .map((row) => row[column]!);
}

/** Of code in a sentence and of the lines of shell blocks: what follows `updown `, up to a pipe or a comment. */
function findCommandLines(markdown: string): readonly string[] {
  const shell = findFences(markdown).filter(({ language }) => language === 'sh' || language === 'console');
  const prose = markdown.replace(/^```.*?^```$/gms, '');
  const lines = shell.flatMap(({ text, language }) => (language === 'sh' ? text.split('\n') : findUnderstood(text)));
  return [...lines, ...findCode(prose)]
    .filter((code) => code.startsWith('updown '))
    .map((code) =>
      code
        .slice('updown '.length)
        .split(/ (?:[|>#]|&& )/)[0]!
        .trim(),
    );
}

/** A page may show what the program says to a word that it does not know. */
function findUnderstood(console: string): readonly string[] {
  const session = findSession(console).filter(({ output }) => !output.startsWith('error (usage)'));
  return session.map(({ command }) => command.split('\n')[0] ?? '');
}

function splitWords(line: string): readonly string[] {
  return Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain!);
}

function findQuoted(text: string): readonly string[] {
  return Array.from(text.matchAll(/'([a-z-]+)'/g), ([, word]) => word!);
}

function hintOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (isUpdownError(error)) return error.hint ?? '';
  }
  throw new Error('no hint was given');
}

/** What no two runs share, named in the order in which it turns up. */
function normalize(text: string): string {
  const seen = new Map<string, string>();
  const name = (kind: string) => (found: string) => {
    if (!seen.has(found)) seen.set(found, `<${kind}${seen.size}>`);
    return seen.get(found)!;
  };
  return text
    .replace(/\b[0-9a-f]{64}\b/g, '<sha256>')
    .replace(/\b\d{8}_\d{4}_/g, '<time>_')
    .replace(/(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{12}(?![0-9a-z])/g, name('id'))
    .replace(/(?<=\bshop-)[0-9a-f]{8}\b/g, name('project'))
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, '<at>')
    .replace(/pglite:\/\S+/g, 'pglite:<folder>')
    .replace(/PostgreSQL \d+\.\d+/g, 'PostgreSQL <version>')
    .replace(/ +\d+(\.\d+)? m?s$/gm, ' <duration>');
}

test.run();
