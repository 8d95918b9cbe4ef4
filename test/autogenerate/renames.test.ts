import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { type Generated, withDesk } from './project.ts';

const first = `CREATE SCHEMA app;
CREATE TYPE app.status AS ENUM ('new', 'open');
CREATE FUNCTION app.is_ok(v text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(v) < 100 $$;
CREATE TABLE app.customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, legacy text CHECK (app.is_ok(legacy)));
CREATE TABLE app.orders (
  id serial PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES app.customer,
  state app.status NOT NULL DEFAULT 'open'
);
CREATE INDEX orders_state ON app.orders (state);
CREATE TABLE app.audit (id bigserial, what text);
CREATE VIEW app.v AS SELECT o.id, c.legacy FROM app.orders o JOIN app.customer c ON c.id = o.customer_id;
`;

const rows = `INSERT INTO app.customer (legacy) SELECT 'x' || i FROM generate_series(1, 3) i;
INSERT INTO app.orders (customer_id) SELECT i FROM generate_series(1, 3) i;
INSERT INTO app.audit (what) VALUES ('w');`;

const next = first
  .replace('CREATE SCHEMA app;', 'CREATE SCHEMA app;\nCREATE SCHEMA log;')
  .replaceAll("'open'", "'opened'")
  .replaceAll('is_ok', 'is_fine')
  .replaceAll('legacy', 'heritage')
  .replaceAll('orders', 'purchases')
  .replace('app.audit', 'log.audit');

const names = [
  'app.orders=app.purchases',
  'app.customer.legacy=heritage',
  'app.status.open=opened',
  'app.audit=log.audit',
  'app.is_ok(text)=app.is_fine',
];

test('five renames keep all rows, and identities go on counting, up and down', () =>
  withDesk(first, async ({ want, generated, upgrade, run, database }) => {
    await database.query(rows);
    await want(next);
    const { notGenerated, destroys, revisions } = await generated(...names.flatMap((name) => ['--rename', name]));
    assert.equal([notGenerated, destroys, revisions.length], [[], [], 1]);
    await upgrade();
    await database.query(`INSERT INTO app.customer (heritage) VALUES ('y'); INSERT INTO app.purchases (customer_id) VALUES (4);
      INSERT INTO log.audit (what) VALUES ('v');`);
    assert.equal(
      await database.query(`SELECT count(*)::int AS n, max(p.id) AS id, min(heritage) AS v, min(state)::text AS s,
        pg_get_serial_sequence('app.purchases', 'id') AS q, (SELECT max(id)::int FROM log.audit) AS a
        FROM app.purchases p JOIN app.customer c ON c.id = p.customer_id`),
      [{ n: 4, id: 4, v: 'x1', s: 'opened', q: 'app.purchases_id_seq', a: 2 }],
    );
    assert.is((await run('check')).status, 0);
    assert.is((await run('downgrade', '-1', '--yes', '-q')).status, 0);
    await database.query("INSERT INTO app.orders (customer_id) VALUES (1); INSERT INTO app.audit (what) VALUES ('u');");
    assert.equal(
      await database.query(`SELECT count(*)::int AS n, max(o.id) AS id, min(legacy) AS v, min(state)::text AS s,
        (SELECT max(id)::int FROM app.audit) AS a FROM app.orders o JOIN app.customer c ON c.id = o.customer_id`),
      [{ n: 5, id: 5, v: 'x1', s: 'open', a: 3 }],
    );
  }));

test('comments of the schema say the same, are told by check, and say nothing once they are obeyed', () =>
  withDesk(first, async ({ want, generated, generate, run }) => {
    await want(
      `-- updown: was app.is_ok
CREATE FUNCTION app.is_fine(v text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(v) < 100 $$;
CREATE SCHEMA app;
CREATE SCHEMA log;
CREATE TYPE app.status AS ENUM ('new',
  'opened' -- updown: was open
);
CREATE TABLE app.customer (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- updown: was legacy
  heritage text CHECK (app.is_fine(heritage))
);
CREATE TABLE app.purchases ( -- updown: was app.orders
  id serial PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES app.customer,
  state app.status NOT NULL DEFAULT 'opened'
);
CREATE INDEX purchases_state ON app.purchases (state);
CREATE TABLE log.audit (id bigserial, what text); -- updown: was app.audit
CREATE VIEW app.v AS SELECT o.id, c.heritage FROM app.purchases o JOIN app.customer c ON c.id = o.customer_id;
`.replace(/^(-- updown.*\n.*\n)(CREATE SCHEMA app;\n)/, '$2$1'),
    );
    const before = await run('check');
    assert.is(before.status, 3, before.stdout + before.stderr);
    assert.match(before.stdout, 'ALTER TABLE app.orders RENAME TO purchases;');
    assert.match(
      before.stdout.replaceAll(/\s+/g, ' '),
      'table app.orders is app.purchases in "schema.sql", and no revision renames it',
    );
    const { notGenerated, destroys } = await generated();
    assert.equal([notGenerated, destroys], [[], []]);
    assert.is((await generate()).status, 3);
    assert.is((await run('check', '--allow', 'irreversible')).status, 0);
  }));

