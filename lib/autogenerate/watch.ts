import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { type LockMode, lockModes } from '../review/effects.ts';

/** What a file does to tables that were there before it. */
export interface Impact {
  readonly locks: readonly { readonly table: string; readonly mode: LockMode }[];
  /** Tables that are rewritten, row by row. */
  readonly rewrites: readonly string[];
}

export const noImpact: Impact = { locks: [], rewrites: [] };

/** The tables that are there, each with the file that holds its rows. */
export type Files = ReadonlyMap<string, { readonly name: string; readonly file: string }>;

export async function readFiles(session: Session): Promise<Files> {
  const rows = await ask(
    session,
    SQL`SELECT c.oid::text AS oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::text AS file
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm')`,
  );
  return new Map(rows.map(({ oid, name, file }) => [oid ?? '', { name: name ?? '', file: file ?? '' }]));
}

/** To be asked in the transaction that did it, before it ends. */
export async function readImpact(session: Session, before: Files): Promise<Impact> {
  const held = await ask(
    session,
    SQL`SELECT DISTINCT l.relation::text AS oid, l.mode FROM pg_catalog.pg_locks l
  WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.relation >= 16384`,
  );
  const now = await readFiles(session);
  const locks = [...before].flatMap(([oid, { name }]) => {
    const modes = held.filter((row) => row.oid === oid).map(({ mode }) => toRank(mode ?? ''));
    const mode = lockModes[Math.max(-1, ...modes)];
    return mode === undefined || lockModes.indexOf(mode) < shared ? [] : [{ table: name, mode }];
  });
  const rewrites = [...before].flatMap(([oid, { name, file }]) => {
    const other = now.get(oid);
    return other === undefined || other.file === file ? [] : [name];
  });
  return { locks, rewrites };
}

/** From here on others may wait to write. */
const shared = lockModes.indexOf('SHARE');

/** `AccessExclusiveLock` */
function toRank(mode: string): number {
  const words = mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
  return lockModes.indexOf(words as LockMode);
}
