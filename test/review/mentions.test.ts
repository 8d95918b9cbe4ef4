import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import { measure } from '../../lib/review/measure.ts';
import type { Finding } from '../../lib/review/review.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { pinSettings } from '../../lib/script/settings.ts';
import { serverUrl } from '../support/server.ts';
import { toPiece, withBench } from './bench.ts';
import { forget } from './kind-bench.ts';

const pins = pinSettings({ settings: {}, lockTimeout: undefined, statementTimeout: undefined });

/** A statement whose comments, literals and names mention what it does not do. */
interface Mention {
  readonly base: string;
  readonly up: string;
  /** `rule: message`, of the rules that `rules` names. */
  readonly found: readonly string[];
  readonly rules: readonly string[];
  /** A line of the advice of one of them. */
  readonly advice?: string;
  /** Of the statement it is told with. */
  readonly line?: number;
}

const drops = ['cascade-drops', 'drop-table', 'drop-object', 'drop-column'];

const mentions: readonly Mention[] = [
  {
    base: 'CREATE TABLE logs (id integer); CREATE VIEW notes AS SELECT * FROM logs;',
    up: 'DROP TABLE logs /* nobody reads notes any more */ CASCADE;',
    rules: drops,
    found: ['drop-table: drops table public.logs', 'cascade-drops: drops view public.notes as well'],
    advice: 'DROP VIEW public.notes;\nDROP TABLE logs /* nobody reads notes any more */;',
  },
  {
    base: "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (id integer, mood mood);",
    up: 'DROP TYPE mood -- the column mood\n CASCADE;',
    rules: drops,
    found: ['drop-object: drops type public.mood', 'cascade-drops: drops column public.t.mood as well'],
    advice: 'ALTER TABLE public.t DROP COLUMN mood;\nDROP TYPE mood;',
  },
  {
    base: `CREATE SCHEMA other; CREATE TABLE logs (id integer); CREATE TABLE other.logs () INHERITS (logs);
CREATE VIEW "No, Tes" AS SELECT * FROM other.logs;`,
    up: 'DROP TABLE "logs" CASCADE;',
    rules: drops,
    found: [
      'drop-table: drops table public.logs',
      'cascade-drops: drops table other.logs, view public."No, Tes" as well',
    ],
    advice: 'DROP VIEW public."No, Tes";\nDROP TABLE other.logs;\nDROP TABLE "logs";',
  },
  {
    base: `CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE VIEW f AS SELECT f(1) AS x; CREATE SCHEMA other; CREATE VIEW other.f AS SELECT x FROM f;`,
    up: 'DROP FUNCTION F(integer) cascade;',
    rules: drops,
    found: [
      'drop-object: drops function public.f(integer)',
      'cascade-drops: drops view other.f, view public.f as well',
    ],
    advice: 'DROP FUNCTION F(integer);',
  },
  {
    base: 'CREATE TABLE logs (id integer); CREATE VIEW notes AS SELECT * FROM logs;',
    up: "DO $$ BEGIN -- notes\n RAISE NOTICE 'notes go'; DROP TABLE logs CASCADE; END $$;",
    rules: drops,
    found: ['drop-table: drops table public.logs', 'cascade-drops: drops view public.notes as well'],
    advice: 'DROP VIEW public.notes;',
  },
  {
    base: 'CREATE TABLE logs (id integer); CREATE VIEW notes AS SELECT * FROM logs;',
    up: "DO $$ BEGIN /* notes */ EXECUTE format('DROP TABLE %I CASCADE', 'logs'); END $$;",
    rules: drops,
    found: ['drop-table: drops table public.logs', 'cascade-drops: drops view public.notes as well'],
  },
  {
    base: "CREATE TYPE mood AS ENUM ('it''s');",
    up: "ALTER TYPE mood RENAME VALUE 'it''s' TO 'isn''t';",
    rules: ['enum-value-renamed'],
    found: ["enum-value-renamed: renames the value 'it''s' of type public.mood to 'isn''t'"],
  },
  {
    base: `CREATE DOMAIN "Pos" AS integer CONSTRAINT above CHECK (VALUE > 0); CREATE TYPE pair AS (a integer);
CREATE TABLE t (id integer, a "Pos", b pair);`,
    up: 'DROP DOMAIN "Pos" CASCADE; DROP TYPE pair CASCADE;',
    rules: ['cascade-drops'],
    found: ['cascade-drops: drops column public.t.a as well', 'cascade-drops: drops column public.t.b as well'],
    advice: 'ALTER TABLE public.t DROP COLUMN a;\nDROP DOMAIN "Pos";',
  },
  {
    base: 'CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (a integer UNIQUE, b integer);',
    up: 'ALTER TABLE t DROP COLUMN a, ADD FOREIGN KEY (b) REFERENCES p ON DELETE CASCADE NOT VALID;',
    rules: drops,
    found: ['drop-column: drops column public.t.a (integer)'],
  },
  {
    base: 'CREATE TABLE t (id integer, "drop CASCADE" integer); CREATE VIEW v AS SELECT "drop CASCADE" AS x FROM t;',
    up: 'ALTER TABLE ONLY public."t" DROP COLUMN IF EXISTS "drop CASCADE" -- v\n CASCADE;',
    rules: drops,
    found: [
      'drop-column: drops column public.t."drop CASCADE" (integer)',
      'cascade-drops: drops view public.v as well',
    ],
    advice: 'DROP VIEW public.v;\nALTER TABLE ONLY public."t" DROP COLUMN IF EXISTS "drop CASCADE";',
  },
  {
    base: 'CREATE TYPE pair AS ("full name" text, "a, b" numeric(10,2));',
    up: 'ALTER TYPE pair RENAME ATTRIBUTE "full name" TO "whole, name"; ALTER TYPE pair DROP ATTRIBUTE "a, b";',
    rules: [...drops, 'rename'],
    found: [
      'rename: renames attribute public.pair."full name" to whole, name',
      'drop-column: drops attribute public.pair."a, b" (numeric(10,2))',
    ],
  },
  {
    base: "CREATE TYPE mood AS ENUM ('ok');",
    up: "ALTER TYPE mood ADD VALUE 'after ''hours'' or before ''noon''' /* AFTER 'ok' */;",
    rules: ['enum-value-position'],
    found: ["enum-value-position: 'after ''hours'' or before ''noon''' comes last in type public.mood"],
    advice: "ALTER TYPE public.mood ADD VALUE 'after ''hours'' or before ''noon''' AFTER 'ok';",
  },
  {
    base: "CREATE TYPE mood AS ENUM ('ok');",
    up: "ALTER TYPE mood ADD VALUE 'glad' AFTER /* all */ 'ok';",
    rules: ['enum-value-position'],
    found: [],
  },
  {
    base: 'CREATE TABLE "Json" (id integer);',
    up: 'ALTER TABLE "Json" /* é json */ ADD COLUMN json /* json */ pg_catalog /* . */ . "json" DEFAULT \'{"json": 1}\';',
    rules: ['json-column'],
    found: ['json-column: public."Json"."json" is json'],
    advice:
      'ALTER TABLE "Json" /* é json */ ADD COLUMN json /* json */ pg_catalog /* . */ . jsonb DEFAULT \'{"json": 1}\';',
  },
  {
    base: 'CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE c (id integer REFERENCES p);',
    up: 'TRUNCATE p, c /* not CASCADE, no RESTART IDENTITY */;',
    rules: ['truncate'],
    found: ['truncate: empties public.c, public.p'],
    advice: '-- if the rows may really go:',
  },
  {
    base: 'CREATE TABLE t (id integer); ALTER TABLE t ADD CONSTRAINT "a on domain b" CHECK (id > 0) NOT VALID;',
    up: 'ALTER TABLE t VALIDATE CONSTRAINT "a on domain b";',
    rules: ['domain-validate-waits'],
    found: [],
  },
  {
    base: 'CREATE TABLE t (id integer PRIMARY KEY);',
    up: '-- updown: no-transaction\nREINDEX /* why */ (VERBOSE /* ) */) /* TABLE */ INDEX t_pkey;',
    rules: ['reindex-not-concurrent'],
    found: ['reindex-not-concurrent: rebuilds public.t_pkey under a lock'],
    advice: 'REINDEX /* why */ (VERBOSE /* ) */) /* TABLE */ INDEX CONCURRENTLY t_pkey;',
  },
  {
    base: 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE UNIQUE INDEX ON m (a);',
    up: 'REFRESH MATERIALIZED /* the */ VIEW m;',
    rules: ['refresh-not-concurrent'],
    found: ['refresh-not-concurrent: takes ACCESS EXCLUSIVE on public.m while its query runs'],
    advice: 'REFRESH MATERIALIZED /* the */ VIEW CONCURRENTLY m;',
  },
  {
    base: 'CREATE TABLE t (id integer);',
    up: '-- updown: no-transaction\nVACUUM (/* FULL, really */ FULL, ANALYZE) t;',
    rules: ['vacuum-full'],
    found: ['vacuum-full: rewrites public.t'],
    advice: 'VACUUM (ANALYZE) t;',
  },
  {
    base: 'CREATE TABLE t (a integer, b integer);',
    up: 'ALTER TABLE /* first */ t ALTER COLUMN a TYPE bigint; ALTER TABLE public . "t" /* b */ ALTER COLUMN b TYPE bigint;',
    rules: ['combine-alters'],
    found: ['combine-alters: walks through public.t again, after statement 1'],
    advice: 'ALTER TABLE /* first */ t ALTER COLUMN a TYPE bigint,\n  ALTER COLUMN b TYPE bigint;',
  },
  {
    base: 'CREATE TABLE t (id integer PRIMARY KEY, temp numeric); CREATE TABLE readings (temp numeric);',
    up: `CREATE TABLE others (temp numeric, said text DEFAULT 'set_config(');
SET /* not */ SESSION work_mem = '4MB'; UPDATE t SET temp = 0;`,
    rules: ['backfill-at-once'],
    found: ['backfill-at-once: reads all of public.t for the rows it writes'],
    advice: "SET LOCAL work_mem = '4MB';",
  },
  {
    base: 'CREATE TABLE t (id integer, "a)b" integer, note text);',
    up: "ALTER TABLE t ADD COLUMN c text GENERATED ALWAYS AS (note || ' DEFAULT nextval(') STORED;",
    rules: ['volatile-default', 'counted-column', 'stored-generated'],
    found: ['stored-generated: rewrites public.t'],
  },
  {
    base: `CREATE TYPE "a CHECK b" AS ENUM ('x NOT NULL');`,
    up: 'CREATE DOMAIN plain AS "a CHECK b"; CREATE DOMAIN asking AS "a CHECK b" NOT NULL;',
    rules: ['constrained-domain-created'],
    found: ['constrained-domain-created: makes domain public.asking as public."a CHECK b" NOT NULL'],
    advice: 'CREATE DOMAIN public.asking AS public."a CHECK b";',
  },
  {
    base: 'CREATE TABLE "c(1)" ("x)" integer PRIMARY KEY); CREATE TABLE d ("y(" integer, FOREIGN KEY ("y(") REFERENCES "c(1)" ("x)"));',
    up: 'ALTER TABLE "c(1)" ALTER COLUMN "x)" TYPE bigint;',
    rules: ['type-rewrites'],
    found: ['type-rewrites: rewrites public."c(1)" for integer to bigint, and reads public.d'],
    advice:
      'ALTER TABLE public.d ADD CONSTRAINT "d_y(_fkey_new" FOREIGN KEY ("y(") REFERENCES public."c(1)"("x)_new") NOT VALID;',
  },
  {
    base: 'CREATE TABLE t (a integer, b integer); CREATE UNIQUE INDEX t_b ON t (b);',
    up: 'ALTER TABLE t ALTER COLUMN a TYPE bigint, ADD CONSTRAINT t_key UNIQUE USING INDEX t_b;',
    rules: ['type-rewrites'],
    found: ['type-rewrites: rewrites public.t for integer to bigint'],
    advice: '  NEW.a_new := NEW.a;',
  },
  {
    base: 'CREATE TABLE t (a double precision, b timestamp, c numeric(9,4), d numeric(9,4));',
    up: 'ALTER TABLE t ALTER COLUMN a TYPE integer;\nALTER TABLE t ALTER COLUMN b TYPE date USING b::date;\nALTER TABLE t ALTER COLUMN c TYPE numeric(9,2) USING round(c, 2);\nALTER TABLE t ALTER d TYPE integer USING (t.d::numeric::integer);',
    rules: ['type-rewrites'],
    found: [
      'type-rewrites: rewrites public.t for double precision to integer, which rounds or cuts values without an error',
      'type-rewrites: rewrites public.t for timestamp without time zone to date, which rounds or cuts values without an error',
      'type-rewrites: rewrites public.t for numeric(9,4) to numeric(9,2)',
      'type-rewrites: rewrites public.t for numeric(9,4) to integer, which rounds or cuts values without an error',
    ],
    advice: '  NEW.a_new := NEW.a;',
  },
  {
    base: `CREATE SEQUENCE "it's"; CREATE TABLE t (a integer DEFAULT nextval('"it''s"')); ALTER SEQUENCE "it's" OWNED BY t.a;`,
    up: 'ALTER TABLE t ALTER COLUMN a TYPE bigint;',
    rules: ['type-rewrites'],
    found: ['type-rewrites: rewrites public.t for integer to bigint'],
    advice: `ALTER SEQUENCE public."it's" OWNED BY public.t.a_new;`,
  },
  {
    base: 'CREATE TABLE program (id integer);',
    up: "COPY program TO '/dev/null';",
    rules: ['fails'],
    found: [],
  },
  {
    base: 'CREATE TABLE t (id integer);',
    up: 'CREATE RULE a AS ON DELETE TO t DO INSTEAD NOTHING;\nCREATE RULE ab AS ON UPDATE TO t DO ALSO NOTHING;',
    rules: ['rule-instead'],
    found: ['rule-instead: rule a: DELETE on public.t does nothing from the commit on, and reports success'],
    line: 1,
  },
];

