import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import { ledgerFormat } from '../../lib/ledger/name.ts';
import { chooseOpening, compileRenewal } from '../../lib/script/script.ts';
import { withProject, writeProject } from '../support/project.ts';

test('what a run sends in front of its steps depends on the ledger that it has found', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }]);
    const script = await prepareUpgrade({ cwd, env: {} });
    assert.is(chooseOpening(script, undefined), script.bootstrap);
    const [older, part, whole] = [
      { format: ledgerFormat - 1, complete: true },
      { format: ledgerFormat, complete: false },
      { format: ledgerFormat, complete: true },
    ];
    assert.equal(chooseOpening(script, older), compileRenewal(script));
    assert.is(chooseOpening(script, part), undefined);
    assert.is(chooseOpening(script, whole), undefined);
    const nothing = { ...script, steps: [] };
    for (const found of [undefined, older, part, whole]) assert.is(chooseOpening(nothing, found), undefined);
  }));

test('a ledger that was made in part is completed for a step that needs the rest', () =>
  withProject({}, async (cwd) => {
    const bare = '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (n);\n';
    const asked = 'CREATE INDEX IF NOT EXISTS i ON t (n);\n';
    for (const up of [bare, asked]) {
      await writeProject(cwd, [{ id: 'a1' }, { id: 'b1', up }]);
      const script = await prepareUpgrade({ cwd, env: {} });
      assert.is(script.firstNeed, 1);
      assert.equal(chooseOpening(script, { format: ledgerFormat, complete: false }), compileRenewal(script));
      assert.is(chooseOpening(script, { format: ledgerFormat, complete: true }), undefined);
    }
  }));

test.run();
