import { ask, SQL } from '../database/question.ts';
import { SendError } from '../database/session.ts';
import { createRole } from '../review/attempt.ts';
import type { Scratch } from '../review/scratch.ts';
import type { Pins } from '../script/settings.ts';
import { quoteIdent } from '../sql/quote.ts';

/** Where the files run as a role of their own, the temporary database is that role's, as the real one will be or has granted it. */
export async function giveToRole(scratch: Scratch, pins: Pins): Promise<void> {
  const role = pins.get('role');
  if (role === undefined) return;
  await makeRoleOnce(scratch, role);
  const [own] = await ask(scratch.session, SQL`SELECT pg_catalog.current_database() AS name`);
  try {
    await scratch.session.send(`ALTER DATABASE ${quoteIdent(own?.name ?? '')} OWNER TO ${quoteIdent(role)}`);
  } catch (error) {
    // Who may not give it away runs the files as far as rights go.
    if (!(error instanceof SendError) || error.lost) throw error;
  }
}

async function makeRoleOnce(scratch: Scratch, role: string): Promise<void> {
  const [row] = await ask(
    scratch.session,
    SQL`SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = ${role})::text AS there`,
  );
  if (row?.there === 'true') return;
  await createRole(scratch, role);
}
