import type { FactBase } from '@supabase/pg-delta';
import type { Session } from '../database/session.ts';
import { findMissingPackage } from '../optional-package.ts';

/** A schema as pg-delta knows it. */
export interface Facts {
  readonly base: FactBase;
  /** Of the whole server. */
  readonly roles: readonly string[];
}

/** Why it can't be asked, in a sentence; undefined where it can. */
export function whyNoPlanner(): string | undefined {
  return findMissingPackage('@supabase/pg-delta', 'A second planner, which is asked for what has no SQL here,');
}

/** It asks in a transaction of its own. */
export async function readFacts(session: Session): Promise<Facts> {
  const { extract } = await import('@supabase/pg-delta');
  const query = async (text: string) => {
    if (!/^\s*(?:SELECT|WITH)\b/i.test(text)) {
      await session.send(text);
      return { rows: [] };
    }
    // Values as node-postgres reads them, which a session of ours leaves as text.
    const [rows = []] = await session.send(
      `SELECT pg_catalog.to_json(q)::pg_catalog.text AS row FROM (${text.trim().replace(/;$/, '')}\n) AS q`,
    );
    return { rows: rows.map(({ row }) => JSON.parse(row ?? '{}') as unknown) };
  };
  const { factBase } = await extract({ connect: async () => ({ query, release: () => {} }) } as never);
  const [roles = []] = await session.send('SELECT r.rolname::pg_catalog.text AS name FROM pg_catalog.pg_roles r');
  return { base: factBase, roles: roles.map((role) => role.name ?? '') };
}

/**
 * Its statements from one schema to the other; none where it has no plan, or none that could be kept. What it says of these roles, which make
 * things on scratch, holds nowhere else.
 */
export async function planByDelta(from: Facts, to: Facts, roles: ReadonlySet<string>): Promise<readonly string[]> {
  const { plan } = await import('@supabase/pg-delta');
  try {
    const { actions } = plan(from.base, to.base, { scope: 'database', assumedRoles: [...from.roles], renames: 'off' });
    const owners = [...roles].map((role) => ` OWNER TO ${JSON.stringify(role)}`);
    const told = actions.filter(({ sql }) => !owners.some((owner) => sql.endsWith(owner)));
    const isKept = told.every(
      ({ sql, dataLoss, transactionality }) =>
        dataLoss === 'none' && transactionality === 'transactional' && !holdsSecret(sql) && !names(sql, roles),
    );
    return isKept ? told.map(({ sql }) => `${sql};`) : [];
  } catch {
    // It refuses what it does not know.
    return [];
  }
}

function names(sql: string, roles: ReadonlySet<string>): boolean {
  return [...roles].some((role) => sql.includes(JSON.stringify(role)));
}

/** It writes another text in the place of a password, and no snapshot holds any: nobody would see that it is wrong. */
function holdsSecret(sql: string): boolean {
  return /__(?:OPTION|CONN|SECRET)\w*__|\b(?:USER MAPPING|SUBSCRIPTION)\b/.test(sql);
}