test('what looks like a rename is refused, and each of the two commands that are told does what it says', async () => {
  const one = 'CREATE TABLE t (id integer, old text);\n';
  await withDesk(one, async ({ want, generate, upgrade, database, read }) => {
    await database.query("INSERT INTO t VALUES (1, 'x')");
    await want('CREATE TABLE t (id integer, fresh text);\n');
    const refused = await generate();
    assert.is(refused.status, 2);
    const { code, notes } = refused.json<{ error: { code: string; notes: readonly string[] } }>().error;
    assert.is(code, 'look-alike');
    assert.equal(notes, [
      'column public.t.old is missing, and public.t.fresh is new: both are of type text',
      'updown revision --autogenerate -m next --rename public.t.old=public.t.fresh',
      'updown revision --autogenerate -m next --drop public.t.old',
    ]);
    const wordsOf = (command = '') => command.split(' ').slice(5);
    assert.is((await generate(...wordsOf(notes[1]))).status, 0);
    assert.match(read('up'), 'ALTER TABLE public.t RENAME COLUMN old TO fresh;');
    await upgrade();
    assert.equal(await database.query('SELECT fresh FROM t'), [{ fresh: 'x' }]);
  });
  await withDesk(one, async ({ want, generate, read }) => {
    await want('CREATE TABLE t (id integer, fresh text);\n');
    assert.is((await generate('--drop', 't.old')).status, 0);
    assert.match(read('up'), 'ALTER TABLE public.t DROP COLUMN old;');
    assert.match(read('up'), 'Drops, with the data in it:\n--   column old of table public.t');
  });
});

test('a name that is nothing, or may be several things, is refused with what to write', () =>
  withDesk('CREATE TABLE t (id integer, c integer CONSTRAINT c CHECK (c > 0));\n', async ({ want, generate }) => {
    await want('CREATE TABLE t (id integer, d integer CONSTRAINT d CHECK (d > 0));\n');
    const several = await generate('--rename', 't.c=d');
    assert.match(several.stderr, '--rename "column public.t.c=public.t.d"');
    assert.is((await generate('--rename', 'column public.t.c=public.t.d', '--rev-id', 'b2')).status, 0);
    await want('CREATE TABLE u (id integer, d integer CONSTRAINT d CHECK (d > 0));\n');
    assert.match((await generate('--rename', 't')).stderr, '--rename app.orders=app.purchases');
    assert.match(
      (await generate('--rename', 'x=u')).stderr.replaceAll(/\s+/g, ' '),
      'What they make: updown snapshot head',
    );
    assert.match((await generate('--rename', 't=x')).stderr, 'The schema has no such name');
    assert.match((await generate('--drop', 'x')).stderr, 'The revisions make nothing that is called "x"');
    assert.is((await generate('--rename', 't=u')).status, 0);
  }));

test('two names are swapped through a third one, also where the schema is the same then, and no row is lost', () =>
  withDesk(swapped, async ({ want, generated, upgrade, database, run }) => {
    await database.query("INSERT INTO t (a, b) VALUES ('a', 'b'); INSERT INTO x VALUES (7)");
    await want(swapped);
    const swap = ['t.a=b', 't.b=a', 'x=y', 'y=x', 's.new=old', 's.old=new'];
    const { revisions, destroys } = await generated(...swap.flatMap((name) => ['--rename', name]));
    assert.equal([revisions.length, destroys], [1, []]);
    await upgrade();
    assert.equal(await database.query('SELECT t.a, t.b, t.s, y.id FROM t, y'), [{ a: 'b', b: 'a', s: 'old', id: 7 }]);
    assert.is((await run('check', '--allow', 'irreversible')).status, 0);
    assert.is((await run('downgrade', '-1', '--yes', '-q')).status, 0);
    assert.equal(await database.query('SELECT t.a, t.b, t.s, x.id FROM t, x'), [{ a: 'a', b: 'b', s: 'new', id: 7 }]);
  }));

const swapped = `CREATE TYPE s AS ENUM ('new', 'old');
CREATE TABLE t (id serial PRIMARY KEY, a text, b text, s s DEFAULT 'new');
CREATE TABLE x (id serial PRIMARY KEY);
CREATE TABLE y (id serial PRIMARY KEY);
`;