async function findAll(scratch: Scratch): Promise<void> {
  const wrong: string[] = [];
  for (const { base, up, rules, found, advice = '', line } of mentions) {
    await forget(scratch);
    await scratch.session.send('DROP SCHEMA IF EXISTS other CASCADE');
    const findings = (await reviewOf(scratch, base, up)).filter(({ rule }) => rules.includes(rule));
    const lines = findings.map(({ rule, message }) => `${rule}: ${message}`).toSorted();
    if (lines.join('\n') !== found.toSorted().join('\n')) wrong.push(`${up}\nfound ${lines.join('\n')}`);
    if (line !== undefined && findings[0]?.line !== line) wrong.push(`${up}\ntold with line ${findings[0]?.line}`);
    const ways = findings.map((finding) => finding.advice ?? '').join('\n');
    if (!`\n${ways}\n`.includes(advice === '' ? '' : `\n${advice}\n`)) wrong.push(`${up}\nadvises ${ways}`);
  }
  assert.equal(wrong, []);
}

async function reviewOf(
  scratch: Scratch,
  base: string,
  up: string,
): Promise<readonly (Finding & { readonly line: number })[]> {
  const [history, plan] = [[toPiece('base', base)], [toPiece('up', up)]];
  const measurement = await measure(scratch, { history, plan, pins, emit: () => {}, signal: undefined });
  return judge(measurement, undefined).flatMap(({ statements }) =>
    statements.flatMap(({ findings, line }) => findings.map((finding) => ({ ...finding, line }))),
  );
}

test('what a comment, a literal or a name mentions is not what the statement does', () =>
  withBench([], 'in process', findAll));

test('and so on a PostgreSQL 15', async () => withBench([], { url: await serverUrl() }, findAll));

test.run();
