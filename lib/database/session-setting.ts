/** What a role or a database has set for its sessions. */
export interface SessionSetting {
  readonly name: string;
  readonly value: string;
  /** In the words with which it was said. */
  readonly by: string;
}

/** An expression for all of it as JSON, under a path of our own. */
export const printSessionSettings: string = `(SELECT json_agg(json_build_array(s.setdatabase <> 0, s.setrole <> 0, c))
          FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS c
         WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
           AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user)))::text`;

/** By rising weight: a role in a database has the last word. */
const sources = ['ALTER ROLE ALL', 'ALTER DATABASE', 'ALTER ROLE', 'ALTER ROLE … IN DATABASE'];

export function toSessionSettings(json: string | null | undefined): readonly SessionSetting[] {
  const entries = JSON.parse(json ?? '[]') as readonly (readonly [boolean, boolean, string])[];
  const weighed = entries.map(([ofDatabase, ofRole, text]) => ({
    text,
    weight: Number(ofDatabase) + 2 * Number(ofRole),
  }));
  const settings = new Map<string, SessionSetting>();
  for (const { text, weight } of weighed.sort((one, other) => one.weight - other.weight)) {
    const at = text.indexOf('=');
    const name = text.slice(0, at).toLowerCase();
    settings.set(name, { name, value: text.slice(at + 1), by: sources[weight] ?? '' });
  }
  return [...settings.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}