test('a name that is free once another thing is renamed can be given, by options and by comments', async () => {
  const first = 'CREATE TABLE t (id integer, a text, b text);\n';
  const next = (a: string, b: string) => `CREATE TABLE t (id integer, b text, -- ${a}\nc text -- ${b}\n);\n`;
  for (const [schema, options] of [
    [next('', ''), ['--rename', 't.a=b', '--rename', 't.b=c']],
    [next('updown: was a', 'updown: was b'), []],
  ] as const)
    await withDesk(first, async ({ want, generated, generate, upgrade, database, run }) => {
      await database.query("INSERT INTO t VALUES (1, 'a', 'b')");
      await want(schema);
      assert.equal((await generated(...options)).notGenerated, []);
      await upgrade();
      assert.equal(await database.query('SELECT b, c FROM t'), [{ b: 'a', c: 'b' }]);
      assert.is((await generate()).status, 3);
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
    });
});

test('a comment that names what is there before and after is refused, with the command that swaps the two', () =>
  withDesk('CREATE TABLE t (id integer, a text, b text);\n', async ({ want, generate, run, read }) => {
    for (const [a, b] of [
      ['updown: was b', ''],
      ['updown: was b', 'updown: was a'],
    ]) {
      await want(`CREATE TABLE t (id integer,\na text, -- ${a}\nb text -- ${b}\n);\n`);
      const refused = await generate();
      assert.is(refused.status, 2);
      const { code, message } = refused.json<{ error: { code: string; message: string } }>().error;
      assert.is(code, 'usage');
      assert.match(message, "column public.t.a can't have been public.t.b: both are there, before and after");
      const { status, stdout } = await run('check', '--allow', 'irreversible');
      assert.is(status, 3);
      assert.match(stdout.replaceAll(/\s+/g, ' '), '--rename public.t.b=public.t.a --rename public.t.a=public.t.b');
    }
    await want('CREATE TABLE t (id integer, a text, b text);\n');
    assert.is((await generate('--rename', 'public.t.b=public.t.a', '--rename', 'public.t.a=public.t.b')).status, 0);
    assert.match(read('up'), 'ALTER TABLE public.t RENAME COLUMN a TO b;');
  }));

test('where there is nothing to do a name that is nothing is refused, too', () =>
  withDesk('CREATE TABLE t (id integer, a text);\n', async ({ generate }) => {
    for (const [options, message] of [
      [['--rename', 't.a'], 'does not say what is renamed'],
      [['--rename', 't.a='], 'does not say what is renamed'],
      [['--rename', 't.x=y'], "can't be renamed"],
      [['--rename', 't.a=y'], "can't be renamed"],
      [['--drop', 't.x'], 'The revisions make nothing that is called'],
      [['--drop', 't.a'], 'is not dropped: the schema has it'],
    ] as const) {
      const refused = await generate(...options);
      assert.is(refused.status, 2, options.join(' '));
      assert.match(refused.stderr.replaceAll(/\s+/g, ' '), message);
    }
    const { status, stdout } = await generate();
    assert.equal([status, JSON.parse(stdout).revisions], [3, []]);
  }));

test('a column is found in a table that has another name, too, in whichever order that is told', async () => {
  const one = 'CREATE SCHEMA app; CREATE SCHEMA other; CREATE TABLE app.orders (id serial PRIMARY KEY, total numeric);';
  const two = (table = '', column = '') =>
    `CREATE SCHEMA app; CREATE SCHEMA other;\nCREATE TABLE other.purchases ( ${table}\n  id serial PRIMARY KEY,\n  ${column}\n  amount numeric);`;
  for (const [schema, options] of [
    [two('-- updown: was app.orders', '-- updown: was total'), []],
    [two(), ['--rename', 'total=amount', '--rename', 'app.orders=other.purchases']],
  ] as const)
    await withDesk(one, async ({ want, generated, upgrade, database, run }) => {
      await database.query('INSERT INTO app.orders (total) VALUES (7)');
      await want(schema);
      assert.equal((await generated(...options)).notGenerated, []);
      await upgrade();
      assert.equal(await database.query('SELECT id, amount::int FROM other.purchases'), [{ id: 1, amount: 7 }]);
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
      assert.is((await run('downgrade', '-1', '--yes', '-q')).status, 0);
      assert.equal(
        await database.query(
          "INSERT INTO app.orders (total) VALUES (8) RETURNING id, 'app.orders_id_seq'::regclass::text AS q",
        ),
        [{ id: 2, q: 'app.orders_id_seq' }],
      );
    });
});

