import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  prepareBootstrap,
  prepareDowngrade,
  prepareStamp,
  prepareUpgrade,
  type Script,
  UpdownError,
  upgrade,
} from '../../lib/index.ts';
import { ledgerFormat } from '../../lib/ledger/name.ts';
import { codes } from '../../lib/ledger/refusals.ts';
import { renderBootstrap, renderPlainBootstrap } from '../../lib/script/bootstrap.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { everything, withSite } from '../script/site.ts';
import { updown } from '../support/cli.ts';
import type { TestRevision } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { print, runScript } from '../support/script.ts';

const revisions: readonly TestRevision[] = [
  { id: 'a1' },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);\n',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY i;\n',
  },
];

const options = { tool: '0', grantTo: [] };

/** Each flavour: the text that a DBA runs first. */
const flavours: Readonly<Record<string, (script: Script) => string>> = {
  psql: print,
  split: (script) => text((renderSplit(script, options)[1] ?? none).pieces),
  'split, a later file': (script) => text(renderSplit(script, options).at(-1)!.pieces),
  plain: (script) => text(renderPlain(script, options).find(({ name }) => name.endsWith('.sql'))!.pieces),
};

function text(pieces: Iterable<string>): string {
  return [...pieces].join('');
}

const none = { pieces: [] };

const plans: Readonly<
  Record<string, (site: { readonly cwd: string; readonly env: Record<string, never> }) => Promise<Script>>
> = {
  'from base': (site) => prepareUpgrade(site),
  'from a revision': (site) => prepareUpgrade({ ...site, from: 'a1' }),
  'with nothing to do': (site) => prepareUpgrade({ ...site, from: 'b1' }),
  down: (site) => prepareDowngrade({ ...site, from: 'b1', target: 'base' }),
  stamp: (site) => prepareStamp({ ...site, targets: ['b1'] }),
};

needsPsql(test, 'a ledger of a newer version is refused by every script as by a run, and nothing is changed', () =>
  withSite(revisions, async ({ url, ...site }, database) => {
    await upgrade({ ...site, url, target: 'a1' });
    await database.query(
      `INSERT INTO updown.journal (event, detail) VALUES ('header', '{"project": "test-abc123", "format": ${ledgerFormat + 1}}')`,
    );
    const before = await everything(database);
    const error = await upgrade({ ...site, url }).catch((reason: unknown) => reason);
    assert.ok(error instanceof UpdownError);
    assert.is(codes.UD018, error.code);
    const texts: [string, string][] = [];
    for (const [plan, make] of Object.entries(plans))
      for (const [flavour, first] of Object.entries(flavours))
        texts.push([`${plan}, ${flavour}`, first(await make(site))]);
    const whole = await prepareUpgrade({ ...site, target: 'a1', oneTransaction: true });
    texts.push(['one transaction', print(whole)]);
    const bootstrap = await prepareBootstrap(site);
    texts.push(
      ['bootstrap', renderBootstrap(bootstrap, options)],
      ['bootstrap, plain', renderPlainBootstrap(bootstrap, options)],
    );
    for (const [what, script] of texts) {
      // A folder with nothing to do has no file.
      if (script.startsWith('# ') || script === '') continue;
      const { status, stderr } = await runScript(url, script, { args: ['-v', 'ON_ERROR_STOP=1'] });
      assert.is(status, 3, `${what}: ${stderr}`);
      assert.match(stderr, 'UD018: a newer version of updown has made the ledger in schema updown', what);
    }
    assert.equal(await everything(database), before);
    const run = (...args: readonly string[]) => updown(args, { cwd: site.cwd });
    assert.is((await run('upgrade', '--sql', '--from', 'a1', '-o', 's.sql')).status, 0);
    const verified = await run('script', 'verify', 's.sql', '--url', url);
    assert.is(verified.status, 4, verified.stdout);
  }),
);

test.run();
