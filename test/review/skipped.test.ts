import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import { findingsOf } from '../../lib/review/review.ts';
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
  ['-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS parent_code ON parent (code)', undefined],
  ['CREATE TABLE IF NOT EXISTS parent (id integer)', undefined],
];
test('a CREATE INDEX that the server will skip, since something else has its name, is found', () =>
  withBench([schema], undefined, async (scratch) => {
    for (const [text, words] of skipped) {
      const statements = await measureFile(scratch, text);
      const transactional = !text.includes('no-transaction');
      const step = {
        op: 'up' as const,
        id,
        name: id,
        file: 'x',
        transactional,
        lockTimeout: '5s',
        allow: [],
        statements,
      };
      const found = findingsOf(judge({ scratch: '', steps: [step] }, undefined)).filter(({ rule }) => rule === id);
      const said =
        words === undefined ? [] : [`${words} has that name: the server skips the statement, and a run stops at it`];
      assert.equal(
        found.map(({ message }) => message),
        said,
        text,
      );
    }
  }));

test.run();
