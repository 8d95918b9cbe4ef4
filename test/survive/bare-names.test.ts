import { loadModule } from 'libpg-query';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  awaitHeads,
  current,
  downgrade,
  history,
  prepareUpgrade,
  review,
  show,
  stamp,
  status,
  upgrade,
  verifyScript,
} from '../../lib/index.ts';
import { lockKeys } from '../../lib/ledger/name.ts';
import { printLedger } from '../../lib/ledger/text.ts';
import { renderBootstrap, renderPlainBootstrap } from '../../lib/script/bootstrap.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { type Query, withProxy } from '../support/proxy.ts';
import { print } from '../support/script.ts';
import { findBare } from './bare.ts';

/** As psql sends it. */
function asSent(script: string): string {
  return script
    .replace(/\\g(set|exec)\b.*$/gm, ';')
    .replace(/\\;/g, ';')
    .replace(/(^| )\\(?!;)[a-z].*$/gm, '')
    .replace(/:'AUTOCOMMIT'/g, "'on'")
    .replace(/:'?updown_\w+'?/g, '1');
}

const revisions: readonly TestRevision[] = [
  { id: 'a1', up: 'CREATE TABLE public.t (n integer);\n', down: 'DROP TABLE public.t;\n' },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY one ON public.t (n);\nREINDEX INDEX CONCURRENTLY public.one;\nINSERT INTO public.t VALUES (1);\n',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY public.one;\n',
  },
  { id: 'c1', up: 'CREATE INDEX IF NOT EXISTS two ON public.t (n);\n', down: 'DROP INDEX public.two;\n' },
];

test('the audit itself sees a bare name in each form', async () => {
  await loadModule();
  for (const [text, name] of [
    ['SELECT count(*)', 'function count'],
    ['SELECT 1 = 1', 'operator = (AEXPR_OP)'],
    ['SELECT 1 IN (1)', 'operator = (AEXPR_IN)'],
    ['SELECT nullif(1, 1)', 'operator = (AEXPR_NULLIF)'],
    ['SELECT 1 IS DISTINCT FROM 2', 'operator = (AEXPR_DISTINCT)'],
    ['SELECT CASE 1 WHEN 1 THEN 1 END', 'operator = (CASE x WHEN)'],
    ['SELECT 1 IN (SELECT 1)', 'operator = (IN of a subquery)'],
    ["SELECT 'x'::text", 'type text'],
    ['SELECT FROM pg_class', 'relation pg_class'],
    ['DO $$BEGIN IF 1 = 1 THEN NULL; END IF; END$$', 'operator = (AEXPR_OP)'],
    ['DO $$DECLARE x text; BEGIN PERFORM count(*); END$$', 'function count'],
    ['CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS $$SELECT count(*)$$', 'function count'],
    ['SET LOCAL search_path = pg_catalog, pg_temp; COMMIT; SELECT count(*)', 'function count'],
    ['SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL search_path = public; SELECT count(*)', 'function count'],
  ] as const)
    assert.ok(findBare(text).includes(name), `${text}: ${findBare(text)}`);
  assert.equal(
    findBare(
      'SET LOCAL search_path = pg_catalog, pg_temp; SELECT count(*) WHERE 1 = 1; DO $$BEGIN PERFORM now(); END$$',
    ),
    [],
  );
});

test('no SQL that is printed leaves a name of ours to the path of the session: ledger, scripts and bootstrap', async () => {
  await loadModule();
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    const bare: string[] = [];
    const audit = (what: string, text: string) => {
      try {
        bare.push(...findBare(text).map((name) => `${what}: ${name}`));
      } catch (error) {
        const at = (error as { sqlDetails?: { cursorPosition?: number } }).sqlDetails?.cursorPosition ?? 0;
        throw new Error(`${what}: ${error}: ${text.slice(at - 200, at + 100)}`);
      }
    };
    audit('ledger', `SET LOCAL search_path = pg_catalog, pg_temp;\n${printLedger({ schema: 'updown', project: 'p' })}`);
    const script = await prepareUpgrade({ cwd, env: {}, from: 'base' });
    audit('script', asSent(print(script)));
    const joined = await prepareUpgrade({ cwd, env: {}, from: 'base', target: 'a1', oneTransaction: true });
    audit('one transaction', asSent(print(joined)));
    for (const { name, pieces } of renderSplit(script, { tool: '0' }))
      if (name.endsWith('.sql')) audit(`split ${name}`, asSent([...pieces].join('')));
    audit('plain bootstrap', renderPlainBootstrap(script, { tool: '0', grantTo: ['deploy'] }));
    audit('bootstrap', asSent(renderBootstrap(script, { tool: '0', grantTo: ['deploy'] })));
    for (const { name, pieces } of renderPlain(script, { tool: '0' }))
      if (name.endsWith('.sql')) audit(name, [...pieces].join(''));
    assert.equal([...new Set(bare)], []);
  });
});

