import { setTimeout as sleep } from 'node:timers/promises';
import { ask, SQL } from '../database/question.ts';
import { SendError, type Session } from '../database/session.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import type { SharedEffect } from './measured.ts';
import { readShared, type SharedOptions } from './read-shared.ts';
import { refusalOf } from './server-refusal.ts';
import type { Made, Shared } from './shared.ts';
import { decideSubstitute, type Substitute } from './substitute.ts';
import { findUndoing, withoutOthers } from './undo-shared.ts';

/**
 * Keeps changes outside their database from staying on a scratch server. What existed is restored in the transaction that changed it,
 * so that nobody sees the change. What is new is recorded in a comment on scratch's database in the same transaction, and dropped with it.
 * What others do meanwhile is left alone: only changes that other sessions don't see are the transaction's own.
 */
export interface Restorer {
  /** Has to be called before a commit. Returns the reason why the transaction may not be committed, where something can't be restored. */
  settle(): Promise<string | undefined>;
  /** Decides what is sent instead of a statement that runs outside a transaction and changes the whole server. */
  begin(statement: Statement): Promise<Substitute>;
  /** Has to be called when that statement has run, even if the session was lost over it: what it committed before is there. */
  end(substitute: Substitute): Promise<void>;
  /** Creates a role that the files name and that does not exist. */
  makeRole(name: string): Promise<boolean>;
  made(): readonly Made[];
  effects(): Promise<readonly SharedEffect[]>;
}

export interface RestorerOptions extends SharedOptions {
  readonly session: Session;
  readonly watcher: Session;
  /** The session in another database, which nothing of the files runs in. */
  readonly admin: Session;
  readonly isSuperuser: boolean;
  /** The statements of every file that is run. */
  readonly texts: readonly string[];
  /** The replication slots that existed before, where the files may drop some. */
  readonly slots: readonly string[];
}

export function createRestorer(options: RestorerOptions): Restorer {
  return new ServerRestorer(options);
}

/** The number of attempts, since others may change the same catalogs meanwhile. */
const mostRounds = 12;

class ServerRestorer implements Restorer {
  private readonly options: RestorerOptions;
  private noted: readonly Made[] = [];
  private before: Shared | undefined;
  private readonly told = new Map<string, SharedEffect>();

  constructor(options: RestorerOptions) {
    this.options = options;
  }

  async settle(): Promise<string | undefined> {
    let seen: ReadonlySet<string> = new Set();
    for (let round = 1; ; round++) {
      const { mine, made, changed } = await this.look();
      const [first] = changed;
      if (first === undefined) {
        await this.noteRoles(mine, made);
        return undefined;
      }
      if (round === mostRounds) return `${first.what} of the scratch server can't be put back`;
      // A change of others that was undone between the two readings does not show up the second time.
      const failed = await this.putBack(changed.filter(({ sql }) => seen.has(sql)));
      if (failed !== undefined) return failed;
      seen = new Set(changed.map(({ sql }) => sql));
    }
  }

  async begin(statement: Statement): Promise<Substitute> {
    const { session, major, isSuperuser } = this.options;
    const there = await readShared(session, this.options);
    this.before = statement.mayCommit ? there : undefined;
    const substitute = decideSubstitute(statement, { made: this.noted, there, major, isSuperuser });
    if (substitute.kind === 'left out') this.tell('left out', substitute.object);
    if (substitute.kind === 'run' && substitute.making !== undefined)
      await this.note([...this.noted, { ...substitute.making, oid: 0 }]);
    return substitute;
  }

  async end(substitute: Substitute): Promise<void> {
    if (this.before === undefined && substitute.kind !== 'run') return;
    const { reader, there } = await this.readCommitted();
    const own = this.before === undefined ? [] : this.tellChanged(this.before, there);
    const oidOf = ({ kind, name }: Made) =>
      (kind === 'database' ? there.databases : there.tablespaces).get(name)?.oid ?? 0;
    const now = this.noted.map((one) => (one.kind === 'role' ? one : { ...one, oid: oidOf(one) }));
    for (const { kind, name, oid } of now) if (kind !== 'role' && oid !== 0) this.tell('made', `${kind} ${name}`);
    await this.note([...now.filter(({ oid }) => oid !== 0), ...own], reader);
  }

  /** What the statement has committed. Where its session is lost, the server may still be at work on it. */
  private async readCommitted(): Promise<{ readonly reader: Session; readonly there: Shared }> {
    const { session, admin, own } = this.options;
    try {
      return { reader: session, there: await readShared(session, this.options) };
    } catch (error) {
      if (!(error instanceof SendError) || !error.lost) throw error;
      await endBackend(admin, own, session.backendPid);
      return { reader: admin, there: await readShared(admin, this.options) };
    }
  }

