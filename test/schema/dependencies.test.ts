import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { putBack } from '../drift/put-back.ts';
import { withDatabase } from '../support/database.ts';
import { withSession } from './snapshot.ts';

const tables = (names: readonly string[]) =>
  names
    .map((name, index) => {
      const before = names[index - 1];
      const reference = before === undefined ? '' : `, up integer REFERENCES ${before}`;
      return `CREATE TABLE ${name} (id serial PRIMARY KEY${reference});`;
    })
    .join('\n');

// In the order of their names one of the two would be right by chance.
for (const names of [
  ['a', 'b', 'c'],
  ['c', 'b', 'a'],
  ['b', 'c', 'a'],
]) {
  test(`${names.join(' <- ')}: a table is dropped behind those that refer to it, and none of them is altered for that`, () =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        await session.send('BEGIN');
        const { verdict, told } = await putBack(session, [tables(names)]);
        assert.is(verdict, 'put back', told.join('\n'));
        assert.equal(
          told.flatMap((line) => line.match(/(DROP|ALTER) TABLE .*?;/g) ?? []),
          names.toReversed().map((name) => `DROP TABLE public.${name};`),
        );
        await session.send('ROLLBACK');
      }),
    ));
}

test.run();
