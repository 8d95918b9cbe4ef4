import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session } from '../../lib/database/session.ts';
import { type Change, toKebab } from '../../lib/schema/change.ts';
import { diff } from '../../lib/schema/diff.ts';
import { facets } from '../../lib/schema/facets/facets.ts';
import { readSchema } from '../../lib/schema/read.ts';
import { wordChange } from '../../lib/schema/word.ts';
import { withDatabase } from '../support/database.ts';
import { serverUrl } from '../support/server.ts';
import { giveSign } from '../support/sign.ts';
import { withKindsServer } from './kinds-server.ts';
import { type Piece, readPieces } from './pieces.ts';
import { ledger, withSession } from './snapshot.ts';

/** One database for each file: what every piece of it changes is seen, worded, and nothing else with it. */
const folder = new URL('../fixtures/schema/kinds/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
const seen = new Set<Change['kind']>();

for (const file of files) {
  test(`${file}: each change is seen, and nothing beside it`, async () => {
    const pieces = readPieces(readFileSync(new URL(file, folder), 'utf8'));
    await withKindsServer(() =>
      withDatabase(({ url }) => withSession(url, (session) => assertPieces(session, pieces))),
    );
  });
}

test('every change that there can be was seen', async () => {
  const all = Object.entries(facets).flatMap(([kind, phrases]) =>
    ['added', 'dropped', ...Object.keys(phrases).map(toKebab)].map((what) => `${kind}-${what}`),
  );
  const orders = ['table-column-order', 'foreign-table-column-order', 'composite-attribute-order'];
  const known = new Set<string>([...all, ...orders]);
  assert.equal(
    [...seen].filter((kind) => !known.has(kind)),
    [],
  );
  const major = await withSession(await serverUrl(), async (session) =>
    Number.parseInt(session.parameters.get('server_version') ?? '', 10),
  );
  const missing = Object.entries(since).flatMap(([kind, version]) => (major < version ? [kind] : []));
  assert.equal([...known].filter((kind) => !seen.has(kind as Change['kind'])).sort(), missing.sort());
});

/** What an older server does not have. */
const since: Readonly<Record<string, number>> = {
  'collation-character-type': 15,
  'collation-collate': 15,
  'collation-encoding': 15,
  'collation-locale': 15,
  'collation-provider': 15,
  'publication-schemas': 15,
  'sequence-persistence': 15,
  'table-access-method': 15,
  'materialized-view-access-method': 15,
  'collation-rules': 16,
  'constraint-enforced': 18,
  'publication-generated-columns': 18,
};

async function assertPieces(session: Session, pieces: readonly Piece[]): Promise<void> {
  const major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
  let before = await readSchema(session, ledger);
  for (const { sql, since, words } of pieces) {
    if (major < since) continue;
    await session.send(sql);
    const after = await readSchema(session, ledger);
    const changes = diff(before, after);
    assert.equal(diff(after, JSON.parse(JSON.stringify(after))), []);
    assert.is(diff(after, before).length > 0, changes.length > 0, sql);
    for (const line of changes.map(wordChange)) assert.not.match(line, /undefined|null|\[object/);
    if (words !== undefined) {
      assert.equal(changes.map(wordChange), words, sql);
      for (const { kind } of changes) seen.add(kind);
    }
    before = after;
    giveSign();
  }
}

test.run();
