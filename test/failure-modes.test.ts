import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('..', import.meta.url));
const sections = findSections(read('docs/failure-modes.md'));

interface Section {
  /** `F20`. */
  readonly mode: string;
  readonly text: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

test('docs/failure-modes.md has each number once, in order', () => {
  const modes = sections.map(({ mode }) => mode);
  assert.equal(
    modes.filter((mode, index) => modes.indexOf(mode) !== index),
    [],
  );
  assert.equal(
    modes,
    [...modes].sort((one, other) => Number(one.slice(1)) - Number(other.slice(1))),
  );
});

test('docs/failure-modes.md has each failure mode that a comment or the title of a test names', () => {
  const known = new Set(sections.map(({ mode }) => mode));
  const files = ['lib', 'test'].flatMap(listSources);
  assert.ok(files.length > 300 && known.size > 60);
  const unknown = files.flatMap((file) =>
    namedIn(read(file))
      .filter((mode) => !known.has(mode))
      .map((mode) => `${file}: ${mode}`),
  );
  assert.equal(unknown, []);
});

test('each test that docs/failure-modes.md names is there', () => {
  const missing = sections.flatMap(({ mode, tests }) =>
    tests
      .filter(({ file, title }) => !existsSync(join(root, file)) || !hasTitle(withoutComments(read(file)), title))
      .map(({ file, title }) => `${mode}: ${file}: ${title}`),
  );
  assert.equal(missing, []);
});

test('each section of docs/failure-modes.md has tests, and their titles have its number', () => {
  for (const { mode, text, tests } of sections) {
    assert.ok(tests.length > 0, `${mode} has no test`);
    for (const { title } of tests) assert.ok(namedIn(title.split(': ')[0]!).includes(mode), `${mode}: ${title}`);
    // What PostgreSQL does, what updown does, and the tests.
    assert.is(text.trim().split('\n\n').length, 3, `${mode} has three paragraphs`);
  }
});

function findSections(page: string): readonly Section[] {
  const parts = page.split(/^#+ /m).filter((part) => /^F\d+: /.test(part));
  return parts.map((part) => {
    const text = part.slice(part.indexOf('\n'));
    const tests = Array.from(text.matchAll(/^- `(test\/[^`]+)`: `([^`]+)`$/gm), ([, file = '', title = '']) => ({
      file,
      title,
    }));
    return { mode: part.slice(0, part.indexOf(':')), text, tests };
  });
}

/** `F18, F19` names two, `F1-F24` all between. */
function namedIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/\bF(\d+)(?:-F(\d+))?\b/g)).flatMap(([, from, to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => `F${Number(from) + index}`),
  );
}

function hasTitle(text: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => text.includes(quote + title + quote));
}

function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/\*|\*)/.test(line))
    .join('\n');
}

function listSources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|sql)$/.test(file))
    .map((file) => join(folder, file));
}

function read(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

test.run();