test('comments stand beside each kind of thing: routines of one name, aggregates, ranges, constraints within a line', () =>
  withDesk(
    `CREATE TYPE span AS RANGE (subtype = integer);
CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(t text) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
CREATE DOMAIN d AS int CONSTRAINT a CHECK (VALUE > 0);
CREATE TABLE t (id int CONSTRAINT k PRIMARY KEY, s span CONSTRAINT full_s CHECK (NOT isempty(s)), v d);
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE ft (a int, b text) SERVER srv;
`,
    async ({ want, generated, read, upgrade, run, database }) => {
      await database.query("INSERT INTO t VALUES (1, '[1,3)', 4)");
      await want(`CREATE TYPE span2 AS RANGE (subtype = integer); -- updown: was span
CREATE FUNCTION g(t text) RETURNS int LANGUAGE sql AS 'SELECT 2'; -- updown: was f
CREATE FUNCTION g(i int) RETURNS int LANGUAGE sql AS 'SELECT 1'; -- updown: was f(int)
CREATE AGGREGATE total2(int) (SFUNC = int4pl, STYPE = int); -- updown: was total
CREATE DOMAIN d2 -- updown: was d
  AS int
  CONSTRAINT "é" CHECK (VALUE > 0); -- updown: was a
CREATE TABLE t (id int CONSTRAINT k2 PRIMARY KEY, -- updown: was k
  s span2
    CONSTRAINT full_s2 CHECK (NOT isempty(s)), -- updown: was full_s
  v d2);
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE ft (a int,
  c text -- updown: was b
) SERVER srv;
`);
      const { notGenerated, destroys, fails } = await generated();
      assert.equal([notGenerated, destroys, fails], [[], [], []]);
      const statements = read('up').match(/^[A-Z][^;]*;$/gm);
      assert.equal(statements?.sort(), [
        'ALTER DOMAIN public.d RENAME TO d2;',
        'ALTER DOMAIN public.d2 RENAME CONSTRAINT a TO "é";',
        'ALTER FOREIGN TABLE public.ft RENAME COLUMN b TO c;',
        'ALTER ROUTINE public.f(integer) RENAME TO g;',
        'ALTER ROUTINE public.f(text) RENAME TO g;',
        'ALTER ROUTINE public.total(integer) RENAME TO total2;',
        'ALTER TABLE public.t RENAME CONSTRAINT full_s TO full_s2;',
        'ALTER TABLE public.t RENAME CONSTRAINT k TO k2;',
        'ALTER TYPE public.span RENAME TO span2;',
        'ALTER TYPE public.span_multirange RENAME TO span2_multirange;',
      ]);
      await upgrade();
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
    },
  ));

test('a comment that names nothing is shown as it stands', () =>
  withDesk('CREATE TABLE t (id integer);\n', async ({ want, cwd }) => {
    await want('CREATE TABLE t (id integer,\n  a text -- updown: was b\n);\n');
    const { status, stderr } = await updown(['revision', '--autogenerate', '-m', 'next'], { cwd });
    assert.is(status, 2);
    assert.match(stderr, '2 |   a text -- updown: was b');
  }));

test('what takes a type or stands in a table that has another name, too, is renamed with it', async () => {
  for (const [given, wanted, options, statements] of [
    [
      "CREATE TYPE st AS ENUM ('a'); CREATE FUNCTION f(s st) RETURNS int LANGUAGE sql AS 'SELECT 1';",
      "CREATE TYPE st2 AS ENUM ('a'); CREATE FUNCTION g(s st2) RETURNS int LANGUAGE sql AS 'SELECT 1';",
      ['--rename', 'f=g', '--rename', 'st=st2'],
      ['ALTER TYPE public.st RENAME TO st2;', 'ALTER ROUTINE public.f(public.st2) RENAME TO g;'],
    ],
    [
      'CREATE TABLE t (a text, b text, c text); CREATE TABLE u (z int);',
      'CREATE TABLE v (z int); -- updown: was u\nCREATE TABLE u ( -- updown: was t\n c text, -- updown: was b\n d text, -- updown: was c\n b text -- updown: was a\n);',
      [],
      [
        'ALTER TABLE public.u RENAME TO v;',
        'ALTER TABLE public.t RENAME TO u;',
        'ALTER TABLE public.u RENAME COLUMN c TO d;',
        'ALTER TABLE public.u RENAME COLUMN b TO c;',
        'ALTER TABLE public.u RENAME COLUMN a TO b;',
      ],
    ],
    [
      "CREATE TABLE o (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE INDEX ON o (at); CREATE TABLE o1 PARTITION OF o FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');",
      "CREATE TABLE o (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day); CREATE INDEX ON o (day); CREATE TABLE p1 PARTITION OF o FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');",
      ['--rename', 'o.at=day', '--rename', 'o1=p1'],
      [
        'ALTER TABLE public.o1 RENAME TO p1;',
        'ALTER TABLE public.o RENAME COLUMN at TO day;',
        'ALTER INDEX public.o_at_idx RENAME TO o_day_idx;',
        'ALTER TABLE public.p1 RENAME CONSTRAINT o1_pkey TO p1_pkey;',
        'ALTER INDEX public.o1_at_idx RENAME TO p1_day_idx;',
      ],
    ],
    [
      'CREATE TABLE p (a int); CREATE TABLE c (x int) INHERITS (p); CREATE INDEX ON c (a);',
      'CREATE TABLE p (b int); CREATE TABLE c (x int) INHERITS (p); CREATE INDEX ON c (b);',
      ['--rename', 'p.a=b'],
      ['ALTER TABLE public.p RENAME COLUMN a TO b;', 'ALTER INDEX public.c_a_idx RENAME TO c_b_idx;'],
    ],
  ] as const)
    await withDesk(given, async ({ want, generated, read, upgrade, run }) => {
      await want(wanted);
      assert.equal((await generated(...options)).notGenerated, []);
      assert.equal(read('up').match(/^[A-Z][^;]*;$/gm), statements);
      await upgrade();
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
    });
});

