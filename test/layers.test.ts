import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../lib/index.ts';

/** Top to bottom: a file imports from its own layer's folder and from the layers below it. */
const layers: readonly (readonly string[])[] = [
  ['cli'],
  ['index.ts'],
  ['report', 'trace'],
  ['command'],
  ['autogenerate'],
  ['verify', 'drift'],
  ['run', 'import', 'review'],
  ['schema'],
  ['database'],
  ['script'],
  ['plan'],
  ['ledger'],
  ['project'],
  ['graph', 'libpq'],
  ['graph/revision.ts'],
  ['sql'],
  ['optional-package.ts'],
  ['errors.ts', 'signal.ts', 'suggest.ts', 'version.ts', 'words.ts'],
];

const lib = fileURLToPath(new URL('../lib', import.meta.url));
const imports = readImports();

test('imports point down, those of types too', () => {
  assert.ok(imports.size > 100);
  const up: string[] = [];
  for (const [file, others] of imports)
    for (const other of others) if (!isBelow(file, other)) up.push(`${file} imports ${other}`);
  assert.equal(up, []);
});

test('the command line uses the library by lib/index.ts alone', () => {
  const past: string[] = [];
  for (const [file, others] of imports)
    for (const other of others)
      if (file.startsWith('cli/') && !other.startsWith('cli/') && other !== 'index.ts')
        past.push(`${file} imports ${other}`);
  assert.equal(past, []);
  assert.equal(importsOf('../bin/updown.ts'), ['cli/early-signals.ts', 'cli/main.ts']);
});

test('the library offers no function that the command line does not use', () => {
  const used = [...imports.keys()].filter((file) => file.startsWith('cli/')).map(read);
  const named = new Set(
    used.flatMap((text) =>
      [...text.matchAll(/\bimport (?!type)\{([^}]*)\} from '[./]*index\.ts'/g)].flatMap(([, names = '']) =>
        names.split(',').map((name) => name.trim()),
      ),
    ),
  );
  assert.equal(
    Object.keys(library).filter((name) => !named.has(name)),
    [],
  );
});

test('no import goes in a circle, those of types too', () => {
  assert.equal(
    [...imports.keys()].map(circleFrom).find((circle) => circle !== undefined),
    undefined,
  );
});

test('only database/ loads a driver or what opens a socket', () => {
  const open = [...imports.keys()].filter((file) => !file.startsWith('database/') && connects.test(read(file)));
  assert.equal(open, []);
});

test('the library prints nothing and never exits: that is for the command line', () => {
  const loud = [...imports.keys()].filter(
    (file) => !file.startsWith('cli/') && /\bconsole\.|process\.(exit|stdout|stderr)\b/.test(read(file)),
  );
  assert.equal(loud, []);
});

test('values of our own questions are bound: who sends or asks quotes none', () => {
  const quoting = [...imports.keys()].filter((file) => {
    const text = read(file);
    return /\b(?:quoteLiteral|textArray)\b/.test(text) && /\.send\(|\bfrom '[^']*\/question\.ts'/.test(text);
  });
  // COMMENT ON DATABASE and VALID UNTIL take no bound values.
  assert.equal(quoting.sort(), ['review/read-shared.ts', 'review/restorer.ts']);
});

/** A type opens nothing, and `isIP` reads a text. */
const connects =
  /\bimport\b(?! type\b)(?! \{ isIP \})[^;]*?'(?:node:(?:net|tls|dgram|https?|http2)|postgres|@electric-sql\/[^']+)'/;

function readImports(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(files.map((file) => [file.replaceAll(sep, '/'), importsOf(file)]));
}

/** `from '…'`, `import '…'` and `import('…')` of files beside it. */
function importsOf(file: string): readonly string[] {
  const found = [...read(file).matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)];
  return found.map(([, path = '']) => relative(lib, resolve(lib, dirname(file), path)).replaceAll(sep, '/'));
}

function read(file: string): string {
  return readFileSync(join(lib, file), 'utf8');
}

function isBelow(file: string, other: string): boolean {
  const [from, to] = [layerOf(file), layerOf(other)];
  return from < to || (from === to && folderOf(file) === folderOf(other));
}

function layerOf(file: string): number {
  const layer = layers.findLastIndex((names) => names.includes(file) || names.includes(folderOf(file)));
  if (layer === -1) throw new Error(`lib/${file} is in no layer: name it in this test`);
  return layer;
}

function folderOf(file: string): string {
  return file.split('/')[0] ?? '';
}

/** The shortest way from a file back to itself. */
function circleFrom(start: string): string | undefined {
  const before = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const other of imports.get(file) ?? []) {
      if (other === start) return wayTo(file, before, start);
      if (before.has(other)) continue;
      before.set(other, file);
      queue.push(other);
    }
  }
  return undefined;
}

function wayTo(file: string, before: ReadonlyMap<string, string>, start: string): string {
  const way = [start];
  for (let at: string | undefined = file; at !== undefined && at !== start; at = before.get(at)) way.unshift(at);
  return [start, ...way].join(' -> ');
}

test.run();
