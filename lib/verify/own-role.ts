import { SendError } from '../database/session.ts';
import { ownReading } from '../ledger/setting.ts';
import { createRole } from '../review/attempt.ts';
import type { Scratch } from '../review/scratch.ts';
import type { Pins } from '../script/settings.ts';
import { quoteLiteral } from '../sql/quote.ts';

/** Where the files run as a role of their own, the temporary database is that role's, as the real one will be or has granted it. */
export async function giveToRole(scratch: Scratch, pins: Pins): Promise<void> {
  const role = pins.get('role');
  if (role === undefined) return;
  const give = `DO $updown$ BEGIN
  EXECUTE pg_catalog.format('ALTER DATABASE %I OWNER TO %I', pg_catalog.current_database(), ${quoteLiteral(role)});
END $updown$;\n`;
  await makeRoleOnce(scratch, role);
  try {
    await scratch.session.send(`${ownReading}\n${give}`);
  } catch (error) {
    // Who may not give it away runs the files as far as rights go.
    if (!(error instanceof SendError) || error.lost) throw error;
  }
}

async function makeRoleOnce(scratch: Scratch, role: string): Promise<void> {
  const [[row] = []] = await scratch.session.send(
    `${ownReading}\nSELECT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = ${quoteLiteral(role)})::text AS there`,
  );
  if (row?.there === 'true') return;
  await createRole(scratch, role);
}