test('a function that is made again behind a renamed view is no reason to leave the view as it is, and down.sql ends at the head', () =>
  withDesk(
    `CREATE TABLE a (id int, x text); CREATE VIEW v AS SELECT id, x FROM a;
CREATE FUNCTION f() RETURNS SETOF v LANGUAGE sql AS 'SELECT * FROM v';`,
    async ({ want, generated, upgrade, run, read }) => {
      const structure = async () => (await run('snapshot', '--sql')).stdout;
      const before = await structure();
      await want(`CREATE TABLE a (id int, y text); CREATE VIEW w AS SELECT id, y FROM a;
CREATE FUNCTION f() RETURNS SETOF w LANGUAGE sql AS 'SELECT * FROM w';`);
      const { notGenerated } = await generated('--rename', 'a.x=y', '--rename', 'v=w');
      assert.equal(notGenerated, []);
      await upgrade();
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
      assert.is((await run('downgrade', '-1', '--yes', '-q')).status, 0);
      assert.is(await structure(), before, read('down'));
    },
  ));

test("what down.sql can't make again is said where the revision renames something, too", () =>
  withDesk(
    `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR PUBLIC SERVER srv OPTIONS (password 'secret');
CREATE TABLE t (id int, a text);
`,
    async ({ want, generate, read }) => {
      await want(`CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE TABLE t (id int, b text);
`);
      const { status, json } = await generate('--rename', 't.a=b');
      const [line, ...others] = json<Generated>().notGenerated;
      assert.equal([status, others], [3, []]);
      assert.match(line ?? '', 'down.sql: user mapping for PUBLIC server srv is made');
      assert.match(
        read('down'),
        /RENAME COLUMN b TO a;[\s\S]*-- not generated: user mapping for PUBLIC server srv is made/,
      );
    },
  ));

const others = (
  tail: string,
  was: (old: string) => string,
) => `CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE t (a int, b int);
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER tr${tail} INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION tf(); ${was('tr')}
CREATE RULE ru${tail} AS ON UPDATE TO v DO INSTEAD NOTHING; ${was('ru')}
CREATE POLICY po${tail} ON t USING (a > 0); ${was('po')}
CREATE STATISTICS st${tail} ON a, b FROM t; ${was('st')}
CREATE COLLATION co${tail} FROM "C"; ${was('co')}
CREATE TEXT SEARCH CONFIGURATION tc${tail} (PARSER = "default"); ${was('tc')}
CREATE FOREIGN DATA WRAPPER w${tail}; ${was('w')}
CREATE SERVER srv${tail} FOREIGN DATA WRAPPER w${tail}; ${was('srv')}
CREATE FOREIGN TABLE ft (a int,
  CONSTRAINT k${tail} CHECK (a > 0) ${was('k')}
) SERVER srv${tail};
CREATE PUBLICATION pub${tail} FOR TABLE t; ${was('pub')}
`;

test('what PostgreSQL can rename is renamed by a comment, whatever kind it is, and back', () =>
  withDesk(
    others('', () => ''),
    async ({ want, generated, read, upgrade, run }) => {
      await want(others('2', (old) => `-- updown: was ${old}`));
      const { notGenerated, destroys } = await generated();
      assert.equal([notGenerated, destroys], [[], []]);
      const statements = (name: 'up' | 'down') => read(name).match(/^[A-Z][^;]*;$/gm);
      assert.equal(statements('up')?.toSorted(), [
        'ALTER COLLATION public.co RENAME TO co2;',
        'ALTER FOREIGN DATA WRAPPER w RENAME TO w2;',
        'ALTER POLICY po ON public.t RENAME TO po2;',
        'ALTER PUBLICATION pub RENAME TO pub2;',
        'ALTER RULE ru ON public.v RENAME TO ru2;',
        'ALTER SERVER srv RENAME TO srv2;',
        'ALTER STATISTICS public.st RENAME TO st2;',
        'ALTER TABLE public.ft RENAME CONSTRAINT k TO k2;',
        'ALTER TEXT SEARCH CONFIGURATION public.tc RENAME TO tc2;',
        'ALTER TRIGGER tr ON public.v RENAME TO tr2;',
      ]);
      assert.is(statements('down')?.length, 10);
      await upgrade();
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
      assert.is((await run('downgrade', '-1', '--yes', '-q')).status, 0);
    },
  ));

