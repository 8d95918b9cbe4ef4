import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';

/** All that may hold something, by numbers of the server: a table that was made again is another one, whatever it is called. */
export async function readPlaces(session: Session): Promise<ReadonlySet<string>> {
  const rows = await ask(
    session,
    SQL`SELECT c.oid::text || ' ' || coalesce(a.attnum::text, '') AS place
  FROM pg_catalog.pg_class c
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'S', 'f', 'm')`,
  );
  return new Set(rows.map(({ place }) => place ?? ''));
}
