import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SendError, type Session } from '../../lib/database/session.ts';
import { diff } from '../../lib/schema/diff.ts';
import { readSchema, readSchemaWithin } from '../../lib/schema/read.ts';
import type { Schema } from '../../lib/schema/schema.ts';
import { withDatabase } from '../support/database.ts';
import { serverUrl } from '../support/server.ts';
import { giveSign } from '../support/sign.ts';
import { base, type Edit, edits, unsafeNewLabel } from './edits.ts';
import { ledger, withRoles, withSession, wordsOf } from './snapshot.ts';

/** They belong to the server, or are no schema. */
const unseen = [
  'role: create role',
  'more: attribute of a role',
  'more: comment on the database',
  'more: privilege on the database',
  'more: large object',
];

/** What the snapshot sees of it; undefined where this server can't do it. A copy of the database for each would take minutes. */
async function edit(session: Session, { given, sql }: Edit, unedited: Schema): Promise<readonly string[] | undefined> {
  await session.send(`BEGIN;\n${given}`);
  try {
    const before = given === '' ? unedited : await readSchemaWithin(session, ledger);
    await session.send(sql);
    const after = await readSchemaWithin(session, ledger);
    assert.equal(diff(after, JSON.parse(JSON.stringify(after))), []);
    return wordsOf(before, after);
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    return error.fields?.code === unsafeNewLabel ? await editAlone(sql) : undefined;
  } finally {
    await session.send('ROLLBACK');
  }
}

async function editAlone(sql: string): Promise<readonly string[]> {
  let words: readonly string[] = [];
  await withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send(base);
      const before = await readSchema(session, ledger);
      for (const statement of sql.split('\n')) await session.send(statement);
      words = wordsOf(before, await readSchema(session, ledger));
    }),
  );
  return words;
}

test('of the edits of a schema, all are seen but those of the server itself', async () => {
  const seen: string[] = [];
  const missed: string[] = [];
  const refused: string[] = [];
  let major = 0;
  await withRoles(await serverUrl(), ['lab_owner', 'lab_reader'], () =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        await session.send(base);
        const unedited = await readSchema(session, ledger);
        ({ major } = unedited);
        for (const each of edits) {
          const words = await edit(session, each, unedited);
          giveSign();
          (words === undefined ? refused : words.length === 0 ? missed : seen).push(each.title);
        }
      }),
    ),
  );
  // Before PostgreSQL 15 this privilege is there from the beginning.
  assert.equal(
    missed.filter((title) => title !== 'grant: public schema' || major >= 15),
    unseen,
  );
  assert.is(edits.length, 242);
  assert.is(seen.length + refused.length + missed.length, edits.length);
  if (major < 15) return;
  assert.ok(refused.length <= 4, refused.join('\n'));
  assert.ok(seen.length >= 233);
});

test.run();