test('a comment beside what has no name, or no other one, is refused, and is not about what comes next', () =>
  withDesk('CREATE TABLE t (a int); CREATE TABLE old (a int);\n', async ({ want, generate, run }) => {
    for (const text of [
      'CREATE TABLE t (a int,\n CHECK (a > 0), -- updown: was old\n b int);\nCREATE TABLE fresh (a int);',
      'CREATE TABLE t (a int\n -- updown: was old\n);\nCREATE TABLE fresh (a int);',
      'CREATE TABLE t (a int);\nCREATE INDEX ON t (a); -- updown: was old\nCREATE TABLE fresh (a int);',
      'CREATE TABLE t (a int);\n-- updown: was old\nCREATE EXTENSION IF NOT EXISTS plpgsql;\nCREATE TABLE fresh (a int);',
      'CREATE TABLE t (a int);\nCOMMENT ON TABLE t IS NULL; -- updown: was old\nCREATE TABLE fresh (a int);',
      'CREATE TABLE t (a int); CREATE VIEW v AS SELECT a,\n a AS b -- updown: was old\n FROM t;\nCREATE TABLE fresh (a int);',
      'CREATE TABLE t (a int); CREATE TABLE fresh (a int);\n-- updown: was old\n',
      'CREATE TABLE t (a int); CREATE TABLE fresh (a int); CREATE TABLE gone (a int); -- updown: was old\nDROP TABLE gone;',
    ]) {
      await want(text);
      const refused = await generate();
      assert.is(refused.status, 2, text);
      const { code, message, hint } = refused.json<{ error: { code: string; message: string; hint: string } }>().error;
      assert.is(code, 'usage');
      assert.match(message, 'A comment that something was "old" stands beside');
      assert.match(hint, '--rename');
      assert.is((await run('check', '--allow', 'irreversible')).status, 3, text);
    }
    await want(
      'CREATE TABLE t (a int);\n-- updown: was old\nSET check_function_bodies = off;\nCREATE TABLE fresh (a int);',
    );
    assert.is((await generate()).status, 0);
  }));

interface BothWays {
  readonly first: string;
  readonly rows: string;
  readonly next: string;
  readonly names: readonly string[];
  /** What holds rows then, and what they are. */
  readonly question: string;
  readonly answer: Record<string, unknown>;
}

/** Up to what the schema makes by itself, with the rows where they belong, and down to what was there. */
function goesBothWays({ first, rows, next, names, question, answer }: BothWays): Promise<void> {
  return withDesk(first, async ({ want, generated, upgrade, run, database }) => {
    await database.query(rows);
    const before = await database.dump();
    await want(next);
    const { notGenerated, destroys, revisions } = await generated(...names.flatMap((name) => ['--rename', name]));
    assert.equal([notGenerated, destroys], [[], []]);
    await upgrade();
    await withDatabase(async (direct) => {
      await direct.query(next);
      assert.is(await database.dump(), await direct.dump());
    });
    assert.equal(await database.query(question), [answer]);
    assert.is((await run('check', '--allow', 'irreversible')).status, 0);
    assert.is((await run('downgrade', `-${revisions.length}`, '--yes', '-q')).status, 0);
    assert.is(await database.dump(), before);
  });
}

/** Of each kind one that goes from a to b, and gets another name; and what has its old name in b, its new one in a, or both. */
const moving = (
  s: string,
  n: string,
) => `CREATE SCHEMA a; CREATE SCHEMA b; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE TABLE b.t (id serial PRIMARY KEY, x text CONSTRAINT t_x UNIQUE); CREATE INDEX t_i ON b.t (x); CREATE TABLE a.t2 (id serial PRIMARY KEY);
CREATE VIEW b.v AS SELECT 1 AS o; CREATE MATERIALIZED VIEW b.m AS SELECT 1 AS o; CREATE INDEX m_i ON b.m (o);
CREATE SEQUENCE b.q; CREATE SEQUENCE a.q2; CREATE TYPE b.e AS ENUM ('o'); CREATE TYPE b.c AS (o int); CREATE TYPE a.c2 AS (o int);
CREATE TYPE b.r AS RANGE (SUBTYPE = float8); CREATE DOMAIN b.d AS text; CREATE FUNCTION b.f(int) RETURNS text LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION a.f2(int) RETURNS text LANGUAGE sql AS 'SELECT 0'; CREATE PROCEDURE b.p(int) LANGUAGE sql AS '';
CREATE AGGREGATE b.g(int) (SFUNC = int4mul, STYPE = int); CREATE COLLATION b.o FROM "POSIX"; CREATE FOREIGN TABLE b.h (o text) SERVER srv;
CREATE TYPE ${s}.e${n} AS ENUM ('x', 'y'); CREATE TYPE ${s}.c${n} AS (x int); CREATE TYPE ${s}.r${n} AS RANGE (SUBTYPE = int);
CREATE DOMAIN ${s}.d${n} AS int CONSTRAINT d${n}_check CHECK (VALUE > 0);
CREATE TABLE ${s}.t${n} (id serial PRIMARY KEY, x text CONSTRAINT t${n}_x UNIQUE, e ${s}.e${n} DEFAULT 'x', c ${s}.c${n}, r ${s}.r${n}, d ${s}.d${n});
CREATE INDEX t${n}_i ON ${s}.t${n} (x); CREATE SEQUENCE ${s}.q${n}; CREATE FOREIGN TABLE ${s}.h${n} (k int) SERVER srv;
CREATE VIEW ${s}.v${n} AS SELECT id FROM ${s}.t${n}; CREATE MATERIALIZED VIEW ${s}.m${n} AS SELECT id FROM ${s}.t${n};
CREATE INDEX m${n}_i ON ${s}.m${n} (id); CREATE FUNCTION ${s}.f${n}(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE ${s}.p${n}(int) LANGUAGE sql AS ''; CREATE AGGREGATE ${s}.g${n}(int) (SFUNC = int4pl, STYPE = int);
CREATE COLLATION ${s}.o${n} FROM "C"; CREATE STATISTICS ${s}.s${n} ON id, (id + 2) FROM ${s}.t${n};`;

