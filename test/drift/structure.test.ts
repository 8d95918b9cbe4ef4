import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session } from '../../lib/database/session.ts';
import { toComparable } from '../../lib/drift/comparable.ts';
import { printStructure } from '../../lib/drift/print-structure.ts';
import { ownersIn, planStructure, type StructureInput } from '../../lib/drift/structure.ts';
import { readDependencies } from '../../lib/schema/dependencies.ts';
import { diff } from '../../lib/schema/diff.ts';
import { readSchema } from '../../lib/schema/read.ts';
import { wordChange } from '../../lib/schema/word.ts';
import { base } from '../schema/edits.ts';
import { withKindsServer } from '../schema/kinds-server.ts';
import { readPieces } from '../schema/pieces.ts';
import { ledger, withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';
import { giveSign } from '../support/sign.ts';
import { circles } from './circles.ts';

const own = new Set(['postgres']);

async function read(session: Session): Promise<StructureInput> {
  const schema = await readSchema(session, ledger);
  return { schema, dependencies: await readDependencies(session), owners: own };
}

interface Made {
  readonly text: string;
  readonly unwritten: readonly string[];
  /** What another database has otherwise in which that text was run. */
  readonly left: readonly string[];
}

/** Runs the text as it stands in an empty database. What that prints is the same, as far as all of it is written. */
async function make(session: Session): Promise<Made> {
  const wanted = await read(session);
  const structure = planStructure(wanted);
  const text = printStructure(structure);
  const unwritten = structure.unwritten.map(({ subject, why }) => `${subject}: ${why}`);
  let left: readonly string[] = [];
  await withDatabase(({ url }) =>
    withSession(url, async (other) => {
      await other.send(text);
      const there = await read(other);
      const [before, after] = [wanted, there].map(({ schema }) =>
        toComparable(schema, { roles: own, as: 'postgres', all: own }),
      );
      if (before !== undefined && after !== undefined) left = diff(before, after).map(wordChange);
      if (left.length === 0) assert.is(printStructure(planStructure(there)), text);
    }),
  );
  giveSign();
  return { text, unwritten, left };
}

async function madeOf(sql: string): Promise<Made> {
  let made: Made | undefined;
  await withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send(sql);
      made = await make(session);
    }),
  );
  assert.ok(made);
  return made;
}

/** Other files with these fixtures run at the same time. */
const withOwnServer = (body: () => Promise<void>) => withKindsServer(body, 'made');
const withOwnRoles = (sql: string) => sql.replaceAll(/\b(kinds|lab)_/g, 'made_');

const fixture = (name: string) => readFileSync(new URL(`../fixtures/schema/${name}`, import.meta.url), 'utf8');

for (const [name, sql] of Object.entries({ 'base.sql': base, 'expressions.sql': fixture('expressions.sql') })) {
  test(`${name}: what is printed makes the same schema in an empty database, and prints the same there`, () =>
    withOwnServer(async () => {
      const { unwritten, left } = await madeOf(withOwnRoles(sql));
      assert.equal(unwritten, []);
      assert.equal(left, []);
    }));
}

/** Behind which piece of a file there is most to make; what is not made again is named there. */
const stages: Readonly<Record<string, readonly RegExp[]>> = {
  'elsewhere.sql': [/^CREATE EVENT TRIGGER/, /^REVOKE USAGE ON LANGUAGE l FROM postgres/],
  'operators.sql': [/^CREATE OPERATOR CLASS/, /./],
  'parts.sql': [/^ALTER TABLE t ADD CONSTRAINT k/, /^ALTER TABLE m_24 DISABLE TRIGGER g/, /^ALTER TABLE o OWNER/],
  'routines.sql': [/./],
  'tables.sql': [/^ALTER TABLE t OF row_type/, /^COMMENT ON CONSTRAINT nn/, /^ALTER TABLE parent ADD COLUMN r/, /./],
  'types.sql': [/^ALTER DOMAIN d ADD CONSTRAINT long/, /^CREATE TYPE own/, /./],
  'views.sql': [/^CREATE MATERIALIZED VIEW/, /./],
};

