import postgres from 'postgres';
import { stamp } from '../../lib/index.ts';
import { lex } from '../../lib/sql/lexer.ts';
import { createSplitter } from '../../lib/sql/split.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

export interface Site {
  readonly cwd: string;
  readonly env: Record<string, never>;
  readonly url: string;
}

/** A project with these revisions, and an empty database. */
export async function withSite(
  revisions: readonly TestRevision[],
  body: (site: Site, database: Database) => Promise<void>,
  config: object = {},
): Promise<void> {
  await withProject({ 'updown.json': JSON.stringify(config) }, async (cwd) => {
    await writeProject(cwd, revisions);
    await withDatabase((database) => body({ cwd, env: {}, url: database.url }, database));
  });
}

/** Everything a refused script might have touched. */
export async function everything({ query }: Database, schema = 'updown'): Promise<unknown> {
  const relations = await query(
    'SELECT oid::int, relname, relfilenode::int FROM pg_class WHERE oid >= 16384 ORDER BY oid',
  );
  const [{ there } = {}] = await query(`SELECT to_regclass('${schema}.journal') IS NOT NULL AS there`);
  return [relations, there ? await query(`SELECT * FROM ${schema}.journal ORDER BY seq`) : 'no ledger'];
}

/** The ledger says that these of the files' revisions are applied; what they make is not there. */
export async function standAt(
  site: Site,
  { query }: Database,
  applied: readonly (readonly [id: string, parents: readonly string[], digest: string])[],
): Promise<void> {
  const [{ there } = {}] = await query("SELECT to_regclass('updown.journal') IS NOT NULL AS there");
  if (there) await query("DELETE FROM updown.journal WHERE event <> 'header'");
  else {
    await stamp({ ...site, targets: ['heads'], force: true });
    await stamp({ ...site, targets: ['base'] });
  }
  for (const [id, parents, digest] of applied) {
    const list = parents.map((parent) => `'${parent}'`).join(', ');
    await query(`CALL updown.record('stamp', NULL, '${id}', '${digest}', ARRAY[${list}]::text[], NULL, NULL)`);
  }
}

/** A client that knows SQL alone: it sends, and tells what the server refused. */
export interface Client {
  /** Sends a file in its own way; the messages of what failed, with their SQLSTATEs. */
  readonly send: (text: string) => Promise<readonly string[]>;
}

export type Way = 'whole' | 'each' | 'savepoints';

/**
 * `whole` sends a file as one simple query; `each` cuts it, and goes on after errors as if nothing had happened; `savepoints` also goes back
 * to before the statement that failed, as psql's ON_ERROR_ROLLBACK and pgjdbc's autosave do.
 */
export async function withClient(
  url: string,
  way: Way,
  body: (client: Client) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'updown test-abc123', ...settings },
  });
  const sendOne = (text: string): Promise<readonly string[]> =>
    sql.unsafe(text).then(
      () => [],
      (error: { code: string; message: string }) => [`${error.code} ${error.message.replace(`${error.code}: `, '')}`],
    );
  const sendAside = async (text: string): Promise<readonly string[]> => {
    const isInside = (await sendOne('SAVEPOINT aside')).length === 0;
    const errors = await sendOne(text);
    if (isInside && errors.length > 0) await sendOne('ROLLBACK TO aside');
    if (isInside) await sendOne('RELEASE aside');
    return errors;
  };
  try {
    await body({
      send: async (text) => {
        const errors: string[] = [];
        for (const part of way === 'whole' ? [text] : cut(text))
          errors.push(...(await (way === 'savepoints' ? sendAside(part) : sendOne(part))));
        return errors;
      },
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** As a client cuts a file: at semicolons outside quotes and bodies; comments stay with what follows. */
function cut(text: string): readonly string[] {
  const splitter = createSplitter(text);
  const stops: number[] = [];
  for (const token of lex(text)) {
    if (token.kind === 'comment') continue;
    const span = splitter.push(token);
    if (span !== undefined) stops.push(span.stop);
  }
  return stops.map((stop, index) => text.slice(stops[index - 1] ?? 0, stop));
}