test('what gets both another schema and another name finds each name free, whatever kind it is and whatever goes along', () =>
  goesBothWays({
    first: moving('a', ''),
    rows: "INSERT INTO a.t (x) VALUES ('a1'), ('a2'); INSERT INTO b.t (x) VALUES ('b1'); SELECT nextval('a.q')",
    next: moving('b', '2'),
    names: [
      ...['t', 'v', 'm', 'q', 'e', 'c', 'r', 'd', 'h', 'o', 's'].map((name) => `a.${name}=b.${name}2`),
      ...['a.m_i=b.m2_i', 'a.f(int)=b.f2', 'a.p(int)=b.p2', 'a.g(int)=b.g2'],
    ],
    question: `INSERT INTO b.t2 (x) VALUES ('a3')
      RETURNING id, nextval('b.q2')::int AS q, (SELECT string_agg(x, ' ') FROM b.t2) AS x, (SELECT string_agg(x, ' ') FROM b.t) AS o`,
    answer: { id: 3, q: 2, x: 'a1 a2', o: 'b1' },
  }));

test('two schemas swap what they have of one name, with its indexes, and one gets the name that another has given up', () =>
  goesBothWays({
    first: `CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA s; CREATE TYPE a.e AS ENUM ('a'); CREATE TYPE b.e AS ENUM ('b');
CREATE FUNCTION a.f(a.e) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION b.f(b.e) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE TABLE a.t (id serial PRIMARY KEY, x text); CREATE TABLE b.t (id serial PRIMARY KEY, z text);
CREATE INDEX i ON a.t (x); CREATE INDEX i ON b.t (z); CREATE TABLE s.t (id serial PRIMARY KEY, x text); CREATE TABLE a.m (v int);
CREATE TABLE p (a int CHECK (a > 0)); CREATE TABLE c (x int) INHERITS (p);`,
    rows: `INSERT INTO a.t (x) VALUES ('a'); INSERT INTO b.t (z) VALUES ('b'); INSERT INTO s.t (x) VALUES ('s'); INSERT INTO a.m VALUES (7);
      INSERT INTO c VALUES (1, 2)`,
    next: `CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA s; CREATE SCHEMA s2; CREATE TYPE b.e AS ENUM ('a'); CREATE TYPE a.e AS ENUM ('b');
CREATE FUNCTION b.g(b.e) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION b.f(a.e) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE TABLE b.t (id serial PRIMARY KEY, x text); CREATE TABLE a.t (id serial PRIMARY KEY, z text);
CREATE INDEX i ON b.t (x); CREATE INDEX i ON a.t (z); CREATE TABLE s2.t (id serial PRIMARY KEY, x text); CREATE TABLE s.t (v int);
CREATE TABLE p (b int CHECK (b > 0)); CREATE TABLE c (a int) INHERITS (p);`,
    names: ['a.t=b.t', 'b.t=a.t', 'a.f=b.g', 'a.e=b.e', 'b.e=a.e', 's=s2', 'a.m=s.t', 'c.x=a', 'c.a=b', 'p.a=b'],
    question: 'SELECT b.t.x, a.t.z, s2.t.x AS s, s.t.v, c.b, c.a FROM b.t, a.t, s2.t, s.t, c',
    answer: { x: 'a', z: 'b', s: 's', v: 7, b: 1, a: 2 },
  }));

const two = (s: string, t: string, i: string, a: string, b: string) =>
  `CREATE SCHEMA ${s}; CREATE TABLE ${s}.${t} (${a} text, ${b} text); CREATE INDEX ${i} ON ${s}.${t} (${a}, ${b});`;

test('columns are swapped in a schema, a table and an index that get other names', () =>
  goesBothWays({
    first: two('s1', 't', 'ti', 'a', 'b'),
    rows: "INSERT INTO s1.t (a, b) VALUES ('a', 'b')",
    next: two('s2', 'tt', 'tii', 'b', 'a'),
    names: ['s1=s2', 's1.t=tt', 's1.ti=tii', 's1.t.a=b', 's1.t.b=a'],
    question: 'SELECT a, b FROM s2.tt',
    answer: { a: 'b', b: 'a' },
  }));