const folder = new URL('../fixtures/schema/kinds/', import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith('.sql'))) {
  test(`${file}: what is printed makes the same schema, but for what it says that it does not`, async () => {
    const pieces = readPieces(withOwnRoles(readFileSync(new URL(file, folder), 'utf8')));
    const stops = new Set((stages[file] ?? []).map((stage) => pieces.findLastIndex(({ sql }) => stage.test(sql))));
    await withOwnServer(() =>
      withDatabase(({ url }) =>
        withSession(url, async (session) => {
          const major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
          for (const [index, { sql, since }] of pieces.entries()) {
            if (major >= since) await session.send(sql);
            if (stops.has(index)) assertSaid(await make(session), sql);
          }
        }),
      ),
    );
  });
}

/** Whatever differs is of something that was named. */
function assertSaid({ unwritten, left }: Made, sql: string): void {
  const subjects = unwritten.map((line) => line.split(': ')[0] ?? '');
  const silent = left.filter((line) => !subjects.some((subject) => line.startsWith(subject)));
  assert.equal(silent, [], `${sql}\n${unwritten.join('\n')}`);
}

test('what needs each other is made: policies, triggers and rules of two tables, foreign keys, bodies', async () => {
  const { text, unwritten, left } = await madeOf(
    `
    CREATE TABLE a (id integer PRIMARY KEY, other integer);
    CREATE TABLE b (id integer PRIMARY KEY, other integer REFERENCES a);
    ALTER TABLE a ADD FOREIGN KEY (other) REFERENCES b;
    CREATE POLICY p ON a USING (id IN (SELECT other FROM b));
    CREATE POLICY p ON b USING (id IN (SELECT other FROM a));
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'DECLARE one z; BEGIN RETURN new; END';
    CREATE RULE r AS ON DELETE TO a DO DELETE FROM b WHERE other = old.id;
    CREATE RULE r AS ON DELETE TO b DO INSTEAD NOTHING;
    CREATE FUNCTION count_z() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM z';
    CREATE TABLE z (n bigint DEFAULT count_z());
    CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION touch();
    COMMENT ON TRIGGER t ON a IS 'x';`.replace(/CREATE FUNCTION/, 'SET check_function_bodies = off; CREATE FUNCTION'),
  );
  assert.equal(unwritten, []);
  assert.equal(left, []);
  assert.match(text, /^SET check_function_bodies = off;$/m);
});

test('the order is one of names: no number of a server has a say, such as those in the names of triggers of foreign keys', async () => {
  const { left } = await madeOf(`
    CREATE TABLE store (id serial PRIMARY KEY, manager integer, note text);
    CREATE TABLE staff (id serial PRIMARY KEY, store integer REFERENCES store, address integer, note text);
    CREATE TABLE rental (id serial PRIMARY KEY, staff integer REFERENCES staff, customer integer);
    CREATE TABLE customer (id serial PRIMARY KEY, store integer REFERENCES store, address integer);
    CREATE TABLE address (id serial PRIMARY KEY, city integer);
    CREATE TABLE city (id serial PRIMARY KEY, country integer);
    ALTER TABLE store ADD FOREIGN KEY (manager) REFERENCES staff;
    ALTER TABLE rental ADD FOREIGN KEY (customer) REFERENCES customer;
    ALTER TABLE customer ADD FOREIGN KEY (address) REFERENCES address;
    ALTER TABLE address ADD FOREIGN KEY (city) REFERENCES city;
    ALTER TABLE staff ADD FOREIGN KEY (address) REFERENCES address;`);
  assert.equal(left, []);
});

for (const [title, sql] of Object.entries(circles)) {
  test(`objects that need each other are made, without what is written later: ${title}`, () =>
    withOwnServer(async () => {
      const { unwritten, left } = await madeOf(sql);
      assert.equal([unwritten, left], [[], []]);
    }));
}

