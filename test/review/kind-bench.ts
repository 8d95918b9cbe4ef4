import { judge } from '../../lib/review/judge.ts';
import { measure } from '../../lib/review/measure.ts';
import { findingsOf } from '../../lib/review/review.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { pinSettings } from '../../lib/script/settings.ts';
import { toPiece } from './bench.ts';
import type { Kind } from './kinds.ts';

const pins = pinSettings({ settings: {}, lockTimeout: undefined, statementTimeout: undefined });

/** `rule: message`, in the order of the plan. */
export async function findIn(scratch: Scratch, { base, ups }: Kind): Promise<readonly string[]> {
  const measurement = await measure(scratch, {
    history: [toPiece('base', base)],
    plan: ups.map((text, index) => toPiece(`up${index + 1}`, text)),
    pins,
    emit: () => {},
    signal: undefined,
  });
  return findingsOf(judge(measurement, undefined)).map(({ rule, message }) => `${rule}: ${message}`);
}

/** What the last one left in the database. */
export async function forget({ session }: Scratch): Promise<void> {
  await session.send(`SET client_min_messages = warning; DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA public;
DO $$ DECLARE gone record; BEGIN
  FOR gone IN SELECT pubname FROM pg_publication LOOP EXECUTE 'DROP PUBLICATION ' || gone.pubname; END LOOP;
  FOR gone IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'app%' LOOP EXECUTE 'DROP OWNED BY ' || gone.rolname; END LOOP;
END $$; RESET client_min_messages;`);
}
