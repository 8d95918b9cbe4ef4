import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import { measure } from '../../lib/review/measure.ts';
import { type Finding, findingsOf } from '../../lib/review/review.ts';
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
    found: ["enum-value-position: 'after 'hours' or before 'noon'' comes last in type public.mood"],
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
];

async function findAll(scratch: Scratch): Promise<void> {
  for (const { base, up, rules, found, advice = '' } of mentions) {
    await forget(scratch);
    await scratch.session.send('DROP SCHEMA IF EXISTS other CASCADE');
    const findings = (await reviewOf(scratch, base, up)).filter(({ rule }) => rules.includes(rule));
    const lines = findings.map(({ rule, message }) => `${rule}: ${message}`);
    assert.equal(lines.toSorted(), found.toSorted(), up);
    const ways = findings.map((finding) => finding.advice ?? '');
    assert.ok(advice === '' || ways.some((way) => `${way}\n`.includes(`${advice}\n`)), `${up}: ${ways.join('\n')}`);
  }
}

async function reviewOf(scratch: Scratch, base: string, up: string): Promise<readonly Finding[]> {
  const [history, plan] = [[toPiece('base', base)], [toPiece('up', up)]];
  const measurement = await measure(scratch, { history, plan, pins, emit: () => {}, signal: undefined });
  return findingsOf(judge(measurement, undefined));
}

test('what a comment, a literal or a name mentions is not what the statement does', () =>
  withBench([], undefined, findAll));

test('and so on a PostgreSQL 15', async () => withBench([], await serverUrl(), findAll));

test.run();
