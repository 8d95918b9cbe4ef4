import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  prepareBootstrap,
  prepareDowngrade,
  prepareStamp,
  prepareUpgrade,
  type Script,
  type ScriptFile,
} from '../../lib/index.ts';
import { renderBootstrap, renderPlainBootstrap } from '../../lib/script/bootstrap.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderScript } from '../../lib/script/psql.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

const bare = '-- updown: no-transaction\n';
const long = 'a_name_of_nearly_thirty_chars';
const message = `a message that somebody has written who wanted to say all of it in one line, ${'and '.repeat(20)}did`;

/** Every kind of step, and of statement that something of ours is printed for. */
const revisions: readonly TestRevision[] = [
  {
    id: 'a1',
    message,
    up: `CREATE TABLE ${long} (a integer) PARTITION BY LIST (a);\n`,
    down: `DROP TABLE ${long};\nDROP TABLE b, c;\n`,
  },
  {
    id: 'b1',
    message,
    up: `${bare}CREATE INDEX CONCURRENTLY IF NOT EXISTS i1 ON ${long} (a);
CREATE UNIQUE INDEX CONCURRENTLY ON ${long} (a, b) INCLUDE (c) WHERE a > 0;
REINDEX TABLE CONCURRENTLY ${long};
REINDEX INDEX CONCURRENTLY ${long}_i;
REINDEX SCHEMA CONCURRENTLY ${long};
ALTER TABLE ${long}.${long} DETACH PARTITION ${long}_p CONCURRENTLY;
SET ROLE ${long};
SET search_path = ${long}, other;
RESET ALL;
DO $$ BEGIN SET app.x = 'a'; END $$;
CREATE DATABASE ${long};
DROP SUBSCRIPTION ${long};
VACUUM ${long};
INSERT INTO ${long} VALUES (1);
CREATE INDEX IF NOT EXISTS ${long}_n ON ${long} (a);
`,
    down: `${bare}DROP INDEX CONCURRENTLY ${long}.${long};\nDROP INDEX CONCURRENTLY IF EXISTS ${long}, ${long}_2;\n`,
  },
  {
    id: 'c1',
    message,
    up: `${bare}${Array.from({ length: 60 }, (_, n) => `DROP INDEX CONCURRENTLY ${long}_${n};\n`).join('')}`,
    down: '-- updown: irreversible\n',
  },
  {
    id: 'd1',
    message,
    up: `-- updown: lock-timeout=10s\nRESET ALL;\nCREATE INDEX IF NOT EXISTS i ON ${long} (a);\nALTER TABLE ${long} DROP COLUMN ${long}, DROP COLUMN b CASCADE;\n`,
    down: '',
  },
  { id: 'e1', message, up: '-- updown: unparsed\nSELECT 1;\n' },
  ...Array.from({ length: 30 }, (_, n) => ({ id: `f${n}`, message })),
];

const configs: Readonly<Record<string, object>> = {
  'as it is made': {},
  'with a role, a path and a long ledger schema': {
    ledger: { schema: 'Ledger of 20 letters' },
    settings: { role: long, search_path: `"$user", ${long}, public`, 'app.setting': 'x'.repeat(80) },
  },
};

const annotations = {
  get: () => ({
    impact: ['x '.repeat(60)],
    statements: { get: () => [`locks ${long} and ${long} as long as it lasts, and then some`] },
  }),
};

for (const [how, config] of Object.entries(configs))
  test(`no line that is not the team's is over 120 characters, in any flavour: a project ${how}`, () =>
    withProject({ 'updown.json': JSON.stringify(config) }, async (cwd) => {
      await writeProject(cwd, revisions);
      const site = { cwd, env: {} };
      const scripts: readonly (readonly [string, Script])[] = [
        ['up', await prepareUpgrade(site)],
        ['from', await prepareUpgrade({ ...site, from: 'a1' })],
        ['nothing', await prepareUpgrade({ ...site, from: 'f29' })],
        ['down', await prepareDowngrade({ ...site, from: 'b1', target: 'base' })],
        ['stamp', await prepareStamp({ ...site, targets: ['heads'] })],
        ['unstamp', await prepareStamp({ ...site, from: 'heads', targets: ['base'] })],
        ['whole', await prepareUpgrade({ ...site, from: 'c1', oneTransaction: true })],
      ];
      const wide: string[] = [];
      const look = (name: string, pieces: Iterable<string>) => {
        for (const [index, line] of [...pieces].join('').split('\n').entries())
          if (line.length > 120 && !isTheirs(line)) wide.push(`${name}:${index + 1} (${line.length}): ${line}`);
      };
      const lookAll = (name: string, files: readonly ScriptFile[]) => {
        for (const file of files) if (file.name !== 'README.md') look(`${name}/${file.name}`, file.pieces);
      };
      for (const [name, script] of scripts) {
        // The ledger's own text is written for a short name.
        if ('ledger' in config && ['up', 'stamp', 'unstamp'].includes(name)) continue;
        look(name, renderScript(script, { tool: '0.0.0' }));
        look(`${name}, annotated`, renderScript(script, { tool: '0.0.0', annotations }));
        if (script.transactions === 'one') continue;
        lookAll(`${name} split`, renderSplit(script, { tool: '0.0.0' }));
        lookAll(`${name} plain`, renderPlain(script, { tool: '0.0.0' }));
      }
      if ('ledger' in config) return refuse(wide);
      const bootstrap = await prepareBootstrap(site);
      const options = { tool: '0.0.0', grantTo: [long, 'another role', long.replace('a_', 'b_')] };
      look('bootstrap', renderBootstrap(bootstrap, options));
      look('bootstrap plain', renderPlainBootstrap(bootstrap, options));
      refuse(wide);
    }));

const own = new Set(revisions.flatMap(({ up, down }) => `${up ?? ''}\n${down ?? ''}`.split('\n')));

/** One line of each kind. */
function refuse(wide: readonly string[]): void {
  const kinds = new Map(wide.map((line) => [line.replace(/^.*?: /, '').replace(/[0-9a-f]{2,}|\d/g, '0'), line]));
  assert.is(wide.length, 0, `${wide.length} lines:\n${[...kinds.values()].slice(0, 40).join('\n')}`);
}

/** What a file holds, where a statement of it may be the end of a line of ours. */
function isTheirs(line: string): boolean {
  return own.has(line) || /^-- \d+_\d+_\w+\/(up|down)\.sql$/.test(line);
}

test.run();
