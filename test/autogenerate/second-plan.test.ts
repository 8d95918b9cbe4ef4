import { plan } from '@supabase/pg-delta';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differencesOf, type Landing, readLanding } from '../../lib/autogenerate/landing.ts';
import type { Knowledge } from '../../lib/autogenerate/learn.ts';
import { type Facts, planByDelta, readFacts } from '../../lib/autogenerate/pg-delta.ts';
import { planPieces } from '../../lib/autogenerate/piece.ts';
import { type SecondPlan, trySecondPlan, tryStatements } from '../../lib/autogenerate/second-plan.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import type { Site } from '../../lib/verify/file.ts';
import { applyAll } from '../../lib/verify/stairway.ts';
import { ledger } from '../schema/snapshot.ts';
import { serverUrl } from '../support/server.ts';
import { opener, toFile } from './judge.ts';
import { withDesk } from './project.ts';

await loadParser();

const roles = new Set(['postgres']);
const none = () => false;

interface Tried {
  /** What pg-delta writes, whether it would be kept or not. */
  readonly raw: readonly string[];
  readonly kept: readonly string[];
  readonly found: SecondPlan | undefined;
  readonly foundRaw: SecondPlan | undefined;
  /** What still differs, and the rows of t. */
  readonly left: number;
  readonly rows: string;
}

/** Has the other planner bring one schema to another one, as if nothing of it had SQL of ours. */
async function tryAll(given: string, wanted: string, triesRaw = false): Promise<Tried> {
  const open = opener({ server: await serverUrl(), template: 'template0', user: 'postgres' }, false);
  const [to, facts] = await open(async (site): Promise<[Landing, Facts]> => {
    await applyAll(site, [toFile(wanted)]);
    return [await readLanding(site, roles), await readFacts(site.scratch.session)];
  });
  return open(async (site) => {
    await applyAll(site, [toFile(given)]);
    const { session } = site.scratch;
    await session.send('INSERT INTO t DEFAULT VALUES');
    const from = await readLanding(site, roles);
    const own = await readFacts(session);
    const { actions } = plan(own.base, facts.base, { scope: 'database', assumedRoles: [...own.roles], renames: 'off' });
    const raw = actions.map(({ sql }) => `${sql};`);
    const left = planPieces(differencesOf(to, from, none), from, to);
    const goal = { op: 'up', from, to, left, ledger } as const;
    const ground = { site, roles, isIgnored: none, known: unknown() };
    const foundRaw = triesRaw ? await tryStatements(ground, goal, raw) : undefined;
    const found = await trySecondPlan(ground, { ...goal, facts });
    return {
      ...{ raw, kept: await planByDelta(own, facts, roles), found, foundRaw },
      left: differencesOf(to, await readLanding(site, roles), none).length,
      rows: await countRows(site),
    };
  });
}

async function countRows({ scratch }: Site): Promise<string> {
  const [[row] = []] = await scratch.session.send('SELECT count(*)::text AS n FROM t');
  return row?.n ?? '';
}

function unknown(): Knowledge {
  return {
    ...{ withoutRows: new Set<string>(), refused: { up: new Map(), down: new Map() }, labelsApart: false },
    failed: { up: new Map(), down: new Map() },
    ...{ second: 'answered', bodiesUnchecked: false, oldNameOf: (table: string) => table },
  };
}

test('the other plan is taken where nothing differs behind it, and all that was there is there', async () => {
  const { found, left, rows } = await tryAll(
    'CREATE TABLE t (id serial PRIMARY KEY, a integer);',
    'CREATE TABLE t (id serial PRIMARY KEY, a integer, b text DEFAULT 9223372036854775807::text); CREATE INDEX t_b ON t (b); CREATE SEQUENCE s MAXVALUE 9223372036854775806;',
  );
  assert.ok(found);
  const text = found.pieces.flatMap(({ statements }) => statements).join('\n');
  assert.match(text, 'ADD COLUMN "b" text');
  // Who makes things on scratch is nobody elsewhere.
  assert.not.match(text, 'postgres');
  assert.ok(found.impact.locks.some(({ table, mode }) => table === 'public.t' && mode === 'ACCESS EXCLUSIVE'));
  assert.equal([left, rows], [0, '1']);
});

for (const [title, given, wanted] of [
  [
    'no inherit',
    'CREATE TABLE p (id integer); CREATE TABLE t (x integer) INHERITS (p);',
    'CREATE TABLE p (id integer); CREATE TABLE t (id integer, x integer);',
  ],
  [
    'a column that another one takes the place of',
    'CREATE TABLE t (id integer DEFAULT 1, g integer GENERATED ALWAYS AS (1 + 1) STORED);',
    'CREATE TABLE t (id integer DEFAULT 1, g integer);',
  ],
  [
    'another sequence',
    'CREATE SEQUENCE a; CREATE TABLE t (id integer);',
    'CREATE SEQUENCE b; CREATE TABLE t (id integer);',
  ],
] as const)
  test(`the other plan is thrown away where it drops what holds something: ${title}`, async () => {
    const { raw, found, foundRaw, left, rows } = await tryAll(given, wanted, true);
    assert.match(raw.join('\n'), /DROP (TABLE|COLUMN|SEQUENCE)|DROP EXPRESSION/);
    assert.is(foundRaw, undefined, raw.join('\n'));
    assert.is(found, undefined, raw.join('\n'));
    assert.equal([left > 0, rows], [true, '1']);
  });

test('a plan with another text in the place of a password is none', async () => {
  const given = 'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w; CREATE TABLE t (id integer);';
  const { raw, kept, found, rows } = await tryAll(
    given,
    `${given} CREATE USER MAPPING FOR postgres SERVER srv OPTIONS (user 'u', password 'secret');`,
  );
  assert.match(raw.join('\n'), '__OPTION_PASSWORD__');
  assert.equal([kept, found, rows], [[], undefined, '1']);
});

test('what neither planner has SQL for is named, and the rest is written', () =>
  withDesk(
    'CREATE TABLE p (id integer) PARTITION BY RANGE (id); CREATE TABLE c PARTITION OF p FOR VALUES FROM (1) TO (9);',
    async ({ want, generate, read }) => {
      await want(
        'CREATE TABLE p (id integer) PARTITION BY LIST (id); CREATE TABLE c (id integer); CREATE TABLE n (id integer);',
      );
      const { status, stderr } = await generate();
      assert.is(status, 3, stderr);
      assert.not.match(stderr, 'needs the package');
      assert.match(read('up'), '-- not generated: table public.p: partition key');
      assert.match(read('up'), 'CREATE TABLE public.n');
    },
  ));

test.run();
