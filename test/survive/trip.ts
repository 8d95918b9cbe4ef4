import * as assert from 'uvu/assert';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { findPoints, type Point } from './point.ts';

// No statement here could run twice, or not at all, without a trace in the rows or in the schema.
const revisions: readonly TestRevision[] = [
  {
    id: 'a1',
    up: "CREATE TABLE t (n integer PRIMARY KEY, s text NOT NULL, k integer);\nINSERT INTO t SELECT g, 's' || g, 5 FROM generate_series(1, 50) AS g;\n",
    // What ran on the way down stays to be seen.
    down: 'ALTER TABLE t RENAME TO kept;\n',
  },
  { id: 'b1', up: 'UPDATE t SET k = k + 1;\n', down: 'UPDATE t SET k = k - 1;\n' },
  {
    id: 'c1',
    up: `-- updown: no-transaction
CREATE INDEX CONCURRENTLY t_s ON t (s);
INSERT INTO t SELECT 100 + count(*), 'more', 1 FROM t;
CREATE INDEX CONCURRENTLY ON t (k);
`,
    down: `-- updown: no-transaction
DROP INDEX CONCURRENTLY t_k_idx;
UPDATE t SET k = k + 100 WHERE n > 100;
DROP INDEX CONCURRENTLY t_s;
`,
  },
  {
    id: 'd1',
    up: 'ALTER TABLE t ADD COLUMN d integer NOT NULL DEFAULT 7;\nUPDATE t SET k = k * 3;\n',
    down: 'UPDATE t SET k = k / 3;\nALTER TABLE t DROP COLUMN d;\n',
  },
  { id: 'e1', up: 'CREATE VIEW v AS SELECT count(*) FROM t;\n', down: 'DROP VIEW v;\n' },
];
export const ids: readonly string[] = revisions.map(({ id }) => id);

export type Op = 'up' | 'down';

export interface Site {
  readonly cwd: string;
  readonly env: Record<string, never>;
}

/** What differs between going up and going down. */
export interface Course {
  readonly op: Op;
  readonly moves: readonly string[];
  readonly prepare: (site: Site, url: string) => Promise<unknown>;
  readonly run: (site: Site, url: string) => Promise<unknown>;
}

export async function withSite(body: (site: Site) => Promise<void>): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    await body({ cwd, env: {} });
  });
}

export async function enumerate(site: Site, { prepare, run }: Course): Promise<readonly Point[]> {
  let points: readonly Point[] = [];
  await withEmpty(async ({ url }) => {
    await prepare(site, url);
    points = await findPoints(url, (proxied) => run(site, proxied));
  });
  return points;
}

/** Where the run of this course leads where nothing disturbs it. */
export async function finish(site: Site, { prepare, run }: Course): Promise<{ picture: string; dump: string }> {
  const end = { picture: '', dump: '' };
  await withEmpty(async (database) => {
    await prepare(site, database.url);
    await run(site, database.url);
    Object.assign(end, { picture: await picture(database), dump: await database.dump() });
  });
  return end;
}

/** As `atEvery` empties one: the schema `public` is not the one the server made. */
async function withEmpty(body: (database: Database) => Promise<void>): Promise<void> {
  await withDatabase(async (database) => {
    await database.query('DROP SCHEMA public; CREATE SCHEMA public');
    await body(database);
  });
}

/** Which run made an entry shows in the application's name. */
export function named(url: string, name: string): string {
  const address = new URL(url);
  address.searchParams.set('application_name', name);
  return address.href;
}

/** Rows and catalog: whatever the files make, and what is INVALID. pg_dump says the same, thirty times slower. */
export async function picture({ query }: Database): Promise<string> {
  const [table] = await query("SELECT coalesce(to_regclass('t'), to_regclass('kept'))::text AS name");
  const rows = await query(`SELECT * FROM ${table!.name} ORDER BY n`);
  return JSON.stringify([rows, await query(catalog)]);
}

const catalog = `
SELECT c.relkind, c.oid::regclass::text AS name, pg_get_viewdef(c.oid) AS view, pg_get_indexdef(c.oid) AS index, i.indisvalid, i.indisready, i.indislive,
       (SELECT json_agg((a.attname, a.atttypid::regtype, a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attname)
          FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT json_agg((o.conname, pg_get_constraintdef(o.oid)) ORDER BY o.conname) FROM pg_constraint o WHERE o.conrelid = c.oid) AS constraints
  FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
 WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2`;

export interface Entry {
  readonly event: string;
  readonly revision: string;
  readonly statement: number | null;
  /** Which run made it. */
  readonly by: string;
}

export async function readEntries({ query }: Database): Promise<readonly Entry[]> {
  const rows = await query(
    "SELECT event, revision, statement, application_name AS by FROM updown.journal WHERE event <> 'header' ORDER BY seq",
  );
  return rows.map((row) => row as unknown as Entry).filter(({ by }) => by !== 'before');
}

/** Each revision once, in order; each statement of the one outside a transaction once, between its start and its end. */
export function assertJournal(entries: readonly Entry[], { op, moves }: Course): void {
  const failed = entries.filter(({ event }) => event === 'fail');
  assert.equal(failed, []);
  assert.equal(
    entries.filter(({ event }) => event === op).map(({ revision }) => revision),
    moves,
  );
  const bare = entries
    .filter(({ revision }) => revision === 'c1')
    .filter(({ event }, index) => event !== 'start' || index === 0);
  assert.equal(
    bare.map(({ event, statement }) => [event, statement]),
    [
      ['start', 0],
      ['progress', 1],
      ['progress', 2],
      ['progress', 3],
      [op, null],
    ],
  );
  assert.ok(entries.filter(({ event }) => event === 'start').length <= 2);
}
