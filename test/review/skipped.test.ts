import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import { findingsOf } from '../../lib/review/review.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { otherIndexes, printBuild, sameIndexes } from '../support/index-shapes.ts';
import { measureFile, withBench } from './bench.ts';
import { schema } from './fixture.ts';

const id = 'if-not-exists-skipped';
const skipped: readonly (readonly [file: string, words: string | undefined])[] = [
  ['CREATE INDEX IF NOT EXISTS parents ON parent (note)', 'view public.parents'],
  ['CREATE UNIQUE INDEX IF NOT EXISTS totals ON parent (id)', 'materialized view public.totals'],
  ['CREATE INDEX IF NOT EXISTS tickets ON plain (a)', 'sequence public.tickets'],
  ['CREATE INDEX IF NOT EXISTS pair ON plain (a)', 'composite type public.pair'],
  ['CREATE INDEX IF NOT EXISTS "Odd One" ON plain (a)', 'table public."Odd One"'],
  ['CREATE INDEX IF NOT EXISTS entries ON audit.loose (id)', 'table audit.entries'],
  ['CREATE INDEX IF NOT EXISTS parent_name ON plain (a)', 'index public.parent_name on public.parent'],
  ['-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS plain ON plain (a)', 'table public.plain'],
  ['CREATE INDEX IF NOT EXISTS parent_name ON parent (name)', undefined],
  ['CREATE INDEX IF NOT EXISTS parents ON audit.loose (id)', undefined],
  ['-- updown: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS parent_code ON parent (code)', undefined],
  [
    '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS parent_code ON parent (code)',
    'index public.parent_code on public.parent, which is another one (CREATE UNIQUE INDEX parent_code ON public.parent USING btree (code)),',
  ],
  ['CREATE TABLE IF NOT EXISTS parent (id integer)', undefined],
];
test('a CREATE INDEX that the server will skip, since something else has its name, is found', () =>
  withBench([schema], 'newest', async (scratch) => {
    for (const [text, words] of skipped) {
      const said =
        words === undefined ? [] : [`${words} has that name: the server skips the statement, and a run stops at it`];
      assert.equal(await find(scratch, text), said, text);
    }
  }));

async function find(scratch: Scratch, text: string): Promise<readonly string[]> {
  const statements = await measureFile(scratch, text);
  const transactional = !text.includes('no-transaction');
  const about = { op: 'up' as const, id, name: id, file: 'x', lockTimeout: '5s', allow: [] };
  const step = { ...about, transactional, statements };
  const found = findingsOf(judge({ scratch: '', steps: [step] }, undefined)).filter(({ rule }) => rule === id);
  return found.map(({ message }) => message);
}

const forms = (build: string) => [
  `-- updown: no-transaction\n${printBuild(build)}`,
  `-- updown: no-transaction\n${printBuild(build, '')}`,
  printBuild(build, ''),
];

test('and so is another index of the same table, where a run refuses it', () =>
  withBench(['CREATE TABLE t (n integer, m integer, s varchar);\n'], 'newest', async (scratch) => {
    for (const [, existing, build] of otherIndexes) {
      await measureFile(scratch, `CREATE ${existing}`);
      for (const form of forms(build)) {
        const [message, ...more] = await find(scratch, form);
        const place = existing.slice(existing.indexOf('ON t ') + 5).replace(/^USING \w+ /, '');
        assert.match(
          message ?? '',
          'index public.i on public.t, which is another one (CREATE INDEX i ON public.t USING',
          form,
        );
        assert.ok(message!.includes(place.replace(/ WHERE.*|lower.*/, '')), message);
        assert.equal(more, []);
      }
      await measureFile(scratch, 'DROP INDEX i');
    }
    for (const [existing, build] of sameIndexes) {
      await measureFile(scratch, `CREATE ${existing}`);
      for (const form of forms(build)) assert.equal(await find(scratch, form), [], form);
      await measureFile(scratch, 'DROP INDEX i');
    }
  }));

test('what the file itself puts right behind it is not found, as a run does not refuse it', () =>
  withBench(['CREATE TABLE t (n integer, m integer); CREATE INDEX i ON t (m);\n'], 'newest', async (scratch) => {
    const path = 'SET LOCAL search_path = pg_temp, public;\n';
    const build = 'CREATE INDEX IF NOT EXISTS i ON t (n);\n';
    assert.is((await find(scratch, `${path}${build}`)).length, 1);
    assert.is((await find(scratch, `${path}CREATE INDEX IF NOT EXISTS i ON public.t (m);\n`)).length, 0);
    assert.is((await find(scratch, `${build}SELECT 1;\nCOMMENT ON INDEX i IS 'x';\n`)).length, 1);
    assert.is((await find(scratch, `${build}ALTER INDEX i RENAME TO j;\n`)).length, 0);
    await measureFile(scratch, 'CREATE TABLE k (); DROP INDEX j');
    assert.is((await find(scratch, 'CREATE INDEX IF NOT EXISTS k ON t (n);\nDROP TABLE k;\n')).length, 0);
  }));

test.run();
