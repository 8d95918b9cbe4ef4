import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { measureFile, withBench } from './bench.ts';
import { schema } from './fixture.ts';

test('inside one file: what it made is no news, locks are kept, and a savepoint gives them back', () =>
  withBench([schema], undefined, async (scratch) => {
    const measured = await measureFile(
      scratch,
      `CREATE TABLE fresh (id integer PRIMARY KEY, a integer);
ALTER TABLE fresh ALTER COLUMN a TYPE bigint;
ALTER TABLE plain ADD COLUMN q integer;
SAVEPOINT a;
ALTER TABLE logs ADD COLUMN q integer;
ROLLBACK TO a;
ALTER TABLE plain DROP COLUMN q;
CREATE INDEX ON fresh (a);
`,
    );
    const locks = measured.map((one) => one.locks.map(({ relation, since }) => `${relation} ${since}`));
    assert.equal(locks, [
      [],
      [],
      ['public.plain 3'],
      ['public.plain 3'],
      ['public.logs 5', 'public.plain 3'],
      ['public.plain 3'],
      ['public.plain 3'],
      ['public.plain 3'],
    ]);
    assert.equal(
      measured.map(({ rewrites, builds }) => rewrites.length + builds.length),
      [0, 0, 0, 0, 0, 0, 0, 0],
    );
    assert.equal(
      measured.map(({ changes }) => changes.map(({ kind, object }) => `${kind} ${object}`)),
      [
        ['created table public.fresh'],
        [],
        ['created column public.plain.q'],
        [],
        ['created column public.logs.q'],
        [],
        [],
        [],
      ],
    );
  }));

test('what a step committed is there for the next one, and old by then', () =>
  withBench([schema], undefined, async (scratch) => {
    await measureFile(scratch, 'CREATE TABLE fresh (id integer PRIMARY KEY, a integer);');
    const [one] = await measureFile(scratch, 'ALTER TABLE fresh ALTER COLUMN a TYPE bigint;');
    assert.equal(one!.rewrites, ['public.fresh', 'public.fresh_pkey']);
  }));

test('a file may set roles, search paths and prepared statements, and take them away', () =>
  withBench([schema], undefined, async (scratch) => {
    const measured = await measureFile(
      scratch,
      'SET search_path = audit; ALTER TABLE entries ADD COLUMN z integer; PREPARE q AS SELECT 1; DEALLOCATE ALL; SET SESSION AUTHORIZATION ghost; SELECT 1;',
    );
    assert.equal(
      measured.map(({ error }) => error),
      Array(6).fill(undefined),
    );
    assert.equal(
      measured[1]!.locks.map(({ relation }) => relation),
      ['audit.entries'],
    );
    const [again] = await measureFile(scratch, 'ALTER TABLE plain ADD COLUMN q integer;');
    assert.equal(
      again!.locks.map(({ relation, mode }) => `${relation} ${mode}`),
      ['public.plain ACCESS EXCLUSIVE'],
    );
  }));

test('objects dropped by CASCADE are told from those that are named', () =>
  withBench([schema], undefined, async (scratch) => {
    const [one] = await measureFile(scratch, 'ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE;');
    assert.equal(
      one!.changes.filter(({ kind }) => kind === 'dropped').map(({ object, cascaded }) => [object, cascaded ?? false]),
      [
        ['constraint child_parent_id_fkey on public.child', true],
        ['constraint parent_pkey on public.parent', false],
      ],
    );
  }));

test('a program that COPY would run is refused in process, where it would never end', () =>
  withBench([schema], undefined, async (scratch) => {
    const [one] = await measureFile(scratch, "COPY plain FROM PROGRAM 'true';");
    assert.is(one!.error?.code, '0A000');
  }));

test('one hundred statements take a few seconds at most', () =>
  withBench([schema], undefined, async (scratch) => {
    const kinds = (n: number) => [
      `ALTER TABLE plain ADD COLUMN c${n} integer;`,
      `CREATE INDEX i${n} ON plain (a);`,
      "UPDATE plain SET b = 'x' WHERE a = 5;",
      `ALTER TABLE plain ADD CONSTRAINT k${n} CHECK (a > ${n});`,
      `CREATE TABLE n${n} (id integer PRIMARY KEY, p integer REFERENCES parent (id));`,
    ];
    const started = performance.now();
    for (let file = 0; file < 10; file++) {
      await measureFile(scratch, [...kinds(2 * file), ...kinds(2 * file + 1)].join('\n'));
    }
    // About a second on an idle machine.
    assert.ok(performance.now() - started < 15_000);
  }));

test.run();