test('behind a rename something new is made that has the old name, whatever kind it is', () =>
  goesBothWays({
    first: `CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA s; CREATE TYPE s.e AS ENUM ('n', 'z'); CREATE TABLE s.t (id serial PRIMARY KEY, e s.e);
CREATE TABLE a.t (id serial PRIMARY KEY, x text UNIQUE); CREATE TABLE c (t_id int REFERENCES a.t); CREATE VIEW v AS SELECT x FROM a.t;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE SEQUENCE q; CREATE DOMAIN d AS int;
CREATE TABLE u (id int, a serial, d d, k int CONSTRAINT k CHECK (k > 0)); CREATE INDEX ON u (a); CREATE INDEX i ON u (f(k));`,
    rows: `INSERT INTO s.t (e) VALUES ('n'); INSERT INTO a.t (x) VALUES ('1'), ('2'); INSERT INTO c VALUES (2);
      INSERT INTO u (id, a, k) VALUES (1, 5, 6)`,
    next: `CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA s2; CREATE TYPE s2.e AS ENUM ('m', 'n', 'z'); CREATE TABLE s2.t (id serial PRIMARY KEY, e s2.e);
CREATE SCHEMA s; CREATE TABLE s.t (k bigserial PRIMARY KEY, e s2.e);
CREATE TABLE b.t2 (id serial PRIMARY KEY, x text UNIQUE); CREATE TABLE c (t_id int REFERENCES b.t2); CREATE VIEW v2 AS SELECT x FROM b.t2;
CREATE TABLE a.t (id bigserial PRIMARY KEY, x text UNIQUE, y int NOT NULL); CREATE VIEW v AS SELECT y FROM a.t;
CREATE FUNCTION f2(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION f(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''f''';
CREATE SEQUENCE q2; CREATE SEQUENCE q INCREMENT 2; CREATE DOMAIN d2 AS int; CREATE DOMAIN d AS text;
CREATE TABLE u (id int, b int NOT NULL, d d2, k int CONSTRAINT k2 CHECK (k > 0), a serial, CONSTRAINT k CHECK (k < 9));
CREATE SEQUENCE u_b_seq AS int OWNED BY u.b; ALTER TABLE u ALTER b SET DEFAULT nextval('u_b_seq');
CREATE INDEX ON u (b); CREATE INDEX ON u (a); CREATE INDEX i2 ON u (f2(k)); CREATE INDEX i ON u (k);`,
    names: ['s=s2', 's.e.n=m', 'a.t=b.t2', 'v=v2', 'f=f2', 'q=q2', 'd=d2', 'u.a=b', 'constraint u.k=k2', 'i=i2'],
    question: `INSERT INTO b.t2 (x) VALUES ('3') RETURNING id, (SELECT count(*)::int FROM a.t) AS n, (SELECT b FROM u) AS b,
      (SELECT e::text FROM s2.t) AS e, (SELECT count(*)::int FROM s.t) AS s`,
    answer: { id: 3, n: 0, b: 5, e: 'm', s: 0 },
  }));

test('an old name that the schema still has is told by an option only, and one that is dropped is free in a second revision', () =>
  withDesk('CREATE TABLE t (a int); CREATE TABLE t_new (a int, b int);\n', async ({ want, generate, read }) => {
    const refuse = async (...options: readonly string[]) => {
      const refused = await generate(...options);
      assert.is(refused.status, 2);
      return refused.json<{ error: { message: string; hint: string } }>().error;
    };
    await want('CREATE TABLE t (a int, b int);\n');
    const taken = await refuse('--rename', 't_new=t');
    assert.match(taken.message, "table public.t_new can't become public.t: the revisions make that already");
    assert.match(taken.hint, 'one from a schema without it that still has public.t_new, and then this one');
    await want('CREATE TABLE t_new (a int, b int);\n');
    assert.is((await generate('--drop', 't')).status, 0);
    await want('CREATE TABLE t (a int, b int);\n');
    assert.is((await generate('--rename', 't_new=t')).status, 0);
    assert.match(read('up'), 'ALTER TABLE public.t_new RENAME TO t;');
    const both = 'CREATE TABLE t (a int);\nCREATE TABLE t_old (a int, b int);';
    await want(`${both} -- updown: was t\n`);
    const { message, hint } = await refuse();
    assert.match(message, "A comment can't say that table public.t_old was public.t: the schema has another public.t");
    const command = 'updown revision --autogenerate -m "new names" --rename public.t=public.t_old';
    assert.match(hint, `Remove that comment, and say it once: ${command}`);
    await want(both);
    assert.is((await generate('--rename', 'public.t=public.t_old')).status, 0);
    assert.is((await generate()).status, 3);
  }));

test.run();