test('where no order works, what needs each other is named, and the rest is made', async () => {
  const { text, unwritten, left } = await madeOf(`
    CREATE TABLE gen (a int); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT count(*)::int FROM gen; END;
    ALTER TABLE gen ADD g int GENERATED ALWAYS AS (f(a)) STORED; CREATE TABLE other (a int);
    CREATE TABLE heir (b int) INHERITS (gen); CREATE POLICY p ON gen USING (a > 1); ALTER TABLE gen ADD PRIMARY KEY (a);
    ALTER TABLE other ADD FOREIGN KEY (a) REFERENCES gen; CREATE VIEW v AS SELECT 1 AS n;`);
  assert.match(
    text,
    '-- not written: table public.gen: It and function public.f(integer) need each other: no order of statements makes them.',
  );
  assert.ok(unwritten.some((line) => line.startsWith('table public.heir: It needs ')));
  assert.match(text, 'CREATE VIEW public.v');
  assert.is.not(left.length, 0);
});

test('where there is no circle nothing is written later', async () => {
  const { text } = await madeOf(`
    CREATE TABLE base (a int); CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM base; END;
    CREATE TABLE t (a int DEFAULT f() CHECK (a > f()), EXCLUDE (a WITH =)); CREATE VIEW v AS SELECT f() AS n FROM t;`);
  assert.not.match(text, /SET DEFAULT|ADD CONSTRAINT|OR REPLACE/);
});

test('whoever runs it owns what the migrating role owned, whatever that is called', () =>
  withOwnServer(() =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        await session.send(`CREATE TABLE mine (a integer); CREATE TABLE theirs (a integer); ALTER TABLE theirs OWNER TO made_owner;
          GRANT SELECT ON mine TO made_reader; GRANT SELECT ON theirs TO postgres; GRANT INSERT (a) ON theirs TO postgres;
          CREATE POLICY p ON mine TO postgres, made_reader USING (true); REVOKE DELETE ON mine FROM postgres;
          CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '""' $$;
          ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO made_reader;`);
        const input = await read(session);
        const text = printStructure(planStructure(input));
        assert.not.match(text, 'postgres');
        assert.match(text, 'ALTER TABLE public.theirs OWNER TO made_owner;');
        assert.match(text, 'GRANT SELECT ON public.theirs TO CURRENT_USER;');
        assert.match(text, 'GRANT INSERT (a) ON public.theirs TO CURRENT_USER;');
        assert.match(text, 'CREATE POLICY p ON public.mine TO CURRENT_USER, made_reader USING (true);');
        assert.match(text, 'REVOKE DELETE ON public.mine FROM CURRENT_USER;');
        assert.match(text, 'FOR ROLE CURRENT_USER GRANT SELECT ON TABLES TO made_reader;');
        assert.match(text, `SELECT '""'`);
        const bare = printStructure(planStructure({ ...input, owners: ownersIn(input.schema) }));
        assert.not.match(bare, 'OWNER TO');
      }),
    ),
  ));

test('what needs something without SQL is left out, and both are named', async () => {
  const { text, unwritten } = await madeOf(`
    CREATE OPERATOR CLASS odd FOR TYPE integer USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(integer, integer);
    CREATE TABLE t (a integer); CREATE INDEX i ON t (a odd); CREATE VIEW v AS SELECT a FROM t; CREATE TABLE u (a integer);`);
  assert.equal(
    unwritten.map((line) => line.split(': It needs')[0]?.split(': Which')[0]),
    [
      'operator class public.odd USING btree',
      'operator family public.odd USING btree',
      'table public.t',
      'view public.v',
    ],
  );
  assert.match(
    text,
    '-- not written: table public.t: It needs operator class public.odd USING btree, for which there is no SQL.',
  );
  assert.match(text, 'CREATE TABLE public.u');
});

