import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { downgrade, prepareDowngrade, prepareUpgrade, stamp, status, upgrade } from '../../lib/index.ts';
import { printLedger } from '../../lib/ledger/text.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { print, runScript } from '../support/script.ts';

const revisions: readonly TestRevision[] = [
  {
    id: 'a1',
    up: 'CREATE TABLE public.t (n integer, s pg_catalog.text COLLATE "C");\nCREATE INDEX IF NOT EXISTS found ON public.t (n);\n',
    down: 'DROP TABLE public.t;\n',
  },
  {
    id: 'b1',
    up: `-- updown: no-transaction
CREATE INDEX CONCURRENTLY one ON public.t (n);
CREATE INDEX CONCURRENTLY ON public.t (s);
REINDEX INDEX CONCURRENTLY public.one;
INSERT INTO public.t VALUES (1);
`,
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY public.one;\nDROP INDEX CONCURRENTLY public.t_s_idx;\n',
  },
  { id: 'c1', up: 'RESET ALL;\nSET search_path = public, pg_catalog;\n', down: '-- nothing to undo' },
];

const types = [
  'text',
  'name',
  '"char"',
  'bigint',
  'integer',
  'smallint',
  'oid',
  'regclass',
  'jsonb',
  'boolean',
  'text[]',
  'timestamptz',
  'interval',
  'xid',
];
const operators = [
  '=',
  '<>',
  '<',
  '>',
  '<=',
  '>=',
  '||',
  '->',
  '->>',
  '?',
  '@>',
  '~',
  '!~',
  '~~',
  '-',
  '+',
  '*',
  '/',
  '%',
  '&',
  '<<',
];

/** What SQL of ours calls, and what its writer might: by the names in the text of the ledger and of a plan's scripts. */
function calledIn(text: string): readonly string[] {
  const names = Array.from(text.matchAll(/\b([a-z_][a-z0-9_]*)\s*\(/g), ([, name = '']) => name);
  return [
    ...new Set([
      ...names,
      'count',
      'max',
      'unnest',
      'format',
      'quote_ident',
      'jsonb_agg',
      'string_agg',
      'to_regclass',
      'heads',
    ]),
  ];
}

/**
 * All that a role with CREATE in a schema can put in front of the server's own: functions of each name that is called, for each type and
 * pair of types; operators of each pair; domains named as types; tables named as catalogs. Whatever of it is used, fails.
 */
async function plant({ query }: Database, schema: string, called: readonly string[]): Promise<void> {
  const list = (values: readonly string[]) => `ARRAY[${values.map((value) => `'${value}'`).join(', ')}]`;
  await query(`DO $plant$
DECLARE
  a text; b text; f text; o text;
BEGIN
  SET LOCAL search_path = pg_catalog;
  SET LOCAL client_min_messages = error;
  SET LOCAL check_function_bodies = off;
  FOREACH a IN ARRAY ${list(types)} LOOP
    FOREACH f IN ARRAY ${list(called)} LOOP
      BEGIN
        EXECUTE format('CREATE FUNCTION ${schema}.%I(%s) RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION ''hijacked: %s(%s)''; END$f$', f, a, f, a);
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
    END LOOP;
    FOREACH b IN ARRAY ${list(types)} LOOP
      EXECUTE format('CREATE FUNCTION ${schema}.evil(%s, %s) RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION ''hijacked: operator of %s and %s''; END$f$', a, b, a, b);
      FOREACH f IN ARRAY ARRAY['format', 'concat', 'strpos', 'left', 'substr', 'to_char', 'set_config', 'split_part', 'jsonb_build_object'] LOOP
        EXECUTE format('CREATE FUNCTION ${schema}.%I(%s, %s) RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION ''hijacked: %s(%s, %s)''; END$f$', f, a, b, f, a, b);
      END LOOP;
      FOREACH o IN ARRAY ${list(operators)} LOOP
        EXECUTE format('CREATE OPERATOR ${schema}.%s (FUNCTION = ${schema}.evil, LEFTARG = %s, RIGHTARG = %s)', o, a, b);
      END LOOP;
    END LOOP;
  END LOOP;
  CREATE FUNCTION ${schema}.never(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION 'hijacked: a domain'; END$f$;
  FOREACH a IN ARRAY ARRAY['text', 'jsonb', 'name', 'oid', 'regclass', 'timestamptz', 'record'] LOOP
    EXECUTE format('CREATE DOMAIN ${schema}.%I AS pg_catalog.text CHECK (${schema}.never(VALUE))', a);
  END LOOP;
  FOREACH a IN ARRAY ARRAY['pg_class', 'pg_namespace', 'pg_index', 'pg_locks', 'pg_stat_activity', 'pg_proc', 'pg_roles', 'journal', 'worker', 'applied', 'unfinished'] LOOP
    EXECUTE format('CREATE VIEW ${schema}.%I AS SELECT ${schema}.never(''x''::pg_catalog.text)', a);
  END LOOP;
END
$plant$`);
}

for (const path of ['"$user", public', 'public, pg_catalog']) {
  test(`nothing that stands in a schema of the path is used: ${path}`, () =>
    withProject({ 'updown.json': JSON.stringify({ settings: { search_path: path } }) }, async (cwd) => {
      await writeProject(cwd, revisions);
      await withDatabase(async (database) => {
        const site = { cwd, env: {}, url: database.url };
        const script = await prepareUpgrade(site);
        const called = calledIn(
          `${printLedger({ schema: 'updown', project: 'p' })}${print(script)}${await readFile(join(import.meta.dirname, '../../lib/database/ledger-state.ts'), 'utf8')}`,
        );
        await plant(database, 'public', called);
        const [{ user } = {}] = await database.query('SELECT current_user::pg_catalog.text AS user');
        if (path.startsWith('"$user"')) {
          await database.query(`CREATE SCHEMA ${user}`);
          await plant(database, `${user}`, called);
        }
        await database.query(
          `DO $$BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I SET search_path = ${path}', pg_catalog.current_database()); END$$`,
        );
        const held = { ...site, allowExisting: true };
        // By a run, up, down and by stamps; and what only reads.
        await upgrade(held);
        await status(site);
        await downgrade({ ...site, target: 'base' });
        await stamp({ ...site, targets: ['head'], force: true });
        await stamp({ ...site, targets: ['base'] });
        // By psql, and as a client sends it that knows SQL alone.
        const up = await runScript(database.url, print(await prepareUpgrade(held)));
        assert.equal([up.status, up.stderr.match(/ERROR.*/)?.[0]], [0, undefined]);
        const down = await runScript(
          database.url,
          print(await prepareDowngrade({ ...held, target: 'base', from: 'c1' })),
        );
        assert.equal([down.status, down.stderr.match(/ERROR.*/)?.[0]], [0, undefined]);
        for (const file of renderPlain(await prepareUpgrade(held), { tool: '0' })) {
          if (!file.name.endsWith('.sql')) continue;
          const { stderr } = await runScript(database.url, [...file.pieces].join(''));
          assert.not.match(stderr, /ERROR/, file.name);
        }
        assert.equal((await status(site)).applied, 3);
      });
    }));
}

test.run();
