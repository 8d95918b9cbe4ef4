import { SendError, type Session } from '../database/session.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import { type Aside, decideAside } from './aside.ts';
import type { SharedEffect } from './measured.ts';
import { findUndoing, withoutOthers } from './put-back.ts';
import { type Made, readShared, type Shared, type SharedOptions } from './shared.ts';

/**
 * Keeps what files do outside their database from staying on a scratch server. What was there is put back in the transaction that changed it,
 * so that nobody sees it changed; what is new is noted on scratch's own database in the same transaction, and dropped with it. What others
 * do there meanwhile is left alone: only what others don't see is the transaction's own.
 */
export interface Keeper {
  /** To be called before a transaction is committed; tells why it may not be, where something can't be put back. */
  settle(): Promise<string | undefined>;
  /** What is to be sent instead of a statement outside a transaction that is for the whole server. */
  begin(statement: Statement): Promise<Aside>;
  /** And when it has run. */
  end(aside: Aside): Promise<void>;
  /** Makes a role that files name and nobody has made. */
  makeRole(name: string): Promise<boolean>;
  readonly made: () => readonly Made[];
  effects(): Promise<readonly SharedEffect[]>;
}

export interface KeeperOptions extends SharedOptions {
  readonly session: Session;
  readonly watcher: Session;
  readonly isSuperuser: boolean;
  /** Of every file that is run. */
  readonly texts: readonly string[];
  /** Replication slots that were there before, where the files may drop some. */
  readonly slots: readonly string[];
}

