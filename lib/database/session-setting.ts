import { textArray } from '../sql/quote.ts';
import type { Session } from './session.ts';

/** A setting as a session begins with it, and who has said so. */
export interface SessionSetting {
  readonly name: string;
  readonly value: string;
  /** In the words with which it was said. */
  readonly by: string;
}

const sources: Readonly<Record<string, string>> = {
  database: 'ALTER DATABASE',
  user: 'ALTER ROLE',
  'database user': 'ALTER ROLE … IN DATABASE',
  global: 'ALTER ROLE ALL',
  client: 'the connection',
  'configuration file': "the server's configuration",
};

/** What of these is not the server's own default. Its configuration counts for the search path alone: other defaults are its own business. */
export async function readSessionSettings(
  session: Session,
  names: readonly string[],
): Promise<readonly SessionSetting[]> {
  const [rows = []] = await session.send(
    `SELECT pg_catalog.lower(s.name) AS name, pg_catalog.current_setting(s.name) AS value, s.source FROM pg_catalog.pg_settings s
 WHERE pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) ANY (${textArray(names)})  ORDER BY pg_catalog.lower(s.name) COLLATE pg_catalog."C"`,
  );
  return rows.flatMap(({ name, value, source }) => {
    const by = sources[source ?? ''];
    if (by === undefined || (source === 'configuration file' && name !== 'search_path')) return [];
    return [{ name: name ?? '', value: value ?? '', by }];
  });
}
