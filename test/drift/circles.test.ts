import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';
import { circles } from './circles.ts';
import { putBack } from './put-back.ts';

for (const [title, sql] of Object.entries(circles)) {
  test(`objects that need each other are made again where they are gone: ${title}`, () =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        await session.send(sql);
        const gone = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP FOREIGN DATA WRAPPER IF EXISTS w CASCADE;';
        const { verdict, told } = await putBack(session, [gone], false);
        assert.is(verdict, 'put back', told.join('\n'));
      }),
    ));

  test(`objects that need each other are dropped: ${title}`, () =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        const { verdict, told } = await putBack(session, [sql], false);
        assert.is(verdict, 'put back', told.join('\n'));
      }),
    ));
}

test.run();