test('a child whose columns stand in another order than those of its parents is made with its own', () =>
  withOwnServer(async () => {
    const { text, unwritten, left } = await madeOf(`
    CREATE TABLE base (a integer NOT NULL, b text CHECK (b <> ''));
    CREATE TABLE other (d integer DEFAULT 4);
    CREATE TABLE heir (b text CHECK (b <> ''), c date, d integer DEFAULT 5, a integer NOT NULL);
    ALTER TABLE heir RENAME CONSTRAINT heir_b_check TO base_b_check; ALTER TABLE heir INHERIT other, INHERIT base;
    CREATE TABLE up (a integer); CREATE TABLE later (c serial PRIMARY KEY, k text) INHERITS (up); CREATE INDEX ON later (k);
    ALTER TABLE up ADD COLUMN z integer DEFAULT 3 NOT NULL, ADD CONSTRAINT zz CHECK (z > 0), ADD COLUMN g integer GENERATED ALWAYS AS (a + 1) STORED;
    ALTER TABLE later ALTER COLUMN z SET DEFAULT 9, ADD COLUMN last date; ALTER TABLE up ADD COLUMN w text COLLATE "C"; CREATE INDEX ON later (z);
    COMMENT ON COLUMN later.w IS 'w'; ALTER TABLE later ALTER COLUMN w SET STATISTICS 7; CREATE VIEW v AS SELECT * FROM later;
    CREATE TABLE both_ways (y text, x integer); CREATE TABLE merged (x integer, m text) INHERITS (up); ALTER TABLE up ADD COLUMN u text; ALTER TABLE merged ADD COLUMN n date;
    CREATE TABLE below (q text) INHERITS (later); ALTER TABLE up ADD COLUMN v text CHECK (v <> ''); GRANT SELECT (v) ON below TO made_reader; ALTER TABLE later OWNER TO made_owner;
    CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
    CREATE FOREIGN TABLE f (o text OPTIONS (n 'o')) INHERITS (up) SERVER s OPTIONS (t 'u'); ALTER TABLE up ADD COLUMN t text NOT NULL DEFAULT 'x';
    ALTER FOREIGN TABLE f ALTER COLUMN t OPTIONS (ADD c 'd'), ALTER COLUMN t SET STATISTICS 9, ALTER COLUMN z SET DEFAULT 4;
    CREATE FOREIGN TABLE own_order (d integer, e text) SERVER s; ALTER FOREIGN TABLE own_order INHERIT other;
    CREATE TABLE own_too (d integer, e text); ALTER TABLE own_too INHERIT other;
    CREATE FOREIGN TABLE own_last (e text, d integer) SERVER s; ALTER FOREIGN TABLE own_last INHERIT other;
    CREATE FOREIGN TABLE above (a integer) SERVER s; CREATE TABLE of_foreign (b text) INHERITS (above); ALTER FOREIGN TABLE above ADD COLUMN c integer;`);
    assert.match(text, 'ALTER TABLE public.heir INHERIT');
    assert.match(text, 'DROP TABLE public.later_parent;');
    assert.equal([left, unwritten], [[], []]);
  }));

test('a column that is computed of a later one from above is told to stand elsewhere', async () => {
  const { unwritten } = await madeOf(`
    CREATE TABLE up (a integer); CREATE TABLE late (g integer GENERATED ALWAYS AS (b + 1) STORED, b integer) INHERITS (up); ALTER TABLE up ADD COLUMN z integer;`);
  assert.equal(unwritten, ['table public.late: Its columns stand in another order than its parents give.']);
});

test('a publication has the tables that it has, and their heirs as they are in it themselves', async () => {
  const { text, unwritten, left } = await madeOf(`
    CREATE TABLE p (a integer); CREATE TABLE c (x integer) INHERITS (p); CREATE TABLE q (a integer); CREATE TABLE d () INHERITS (q);
    CREATE PUBLICATION two FOR TABLE p (a) WHERE (a > 1); CREATE PUBLICATION one FOR TABLE ONLY q;`);
  assert.equal([unwritten, left], [[], []]);
  assert.match(text, 'FOR TABLE ONLY public.q WITH');
});

test.run();
