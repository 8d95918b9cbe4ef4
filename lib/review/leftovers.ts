import { ask, type Question, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { arrayValue, quoteIdent } from '../sql/quote.ts';
import { readMade } from './restorer.ts';
import { refusalOf } from './server-refusal.ts';
import { type Made, prefix } from './shared.ts';

/** A server on which scratch databases are created. */
export interface ScratchServer {
  readonly admin: Session;
  /** Opens another database of the server. */
  readonly open: (database: string) => Promise<Session>;
  readonly warn: (message: string) => void;
}

/** Takes the advisory lock that a run holds for its scratch database, if nobody has it. */
export async function tryLock(admin: Session, name: string): Promise<boolean> {
  const [row] = await ask(
    admin,
    SQL`SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext(${prefix}), pg_catalog.hashtext(${name}))::text AS taken`,
  );
  return row?.taken === 'true';
}

/** Drops the databases of killed runs: nobody is connected to them and nobody holds their lock. Another run may drop them first. */
export async function dropLeftovers(site: ScratchServer): Promise<void> {
  const rows = await ask(
    site.admin,
    SQL`SELECT d.datname AS name, pg_catalog.shobj_description(d.oid, 'pg_database') AS comment FROM pg_catalog.pg_database d
 WHERE d.datname ~ ${`^${prefix}[0-9a-f]{12}$`} AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = d.datname)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2
                      AND l.classid::bigint = pg_catalog.hashtext(${prefix})::bigint & 4294967295
                      AND l.objid::bigint = pg_catalog.hashtext(d.datname::text)::bigint & 4294967295)`,
  );
  for (const { name, comment } of rows) {
    const made = readMade(comment ?? null);
    await dropScratch(site, name ?? '', made, 1).catch(() => {});
    for (const { kind, name: thing, oid } of made) {
      if (oid === 0)
        site.warn(
          `a review that was killed may have left the ${kind} "${thing}" on the scratch server: drop it if it is nobody's`,
        );
    }
  }
}

/** Drops the database first, together with the grants and the objects that the roles have in it. */
export async function dropScratch(
  site: ScratchServer,
  name: string,
  made: readonly Made[],
  attempts = 20,
): Promise<void> {
  await freeDatabase(site, name);
  await dropDatabase(site.admin, name, attempts);
  for (const kind of ['database', 'tablespace', 'role'] as const) await dropMade(site, kind, made);
}

const names: Readonly<Record<Made['kind'], string>> = {
  database: 'SELECT datname AS name FROM pg_catalog.pg_database',
  tablespace: 'SELECT spcname AS name FROM pg_catalog.pg_tablespace',
  role: 'SELECT rolname AS name FROM pg_catalog.pg_roles',
};

/** Drops by oid, since somebody else may have created another object of that name. One role may own what another one needs. */
async function dropMade({ admin, warn }: ScratchServer, kind: Made['kind'], made: readonly Made[]): Promise<void> {
  const oids = made.flatMap((one) => (one.kind === kind && one.oid !== 0 ? [one.oid] : []));
  if (oids.length === 0) return;
  const rows = await ask(
    admin,
    SQL``.append(names[kind]).append(SQL` WHERE oid = ANY (${arrayValue(oids.map(String))}::oid[]) ORDER BY oid DESC`),
  );
  for (const { name } of rows) {
    const failed = await refusalOf(() => admin.send(`DROP ${kind.toUpperCase()} ${quoteIdent(name ?? '')}`));
    if (failed !== undefined) warn(`the ${kind} "${name}" that the files made stays on the scratch server: ${failed}`);
  }
}

/** Drops subscriptions and slots, which prevent DROP DATABASE. */
async function freeDatabase({ admin, open }: ScratchServer, name: string): Promise<void> {
  await dropIdle(admin, SQL`database = ${name}`);
  const rows = await ask(
    admin,
    SQL`SELECT s.subname AS name FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = ${name}`,
  );
  if (rows.length === 0) return;
  const session = await open(name);
  try {
    for (const { name: subscription } of rows) {
      const one = quoteIdent(subscription ?? '');
      await refusalOf(() => session.send(`ALTER SUBSCRIPTION ${one} DISABLE`));
      await refusalOf(() => session.send(`ALTER SUBSCRIPTION ${one} SET (slot_name = NONE)`));
      await refusalOf(() => session.send(`DROP SUBSCRIPTION ${one}`));
    }
  } finally {
    await session.close();
  }
}

/** Cancelled statements of ours may not have ended yet. */
async function dropDatabase(admin: Session, name: string, attempts: number): Promise<void> {
  const force = Number.parseInt(admin.parameters.get('server_version') ?? '', 10) >= 13 ? ' WITH (FORCE)' : '';
  for (let tried = 1; ; tried++) {
    try {
      await admin.send(`DROP DATABASE IF EXISTS ${quoteIdent(name)}${tried > 1 || attempts > 1 ? force : ''}`);
      return;
    } catch (error) {
      if (tried >= attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export async function readSlots(admin: Session): Promise<readonly string[]> {
  const [rows = []] = await admin.send('SELECT slot_name AS name FROM pg_catalog.pg_replication_slots');
  return rows.map(({ name }) => name ?? '');
}

/** Drops slots that did not exist before and that nobody uses. */
export async function dropSlots(admin: Session, before: readonly string[]): Promise<void> {
  await dropIdle(admin, SQL`slot_name <> ALL (${arrayValue(before)}::name[])`);
}

/** Slots may be dropped in a transaction that only reads. */
async function dropIdle(admin: Session, which: Question): Promise<void> {
  const drop = SQL`SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE NOT active AND `;
  await refusalOf(() => ask(admin, drop.append(which)));
}
