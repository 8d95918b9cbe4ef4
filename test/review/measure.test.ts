import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { measure } from '../../lib/review/measure.ts';
import type { MeasuredStatement } from '../../lib/review/measured.ts';
import { computing } from '../support/cpu.ts';
import { serverUrl } from '../support/server.ts';
import { measureAside, measureFile, type Place, toPiece, withBench } from './bench.ts';
import { schema } from './fixture.ts';

test('inside one file: what it made is no news, locks are kept, and a savepoint gives them back', () =>
  withBench([schema], 'newest', async (scratch) => {
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
  withBench([schema], 'newest', async (scratch) => {
    await measureFile(scratch, 'CREATE TABLE fresh (id integer PRIMARY KEY, a integer);');
    const [one] = await measureFile(scratch, 'ALTER TABLE fresh ALTER COLUMN a TYPE bigint;');
    assert.equal(one!.rewrites, ['public.fresh', 'public.fresh_pkey']);
  }));

test('a file may set roles, search paths and prepared statements, and take them away', () =>
  withBench([schema], 'newest', async (scratch) => {
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
  withBench([schema], 'newest', async (scratch) => {
    const [one] = await measureFile(scratch, 'ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE;');
    assert.equal(
      one!.changes.filter(({ kind }) => kind === 'dropped').map(({ object, cascaded }) => [object, cascaded ?? false]),
      [
        ['constraint child_parent_id_fkey on public.child', true],
        ['constraint parent_pkey on public.parent', false],
      ],
    );
  }));

test('a partition is known as one, whatever its bound and the names say', () =>
  withBench([schema], 'newest', async (scratch) => {
    await measureFile(
      scratch,
      `CREATE SCHEMA "of, all";
CREATE TABLE "of, all"."stock of, x" (state text) PARTITION BY LIST (state);
CREATE TABLE sold PARTITION OF "of, all"."stock of, x" FOR VALUES IN ('out of stock', 'of "a", b');
CREATE TABLE "of, all"."the rest of it" PARTITION OF "of, all"."stock of, x" DEFAULT PARTITION BY LIST (state);
CREATE TABLE "row security" PARTITION OF "of, all"."the rest of it" FOR VALUES IN (' of public.sold');
CREATE TABLE first_one (id integer); CREATE TABLE "b, c" (id integer);
CREATE TABLE heir (more integer) INHERITS (first_one, "b, c");`,
    );
    const [vacuum] = await measureFile(scratch, '-- updown: no-transaction\nVACUUM "of, all"."stock of, x";');
    assert.equal(
      vacuum!.locks.map(({ relation, mode }) => `${relation} ${mode}`),
      [
        '"of, all"."stock of, x" SHARE UPDATE EXCLUSIVE',
        '"of, all"."the rest of it" SHARE UPDATE EXCLUSIVE',
        'public."row security" SHARE UPDATE EXCLUSIVE',
        'public.sold SHARE UPDATE EXCLUSIVE',
      ],
    );
    const [detached] = await measureFile(scratch, 'ALTER TABLE "of, all"."stock of, x" DETACH PARTITION sold;');
    assert.equal(
      detached!.changes.map(({ was, now }) => [was?.parent, now?.parent]),
      [[{ of: ['"of, all"."stock of, x"'], bound: "FOR VALUES IN ('out of stock', 'of \"a\", b')" }, undefined]],
    );
    const [altered] = await measureFile(scratch, 'ALTER TABLE "b, c" ADD COLUMN z integer;');
    assert.equal(
      altered!.adviceFacts!.children.map(({ relation, of }) => `${relation} of ${of}`),
      ['public.heir of public."b, c"'],
    );
  }));

test('a move to another tablespace, which reads nothing, is a rewrite in a DO block too, and no TRUNCATE', () =>
  withBench([schema], 'newest', async (scratch) => {
    await scratch.session.send('SET allow_in_place_tablespaces = on');
    await scratch.session.send("CREATE TABLESPACE apart LOCATION ''");
    const [one] = await measureFile(scratch, "DO $$ BEGIN EXECUTE 'ALTER TABLE plain SET TABLESPACE apart'; END $$;");
    assert.equal([one!.error, one!.rewrites, one!.rows], [undefined, ['public.plain'], []]);
  }));

test('a foreign key without an index is told of a new table too, and not where its index comes later in the plan', () =>
  withBench([schema], 'newest', async (scratch) => {
    const pins = new Map([['search_path', 'public']]);
    const { steps } = await measure(scratch, {
      history: [],
      plan: [
        toPiece(
          'a',
          `CREATE TABLE bare (p integer REFERENCES parent, q integer, CONSTRAINT pair FOREIGN KEY (q) REFERENCES parent);
CREATE TABLE same (p integer REFERENCES parent); CREATE INDEX ON same (p);
CREATE TABLE later (p integer REFERENCES parent, q integer REFERENCES parent);
CREATE TABLE keyed (p integer REFERENCES parent, n integer, PRIMARY KEY (p, n));
CREATE TABLE partly (p integer REFERENCES parent); CREATE INDEX ON partly (p) WHERE p > 5;
CREATE TABLE aside (p integer REFERENCES parent, n integer); CREATE INDEX ON aside (n) INCLUDE (p);
CREATE TABLE gone (p integer REFERENCES parent); DROP TABLE gone;
ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES parent;
CREATE TABLE parts (p integer REFERENCES parent) PARTITION BY LIST (p);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);`,
        ),
        toPiece('b', '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY ON later (p);'),
        toPiece(
          'c',
          'ALTER TABLE grandchild ALTER COLUMN child_id TYPE bigint; CREATE INDEX gone ON later (q); DROP INDEX gone;',
        ),
      ],
      ...{ pins, emit: () => {}, signal: undefined },
    });
    const told = steps.flatMap(({ id, statements }) =>
      statements.flatMap(({ number, unindexed }) =>
        unindexed.map(({ relation, columns, fresh }) => `${id}${number} ${relation}(${columns}) ${fresh}`),
      ),
    );
    assert.equal(told, [
      'a1 public.bare(p) true',
      'a1 public.bare(q) true',
      'a4 public.later(q) true',
      'a6 public.partly(p) true',
      'a8 public.aside(p) true',
      'a12 public.loose(z) false',
      'a13 public.parts(p) true',
    ]);
    assert.equal(steps.at(-1)!.statements.at(-1)!.error, undefined);
  }));

test('a program that COPY would run is refused in process, where it would never end', () =>
  withBench([schema], 'in process', async (scratch) => {
    const [one] = await measureFile(scratch, "COPY plain FROM PROGRAM 'true';");
    assert.is(one!.error?.code, '0A000');
  }));

test('one hundred statements take a few seconds at most', () =>
  withBench([schema], 'newest', async (scratch) => {
    const kinds = (n: number) => [
      `ALTER TABLE plain ADD COLUMN c${n} integer;`,
      `CREATE INDEX i${n} ON plain (a);`,
      "UPDATE plain SET b = 'x' WHERE a = 5;",
      `ALTER TABLE plain ADD CONSTRAINT k${n} CHECK (a > ${n});`,
      `CREATE TABLE n${n} (id integer PRIMARY KEY, p integer REFERENCES parent (id));`,
    ];
    const cost = await computing(async () => {
      for (let file = 0; file < 10; file++)
        await measureFile(scratch, [...kinds(2 * file), ...kinds(2 * file + 1)].join('\n'));
    });
    assert.ok(cost < 15_000, String(cost));
  }));

test('a server that tells its role of no plans is asked for those of the statements themselves', async () => {
  const { host } = new URL(await serverUrl());
  const role = `plain_${process.pid}`;
  await onServer(`CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'x'`);
  const own = `postgres://${role}:x@${host}/postgres`;
  const show = ({ locks, scans }: MeasuredStatement) => [...locks.map(({ relation }) => relation), ...scans].sort();
  const measureAll = (place: Place) =>
    withBench([tables], place, async (scratch) => {
      const measured = await measureFile(
        scratch,
        'DELETE FROM shelf; UPDATE shown SET place = 1; INSERT INTO book (shelf) SELECT id FROM shelf;',
      );
      return [scratch.tellsPlans, measured.map(show)] as const;
    });
  const [embedded, server] = [await measureAll('in process'), await measureAll({ url: own })];
  await onServer(`DROP ROLE ${role}`);
  assert.equal([embedded[0], server[0]], [true, false]);
  assert.equal(server[1], embedded[1]);
});

const tables = `CREATE TABLE shelf (id integer PRIMARY KEY);
CREATE TABLE book (id serial PRIMARY KEY, shelf integer REFERENCES shelf ON DELETE CASCADE);
CREATE VIEW shown AS SELECT id, shelf AS place FROM book;
`;

async function onServer(text: string): Promise<void> {
  const session = await openSession(parseTarget(await serverUrl(), {}), {
    applicationName: 'test',
    onNotice: () => {},
  });
  await session.send(text);
  await session.close();
}

test('a sequence that a query asks is the one that the search path finds', () =>
  withBench(
    ['CREATE SCHEMA a; CREATE SEQUENCE a."Odd One"; CREATE SEQUENCE "Odd One"; CREATE TABLE t (id bigint);'],
    'newest',
    async (scratch) => {
      const sql = `SET LOCAL search_path = a, public; INSERT INTO t SELECT nextval('"Odd One"') FROM t`;
      const locks = (await measureAside(scratch, sql)).at(-1)?.locks ?? [];
      const locked = locks.filter(({ kind }) => kind === 'sequence').map(({ relation }) => relation);
      assert.equal(locked, ['a."Odd One"']);
    },
  ));

test.run();
