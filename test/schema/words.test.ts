import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { foreignOptions, grantStatements, withOptions } from '../../lib/schema/render/words.ts';

test('a name or a value that looks like a part of the statement stays as it is', () => {
  const grants = [{ grantee: 'a %b', privilege: 'SELECT', grantable: false }];
  assert.equal(grantStatements('app."100 %"', grants), ['GRANT SELECT ON app."100 %" TO "a %b";']);
  assert.equal(
    grantStatements('t', grants, (privilege) => `${privilege} ("c %")`),
    ['GRANT SELECT ("c %") ON t TO "a %b";'],
  );
  assert.is(foreignOptions({ filter: 'a = b', host: 'h' }), "OPTIONS (filter 'a = b', host 'h')");
  assert.is(withOptions({ note: 'a = b' }), "WITH (note = 'a = b')");
});

test.run();
