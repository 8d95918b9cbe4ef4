import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withKindsServer } from '../schema/kinds-server.ts';
import { readPieces } from '../schema/pieces.ts';
import { withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';
import { sample } from '../support/sample.ts';
import { giveSign } from '../support/sign.ts';
import { type Outcome, putBack } from './put-back.ts';

/** What changes in a way that no SQL takes back; why is said. */
const unwritten: Readonly<Record<string, readonly string[]>> = {
  'elsewhere.sql': ['DROP SUBSCRIPTION', 'DROP USER MAPPING FOR PUBLIC'],
  'operators.sql': ['ALTER OPERATOR FAMILY fam', 'DROP OPERATOR CLASS cls'],
  'parts.sql': ['ALTER INDEX m_at ATTACH', 'ALTER TABLE u ADD CONSTRAINT b_not_null'],
  'tables.sql': ['ALTER TABLE heir NO INHERIT', 'DROP TABLE m; CREATE TABLE m'],
  'types.sql': [
    'CREATE TYPE span AS',
    'DROP TYPE span',
    'CREATE TYPE own',
    'ALTER TYPE own',
    'SELECT again',
    'DROP TYPE own',
  ],
};

/** A label's provider is no part of a server as it comes, and REINDEX CONCURRENTLY runs outside a transaction. */
const untried = /pg_seclabel|SET indisvalid = false/;

const folder = new URL('../fixtures/schema/kinds/', import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith('.sql'))) {
  test(`${file}: what is told puts each change back, or says why nothing does`, async () => {
    // Another file of tests has roles of those names on the same server.
    const pieces = readPieces(readFileSync(new URL(file, folder), 'utf8').replaceAll('kinds_', 'undone_'));
    const wrong: string[] = [];
    const say = (sql: string, { verdict, told }: Outcome) => wrong.push(`${verdict}: ${sql}\n  ${told.join('\n  ')}`);
    await withKindsServer(
      () =>
        withDatabase(({ url }) =>
          withSession(url, async (session) => {
            const major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
            const tried = sample(pieces, 3);
            for (const piece of pieces) {
              const { sql, since, words } = piece;
              if (major < since) continue;
              if (words !== undefined && !untried.test(sql) && tried.includes(piece)) {
                await session.send('BEGIN');
                const outcome = await putBack(session, [sql]);
                await session.send('ROLLBACK');
                const isUnwritten = unwritten[file]?.some((head) => sql.startsWith(head)) ?? false;
                if (outcome.verdict === 'wrong' || (outcome.verdict === 'not written' && !isUnwritten))
                  say(sql, outcome);
              }
              await session.send(sql);
              giveSign();
            }
          }),
        ),
      'undone',
    );
    assert.is(wrong.join('\n'), '');
  });
}

test.run();