export function createKeeper({ session, watcher, isSuperuser, texts, slots, ...options }: KeeperOptions): Keeper {
  let made: readonly Made[] = [];
  let before: Shared | undefined;
  const effects = new Map<string, SharedEffect>();
  const tell = (kind: SharedEffect['kind'], object: string) => effects.set(`${kind} ${object}`, { kind, object });
  const note = async (now: readonly Made[]) => {
    if (JSON.stringify(now) === JSON.stringify(made)) return;
    made = now;
    await session.send(`COMMENT ON DATABASE ${quoteIdent(options.own)} IS ${quoteLiteral(printMade(now))}`);
  };
  const oids = () => new Set(made.map(({ oid }) => oid));
  const look = async () => {
    const earlier = await readShared(watcher, options);
    const mine = await readShared(session, options);
    const later = await readShared(watcher, options);
    return { mine, ...findUndoing(later, withoutOthers(earlier, mine, later), oids()) };
  };
  const settle = async (): Promise<string | undefined> => {
    let seen: ReadonlySet<string> = new Set();
    for (let round = 1; ; round++) {
      const { mine, made: fresh, changed } = await look();
      if (changed.length === 0) {
        const known = made.filter(({ kind, oid }) => kind !== 'role' || roleOf(mine.roles, oid) !== undefined);
        const named = known.map((one) => ({ ...one, name: roleOf(mine.roles, one.oid)?.name ?? one.name }));
        for (const { name } of fresh) tell('made', `role ${name}`);
        await note([...named, ...fresh.map(({ oid, name }): Made => ({ kind: 'role', oid, name }))]);
        return undefined;
      }
      const [first] = changed;
      if (round === 12) return `${first!.what} of the scratch server can't be put back`;
      // What others changed and changed back between the readings isn't there the second time.
      const proven = changed.filter(({ sql }) => seen.has(sql));
      seen = new Set(changed.map(({ sql }) => sql));
      for (const { what, sql } of proven) {
        tell('put back', what);
        const failed = await attempt(session, sql);
        if (failed !== undefined) return `${what} of the scratch server can't be put back: ${failed}`;
      }
    }
  };
  // What has committed by itself is seen by others too, and so is what others did meanwhile: only the name says who made a role.
  const tellChanged = (then: Shared, now: Shared): readonly Made[] => {
    const { made: fresh, changed } = findUndoing(then, now, oids());
    const own = fresh.filter(({ name }) => makesRole(texts, name));
    for (const { name } of fresh) tell(own.some((one) => one.name === name) ? 'made' : 'changed', `role ${name}`);
    const ours = new Set([...oids(), ...own.map(({ oid }) => oid)]);
    for (const { what } of own.length === 0 ? changed : findUndoing(then, now, ours).changed) tell('changed', what);
    return own.map(({ oid, name }) => ({ kind: 'role', oid, name }));
  };
  return {
    settle,
    begin: async (statement) => {
      const there = await readShared(session, options);
      before = statement.mayCommit ? there : undefined;
      const aside = decideAside(statement, { made, there, major: options.major, isSuperuser });
      if (aside.kind === 'left out') tell('left out', aside.object);
      if (aside.kind === 'run' && aside.making !== undefined) await note([...made, { ...aside.making, oid: 0 }]);
      return aside;
    },
    end: async (aside) => {
      const there = before === undefined && aside.kind !== 'run' ? undefined : await readShared(session, options);
      const own = before !== undefined && there !== undefined ? tellChanged(before, there) : [];
      if (there === undefined) return;
      const oidOf = ({ kind, name }: Made) =>
        (kind === 'database' ? there.databases : there.tablespaces).get(name)?.oid ?? 0;
      const now = made.map((one) => (one.kind === 'role' ? one : { ...one, oid: oidOf(one) }));
      for (const { kind, name, oid } of now) if (kind !== 'role' && oid !== 0) tell('made', `${kind} ${name}`);
      await note([...now.filter(({ oid }) => oid !== 0), ...own]);
    },
    makeRole: async (name) => {
      const role = quoteIdent(name);
      // Who is no superuser has to be a member to act as it.
      const join = isSuperuser ? '' : `GRANT ${role} TO CURRENT_USER;\n`;
      if ((await attempt(session, `BEGIN;\nCREATE ROLE ${role};\n${join}`)) !== undefined) {
        await session.send('ROLLBACK');
        return false;
      }
      const failed = await settle();
      await session.send(failed === undefined ? 'COMMIT' : 'ROLLBACK');
      return failed === undefined;
    },
    made: () => made,
    effects: async () => {
      const [rows = []] =
        slots.length === 0 ? [] : await watcher.send('SELECT slot_name AS name FROM pg_catalog.pg_replication_slots');
      const left = new Set(rows.map(({ name }) => name));
      for (const name of slots) if (!left.has(name)) tell('changed', `replication slot ${name}, which is gone`);
      return [...effects.values()];
    },
  };
}

/** Whether the files make roles and speak of this one: of two that make a role of one name at one time, one fails. */
function makesRole(texts: readonly string[], name: string): boolean {
  const word = new RegExp(`(?<![\\w$])${name.replace(/[^\w]/g, '\\$&')}(?![\\w$])`, 'i');
  return texts.some((text) => /\bcreate\s+(role|user|group)\b/i.test(text)) && texts.some((text) => word.test(text));
}

function roleOf<T extends { readonly oid: number }>(roles: ReadonlyMap<string, T>, oid: number): T | undefined {
  return [...roles.values()].find((role) => role.oid === oid);
}

/** No secret is in it: a comment is there for everybody to read. */
function printMade(made: readonly Made[]): string {
  return JSON.stringify({ updown: 'scratch', made });
}

export function readMade(comment: string | null): readonly Made[] {
  try {
    const value: unknown = JSON.parse(comment ?? '');
    const { updown, made } = value as { readonly updown?: unknown; readonly made?: readonly Made[] };
    return updown === 'scratch' && Array.isArray(made) ? made : [];
  } catch {
    return [];
  }
}

async function attempt(session: Session, text: string): Promise<string | undefined> {
  try {
    await session.send(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SendError) || error.fields === undefined || error.lost) throw error;
    return error.fields.message;
  }
}