  async makeRole(name: string): Promise<boolean> {
    const { session, isSuperuser } = this.options;
    const role = quoteIdent(name);
    // A role that is no superuser has to be a member of the new role to act as it.
    const join = isSuperuser ? '' : `GRANT ${role} TO CURRENT_USER;\n`;
    if ((await refusalOf(() => session.send(`BEGIN;\nCREATE ROLE ${role};\n${join}`))) !== undefined) {
      await session.send('ROLLBACK');
      return false;
    }
    const failed = await this.settle();
    await session.send(failed === undefined ? 'COMMIT' : 'ROLLBACK');
    return failed === undefined;
  }

  made(): readonly Made[] {
    return this.noted;
  }

  async effects(): Promise<readonly SharedEffect[]> {
    const { slots, watcher } = this.options;
    const [rows = []] =
      slots.length === 0 ? [] : await watcher.send('SELECT slot_name AS name FROM pg_catalog.pg_replication_slots');
    const left = new Set(rows.map(({ name }) => name));
    for (const name of slots) if (!left.has(name)) this.tell('changed', `replication slot ${name}, which is gone`);
    return [...this.told.values()];
  }

  private async look() {
    const { session, watcher } = this.options;
    const earlier = await readShared(watcher, this.options);
    const mine = await readShared(session, this.options);
    const later = await readShared(watcher, this.options);
    return { mine, ...findUndoing(later, withoutOthers(earlier, mine, later), this.oids()) };
  }

  /** The roles that are left, under their current names, and the new ones. */
  private async noteRoles({ roles }: Shared, fresh: readonly { readonly oid: number; readonly name: string }[]) {
    const known = this.noted.filter(({ kind, oid }) => kind !== 'role' || roleOf(roles, oid) !== undefined);
    const named = known.map((one) => ({ ...one, name: roleOf(roles, one.oid)?.name ?? one.name }));
    for (const { name } of fresh) this.tell('made', `role ${name}`);
    await this.note([...named, ...fresh.map(({ oid, name }): Made => ({ kind: 'role', oid, name }))]);
  }

  /** The reason why something could not be restored. */
  private async putBack(
    changed: readonly { readonly what: string; readonly sql: string }[],
  ): Promise<string | undefined> {
    for (const { what, sql } of changed) {
      this.tell('put back', what);
      const failed = await refusalOf(() => this.options.session.send(sql));
      if (failed !== undefined) return `${what} of the scratch server can't be put back: ${failed}`;
    }
    return undefined;
  }

  /** A statement that commits by itself is visible to others, as theirs are to us. Only the name of a role tells who created it. */
  private tellChanged(then: Shared, now: Shared): readonly Made[] {
    const { made: fresh, changed } = findUndoing(then, now, this.oids());
    const own = fresh.filter(({ name }) => makesRole(this.options.texts, name));
    for (const { name } of fresh) this.tell(own.some((one) => one.name === name) ? 'made' : 'changed', `role ${name}`);
    const ours = new Set([...this.oids(), ...own.map(({ oid }) => oid)]);
    for (const { what } of own.length === 0 ? changed : findUndoing(then, now, ours).changed)
      this.tell('changed', what);
    return own.map(({ oid, name }) => ({ kind: 'role', oid, name }));
  }

  private async note(now: readonly Made[], session = this.options.session): Promise<void> {
    if (JSON.stringify(now) === JSON.stringify(this.noted)) return;
    this.noted = now;
    const { own } = this.options;
    await session.send(`COMMENT ON DATABASE ${quoteIdent(own)} IS ${quoteLiteral(printMade(now))}`);
  }

  private tell(kind: SharedEffect['kind'], object: string): void {
    this.told.set(`${kind} ${object}`, { kind, object });
  }

  private oids(): ReadonlySet<number> {
    return new Set(this.noted.map(({ oid }) => oid));
  }
}

const mostWaits = 100;
const waitMilliseconds = 100;

/** Returns when the backend of that session is gone. */
async function endBackend(admin: Session, database: string, pid: number): Promise<void> {
  for (let waited = 0; waited < mostWaits; waited++) {
    const left = await ask(
      admin,
      SQL`SELECT pg_catalog.pg_terminate_backend(a.pid)::text AS told FROM pg_catalog.pg_stat_activity a
 WHERE a.pid = ${String(pid)}::integer AND a.datname = ${database}`,
    );
    if (left.length === 0) return;
    await sleep(waitMilliseconds);
  }
}

/** Whether the files create roles and mention this one. Of two sessions that create a role of the same name at once, one fails. */
function makesRole(texts: readonly string[], name: string): boolean {
  const word = new RegExp(`(?<![\\w$])${name.replace(/[^\w]/g, '\\$&')}(?![\\w$])`, 'i');
  return texts.some((text) => /\bcreate\s+(role|user|group)\b/i.test(text)) && texts.some((text) => word.test(text));
}

function roleOf<T extends { readonly oid: number }>(roles: ReadonlyMap<string, T>, oid: number): T | undefined {
  return [...roles.values()].find((role) => role.oid === oid);
}

/** The comment contains no secret, since everybody can read it. */
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
