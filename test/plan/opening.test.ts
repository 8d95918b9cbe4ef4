import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import { ledgerFormat } from '../../lib/plan/ledger.ts';
import { chooseOpening, compileRenewal } from '../../lib/plan/script.ts';
import { withProject, writeProject } from '../support/project.ts';

test('what a run sends in front of its steps depends on the ledger that it has found', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }]);
    const script = await prepareUpgrade({ cwd, env: {} });
    assert.is(chooseOpening(script, undefined), script.bootstrap);
    assert.equal(chooseOpening(script, ledgerFormat - 1), compileRenewal(script));
    assert.is(chooseOpening(script, ledgerFormat), undefined);
    const nothing = { ...script, steps: [] };
    for (const format of [undefined, ledgerFormat - 1, ledgerFormat])
      assert.is(chooseOpening(nothing, format), undefined);
  }));

test.run();