/** What no file says: statements of the files are qualified here, so that each bare name is ours. */
test('nor does anything that a command sends', async () => {
  await loadModule();
  const files: readonly TestRevision[] = [
    ...revisions,
    { id: 'd1', up: 'SELECT pg_catalog.pg_sleep(1);\n', down: '-- nothing\n' },
    {
      id: 'e1',
      up: '-- updown: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY u ON public.t (n);\nCREATE INDEX CONCURRENTLY ON public.t (n);\n',
      down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY public.u;\nDROP INDEX CONCURRENTLY public.t_n_idx;\n',
    },
  ];
  await withDatabase(async ({ url, query }) => {
    await withProject({ 'updown.json': '{"lockTimeout":"1s"}' }, async (cwd) => {
      await writeProject(cwd, files);
      await withProxy(url, {}, async (proxy) => {
        const options = { cwd, env: {}, url: proxy.url };
        const bare: string[] = [];
        let from = 0;
        const audit = async (what: string, body: () => Promise<unknown>, fails = false) => {
          const error = await body().then(
            () => undefined,
            (failed: unknown) => failed,
          );
          assert.is(error !== undefined, fails, `${what}: ${error}`);
          const sent = proxy.queries.slice(from);
          from = proxy.queries.length;
          assert.ok(sent.length > 0, what);
          bare.push(
            ...withPaths(sent)
              .flatMap(findBare)
              .map((name) => `${what}: ${name}`),
          );
        };
        await audit('status of nothing', () => status(options));
        await audit('plan', () => prepareUpgrade({ ...options, fromDatabase: true }));
        await audit('upgrade to d1', () => upgrade({ ...options, target: 'd1' }));
        await query('INSERT INTO public.t VALUES (1)');
        await audit('an index that fails', () => upgrade(options), true);
        await audit('status of a half', () => status(options));
        await query('DELETE FROM public.t');
        await audit('resume', () => upgrade(options));
        await audit('status', () => status(options));
        await audit('current', () => current(options));
        await audit('history', () => history(options));
        await audit('show', () => show({ ...options, target: 'a1' }));
        await audit('wait for heads', () => awaitHeads({ ...options, wait: 1_000 }));
        const script = await prepareUpgrade({ cwd, env: {}, from: 'base' });
        const file = { name: 'script.sql', text: print(script) };
        await audit('script verify', () => verifyScript({ ...options, files: [file], name: file.name }));
        await audit('stamp', () => stamp({ ...options, targets: ['a1'], only: true }));
        await audit('downgrade of e1', () => downgrade({ ...options, target: 'd1' }));
        await query('BEGIN; LOCK TABLE public.t');
        await audit('downgrade behind a lock', () => downgrade({ ...options, target: 'b1', wait: 0 }), true);
        await query('ROLLBACK');
        await audit('downgrade', () => downgrade({ ...options, target: 'base' }));
        const key = lockKeys('updown').join(', ');
        await query(`SELECT pg_catalog.pg_advisory_lock(${key})`);
        await audit('busy', () => upgrade({ ...options, wait: 1_500 }), true);
        await query(`SELECT pg_catalog.pg_advisory_unlock(${key})`);
        await audit('review', () => review(options));
        await audit('review on a server', () => review({ ...options, scratch: proxy.url }));
        await audit('upgrade again', () => upgrade({ ...options, allowExisting: true, target: 'a1' }));
        await audit('stamp of a purge', () => stamp({ ...options, targets: ['base'], purge: true }));
        assert.equal([...new Set(bare)], []);
      });
    });
  });
});

/** A question of our own is asked in a transaction, or behind a savepoint, whose first message sets the path. */
function withPaths(queries: readonly Query[]): readonly string[] {
  const own = new Set<number>();
  return queries.map(({ connection, text }) => {
    if (/^(COMMIT|ROLLBACK)\b/.test(text)) own.delete(connection);
    const said = own.has(connection) ? `${ownPath}\n${text}` : text;
    if (
      /^(BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY|SAVEPOINT updown_question);\n/.test(text) &&
      text.includes(ownPath)
    )
      own.add(connection);
    return said;
  });
}

const ownPath = 'SET LOCAL search_path = pg_catalog, pg_temp;';

test.run();
