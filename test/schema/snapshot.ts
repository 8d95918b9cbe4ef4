import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import type { Session } from '../../lib/database/session.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import type { Change } from '../../lib/schema/change.ts';
import { diff } from '../../lib/schema/diff.ts';
import { readSchema } from '../../lib/schema/read.ts';
import { renderSchema } from '../../lib/schema/render/snapshot.ts';
import type { Schema } from '../../lib/schema/schema.ts';
import { wordChange } from '../../lib/schema/word.ts';
import { giveSign } from '../support/sign.ts';

/** The schema of the ledger that these tests leave out. */
export const ledger = 'updown';

export async function withSession<T>(url: string, body: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(parseTarget(url, {}), { applicationName: 'schema-test', onNotice: () => {} });
  try {
    return await body(session);
  } finally {
    await session.close();
  }
}

export function snapshotOf(url: string): Promise<Schema> {
  return withSession(url, (session) => readSchema(session, ledger));
}

export function wordsOf(before: Schema, after: Schema): readonly string[] {
  return compare(before, after).map(wordChange);
}

/** What a piece of SQL changes, one snapshot before and one behind it, in this session. */
export async function changesOf(session: Session, sql: string): Promise<readonly Change[]> {
  const before = await readSchema(session, ledger);
  await session.send(sql);
  return compare(before, await readSchema(session, ledger));
}

/** As text they differ where they differ as values, and nowhere else. */
export function compare(before: Schema, after: Schema): readonly Change[] {
  const changes = diff(before, after);
  const [old, now] = [before, after].map(renderSchema);
  assert.is(
    old === now,
    changes.length === 0,
    `as text: ${changes.map(wordChange).join(', ') || differenceOf(old ?? '', now ?? '')}`,
  );
  return changes;
}

function differenceOf(old: string, now: string): string {
  const known = new Set(old.split('\n'));
  return now
    .split('\n')
    .filter((line) => !known.has(line))
    .join('\n');
}

/** With options behind the name. For the time of a test: roles belong to the server, and another file waits that makes the same ones. */
export async function withRoles<T>(admin: string, roles: readonly string[], body: () => Promise<T>): Promise<T> {
  const run = (session: Session, write: (role: string) => string) => session.send(roles.map(write).join(''));
  const names = roles.map((role) => role.split(' ')[0] ?? '').sort();
  return withSession(admin, async (session) => {
    for (const name of names) await takeLock(session, name);
    await run(session, (role) => `CREATE ROLE ${role};\n`);
    try {
      return await body();
    } finally {
      await run(session, (role) => `DROP ROLE ${role.split(' ')[0]};\n`);
    }
  });
}

/** It ends with the session. The other file goes on meanwhile, which is a sign of this one, too. */
async function takeLock(session: Session, name: string): Promise<void> {
  for (; ; await sleep(100)) {
    const sets = await session.send(`SELECT pg_try_advisory_lock(hashtext('role ${name}')) AS taken`);
    if (sets.at(-1)?.[0]?.taken === 't') return;
    giveSign();
  }
}
