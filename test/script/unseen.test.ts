import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderBootstrap as renderShared } from '../../lib/command/print.ts';
import { UpdownError } from '../../lib/errors.ts';
import { prepareDowngrade, prepareStamp, prepareUpgrade, type Script } from '../../lib/index.ts';
import { parseConfig } from '../../lib/project/config.ts';
import { renderBootstrap } from '../../lib/script/bootstrap.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderScript } from '../../lib/script/psql.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { unprintable } from '../../lib/sql/quote.ts';
import { withProject, writeProject } from '../support/project.ts';

const marks = ['\u202e', '\u2066', '\u200f', '\x1b[2K', '\u0085', '\u2028', '\ufeff', '\x07'];

/** The code and message of a refusal. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UpdownError) return `${error.code} ${error.message}`;
    throw error;
  }
  return '';
}

function printAll(script: Script): string {
  const options = { tool: '1.2.3' };
  const files = [...renderPlain(script, options), ...renderSplit(script, options)];
  const bootstrap = renderBootstrap(script, { ...options, grantTo: ['app'] });
  return [
    ...renderScript(script, options),
    bootstrap,
    ...files.flatMap((file) => [file.name, file.about, ...file.pieces]),
  ].join('');
}

test('F66: nothing that a project, a revision or a setting says reaches a script unseen', () =>
  withProject(
    { 'updown.json': JSON.stringify({ settings: { 'app.tenant': `a${marks.join('b')}`, datestyle: 'ISO\u2067' } }) },
    async (cwd) => {
      await writeProject(cwd, [
        { id: 'a1', labels: ['l1'], message: marks.join('c') },
        {
          id: 'b1',
          message: `x\n\\! id${marks.join('')}`,
          up: '-- updown: no-transaction\nVACUUM;',
          down: '-- updown: irreversible',
        },
      ]);
      const at = { cwd, env: {} };
      const down = await prepareDowngrade({ ...at, from: 'a1', target: 'base' });
      const stamps = await prepareStamp({ ...at, targets: ['heads'] });
      for (const script of [await prepareUpgrade(at), down, stamps]) {
        const text = printAll(script).replace(/[\n\t]/g, '');
        assert.is(unprintable.exec(text), null);
        unprintable.lastIndex = 0;
        assert.match(printAll(script), /"app\.tenant": "a\\u202eb\\u2066b/);
      }
    },
  ));

test('what names a schema or a role of ours is refused with what is not seen in it', () => {
  for (const mark of [...marks, '\u200b', '\u00a0', '\u00ad', '\u3164']) {
    const config = (more: object) => refusal(() => parseConfig(JSON.stringify(more), 'updown.json'));
    assert.match(config({ ledger: { schema: `a${mark}b` } }), /^config .*can't be the ledger's schema/);
    assert.match(config({ settings: { search_path: `a, "b${mark}"` } }), /^config .*not seen/);
    assert.match(config({ settings: { role: `a${mark}` } }), /^config .*not seen/);
    const shared = refusal(() => renderShared({} as Script, { grantTo: ['app', `r${mark}`] }));
    assert.match(shared, /^usage "--grant-to" names a role with a character that is not seen/);
    for (const text of [shared, config({ ledger: { schema: `a${mark}b` } })]) assert.not(text.includes('\u202e'));
  }
  for (const schema of ['größe', 'my ledger', '名前'])
    assert.is(parseConfig(JSON.stringify({ ledger: { schema } }), 'f').ledger.schema, schema);
});

test.run();
