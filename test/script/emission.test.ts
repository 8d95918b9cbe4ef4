import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitsToStdout } from '../../lib/cli/emits-to-stdout.ts';
import { UpdownError } from '../../lib/errors.ts';
import { prepareUpgrade, verifyScript } from '../../lib/index.ts';
import { renderFailure } from '../../lib/run/failed-script.ts';
import { renderBootstrap } from '../../lib/script/bootstrap.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { updown } from '../support/cli.ts';
import { needsPsql } from '../support/run.ts';
import { print, runScript } from '../support/script.ts';
import { everything, withSite } from './site.ts';

const body = `CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  RETURN 1;
END
$$;
`;
const revisions = [{ id: 'a1', up: body }, { id: 'b1' }, { id: 'c1' }];
const tool = '0.0.0';

needsPsql(test, 'psql fails where no script was emitted, whatever the reason, and changes nothing', () =>
  withSite(revisions, async (site, database) => {
    const untouched = await everything(database);
    const { cwd, url } = site;
    for (const args of [
      ['upgrade', 'no-such-revision', '--sql'],
      ['downgrade', 'base', '--sql'],
      ['upgrade', '--sql', '--flavor', 'plain', '--split'],
      ['upgrade', '--sql', '--no-such-option'],
      ['upgrade', '--sql', '--dir', 'nowhere', '--flavor=plain'],
      ['upgrade', 'no-such-revision', '--sql', '--flavor', 'plain'],
      ['upgrade', '--sql', '--resume-at', '2'],
      ['stamp', 'no-such-revision', '--sql', '--flavor', 'plain'],
      ['upgrade', "no'such\\ $updown$ $$ :name", '--sql'],
    ]) {
      const emitted = await updown(args, { cwd });
      assert.is.not(emitted.status, 0, args.join(' '));
      const ran = await runScript(url, emitted.stdout, { piped: true });
      assert.is(ran.status, 3, `${args.join(' ')}\n${emitted.stdout}\n${ran.stderr}`);
      assert.match(ran.stderr, /there is no script: error \([a-z-]+\): /);
    }
    assert.equal(await everything(database), untouched);
  }),
);

test('only a script that was meant for stdout is replaced', () => {
  assert.ok(emitsToStdout(['upgrade', '--sql']));
  for (const rest of [['--json'], ['-o', 'x.sql'], ['--output=x.sql']])
    assert.not(emitsToStdout(['upgrade', '--sql', ...rest]));
  assert.not(emitsToStdout(['upgrade']));
  const secret = new UpdownError('config', 'postgres://u:s3cret@h/d', { hint: 'it\'s "postgres://u:s3cret@h"' });
  assert.not.match(renderFailure(secret), /s3cret/);
});

needsPsql(test, 'a script that was cut off ends with an error, wherever it was cut between two statements', () =>
  withSite(revisions, async (site) => {
    const text = print(await prepareUpgrade(site));
    const places = [...text.matchAll(/^-- \d\/3 /gm), ...text.matchAll(/^-- The end/gm)].map(({ index }) => index);
    assert.is(places.length, 4);
    const inHeader = [40, 300, text.indexOf('-- How psql reads')];
    for (const place of [...inHeader, ...places, text.lastIndexOf('\\endif')]) {
      const { status, stderr } = await runScript(site.url, text.slice(0, place), { piped: true });
      assert.is(status, 3, stderr);
      assert.match(stderr, /reached EOF without finding closing \\endif/);
    }
    assert.is((await runScript(site.url, text)).status, 0);
  }),
);

needsPsql(test, 'a script whose line ends became CRLF refuses itself in every form, before it changes anything', () =>
  withSite(revisions, async (site, database) => {
    const untouched = await everything(database);
    const script = await prepareUpgrade(site);
    const forms = {
      psql: print(script),
      'one transaction': print(await prepareUpgrade({ ...site, oneTransaction: true })),
      split: [...renderSplit(script, { tool }).find(({ name }) => name.endsWith('.sql'))!.pieces].join(''),
      plain: [...[...renderPlain(script, { tool })][0]!.pieces].join(''),
      bootstrap: renderBootstrap(script, { tool, grantTo: [] }),
    };
    for (const [form, text] of Object.entries(forms)) {
      const args = ['-v', 'ON_ERROR_STOP=1'];
      const { status, stderr } = await runScript(site.url, text.replaceAll('\n', '\r\n'), { args });
      assert.is(status, 3, `${form}: ${stderr}`);
      assert.match(stderr, /this script has CRLF line ends/, form);
      assert.equal(await everything(database), untouched, form);
    }
  }),
);

test('script verify and --expect take a script with CRLF or a BOM for the one that was reviewed', () =>
  withSite(revisions, async ({ cwd, env, url }) => {
    const text = print(await prepareUpgrade({ cwd }));
    const changed = {
      crlf: text.replaceAll('\n', '\r\n'),
      bom: `\uFEFF${text}`,
      both: `\uFEFF${text.replaceAll('\n', '\r\n')}`,
    };
    for (const [name, given] of Object.entries(changed)) {
      await writeFile(join(cwd, `${name}.sql`), given);
      const { status, stdout, stderr } = await updown(['script', 'verify', `${name}.sql`], { cwd });
      assert.is(status, 0, stderr);
      assert.match(stdout, /^The same: /);
      assert.is(/line ends are CRLF.*psql would refuse it/.test(stdout), name !== 'bom', stdout);
      const verified = await verifyScript({ cwd, env, files: [{ name, text: given }], name });
      assert.equal([verified.differences, verified.lineEnds], [[], name === 'bom' ? undefined : 'CRLF']);
    }
    const { status, stderr } = await updown(['upgrade', '--expect', 'both.sql', '--url', url], { cwd });
    assert.is(status, 0, stderr);
  }));

needsPsql(test, 'a script in UTF-16 is named as that, and psql called as documented fails at it', () =>
  withSite(revisions, async ({ cwd, url }) => {
    const text = print(await prepareUpgrade({ cwd }));
    const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
    for (const [name, bytes] of Object.entries({ little, big: Buffer.from(little).swap16() })) {
      const file = join(cwd, `${name}.sql`);
      await writeFile(file, bytes);
      for (const args of [
        ['script', 'verify', `${name}.sql`],
        ['upgrade', '--expect', `${name}.sql`, '--url', url],
      ]) {
        const { status, stderr } = await updown(args, { cwd });
        assert.is(status, 2, stderr);
        assert.match(stderr, /UTF-16, which PowerShell's > writes: .* -o/);
      }
      const ran = await runScript(url, '', { args: ['-v', 'ON_ERROR_STOP=1', '-f', file] });
      assert.is(ran.status, 3, ran.stderr);
    }
  }),
);

test.run();
