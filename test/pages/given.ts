import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Database } from '../support/database.ts';
import { type TestRevision, writeProject } from '../support/project.ts';

export interface Site {
  /** The project's folder, empty. */
  readonly cwd: string;
  readonly database: Database;
}

/** Makes what is there before a block begins; returns variables for its shell. */
export type Given = (site: Site) => Promise<NodeJS.ProcessEnv>;

const orders = 'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL);\n';
const index = 'CREATE INDEX orders_total ON orders (total);\n';
const notes = 'CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL);\n';
const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${name} text`).join(', ');

/** By page: what is given for its one session; or, where its console blocks have nothing to do with each other, for each of them. */
export const givenFor: Readonly<Record<string, Given | readonly Given[]>> = {
  'README.md': [
    async () => ({}),
    async ({ cwd }) => {
      const schema = await readFile(new URL('../fixtures/schema/shop.sql', import.meta.url), 'utf8');
      assert.is(schema.match(/^CREATE TABLE /gm)?.length, 10);
      await writeFile(join(cwd, 'schema.sql'), schema);
      return {};
    },
  ],
  'runbook.md': async ({ cwd, database }) => {
    const bare = '-- updown: no-transaction\n';
    const rows = "INSERT INTO orders VALUES (1, 'a@example.org'), (2, 'a@example.org');\n";
    await writeProject(cwd, [
      {
        id: '5cd038a8f131',
        message: 'add orders',
        up: `CREATE TABLE orders (id bigint PRIMARY KEY, email text);\n${rows}`,
      },
      { id: '9e4107c2d6ab', message: 'add total', up: 'ALTER TABLE orders ADD COLUMN total numeric NOT NULL;\n' },
      {
        id: 'c3d0a4b1e9f2',
        message: 'unique email',
        up: `${bare}CREATE UNIQUE INDEX CONCURRENTLY orders_email ON orders (email);\n`,
      },
    ]);
    return { DATABASE_URL: database.url };
  },
  'from-alembic.md': async ({ database }) => {
    await database.query(`CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
      INSERT INTO alembic_version VALUES ('ae1027a6acf4');
      CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL);`);
    return reachOf(database);
  },
  'from-others.md': async ({ database }) => {
    await database.query(`CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, success boolean NOT NULL);
      CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success);
      CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL);`);
    return reachOf(database);
  },
  'approvals.md': [
    ({ cwd, database }) => dropping(cwd, database),
    async ({ cwd, database }) => {
      const env = await dropping(cwd, database);
      const { approve } = await import('../../lib/index.ts');
      const reach = { ...env, PGHOST: undefined };
      await approve({
        cwd,
        env: reach,
        target: '5cd038a8f131:head',
        by: 'Jo',
        scratch: database.url,
        confirm: () => true,
      });
      return env;
    },
  ],
  'autogenerate.md': [
    async ({ cwd }) => {
      await wants(cwd, `${orders}CREATE TABLE invoices (id bigint PRIMARY KEY);\n`);
      return revisions(cwd, orders);
    },
    async ({ cwd }) => {
      await wants(cwd, `CREATE TABLE purchases (id bigint PRIMARY KEY, ${columns});\n`);
      return revisions(cwd, `CREATE TABLE orders (id bigint PRIMARY KEY, ${columns});\n`);
    },
  ],
  'ci.md': [
    async ({ cwd }) => {
      await wants(cwd, orders + index);
      return revisions(cwd, orders, 'COMMENT ON TABLE orders IS NULL;\n');
    },
  ],
  'drift.md': [
    async ({ cwd, database }) => {
      await revisions(cwd, orders, index);
      return { ...reachOf(database), ...(await applied(cwd, database, 'DROP INDEX orders_total')) };
    },
  ],
  'review.md': [
    ({ cwd }) =>
      revisions(
        cwd,
        `${orders}ALTER TABLE orders ADD COLUMN note text;\n`,
        'ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\nCREATE INDEX orders_note ON orders (note);\n',
      ),
  ],
  'snapshot.md': [({ cwd }) => revisions(cwd, notes)],
  'verify.md': [
    async ({ cwd }) => {
      await writeProject(cwd, [
        { id: '5cd038a8f131', message: 'example', up: notes, down: 'DROP TABLE notes;\n' },
        {
          id: '9e4107c2d6ab',
          message: 'index notes',
          up: 'CREATE INDEX notes_text ON notes (text);\n',
          down: '-- later\n',
        },
      ]);
      return {};
    },
    async ({ cwd }) => {
      const up = 'CREATE EXTENSION postgis;\nCREATE TABLE places (at geometry);\n';
      await writeProject(cwd, [{ id: '5cd038a8f131', message: 'add places', up }]);
      return {};
    },
  ],
};

async function wants(cwd: string, schema: string): Promise<void> {
  await writeFile(join(cwd, 'schema.sql'), schema);
  await writeFile(join(cwd, 'updown.json'), '{ "schema": "schema.sql" }\n');
}

async function revisions(cwd: string, ...ups: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const ids = ['5cd038a8f131', '9e4107c2d6ab'];
  await writeProject(
    cwd,
    ups.map((up, at) => ({
      id: ids[at] ?? '',
      message: `step ${at + 1}`,
      up,
      down: '-- Nothing is taken back.\nSELECT 1;\n',
    })),
  );
  return {};
}

async function applied(cwd: string, { url, query }: Database, edit: string): Promise<NodeJS.ProcessEnv> {
  const { upgrade } = await import('../../lib/index.ts');
  await upgrade({ cwd, url, env: {} });
  await query(edit);
  return { DATABASE_URL: url };
}

/** The page's text has the digest of this plan. */
export const droppingProject: readonly TestRevision[] = [
  { id: '5cd038a8f131', message: 'add orders', up: 'CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n' },
  {
    id: '9e4107c2d6ab',
    message: 'drop notes',
    up: '-- Nobody reads it.\nALTER TABLE orders DROP COLUMN note;\n',
    down: 'ALTER TABLE orders ADD COLUMN note text;\n',
  },
];

async function dropping(cwd: string, { url }: Database): Promise<NodeJS.ProcessEnv> {
  const { upgrade } = await import('../../lib/index.ts');
  await writeProject(cwd, droppingProject, { project: 'shop-4f0c27e1' });
  await writeFile(join(cwd, 'updown.json'), '{ "destructive": "approved" }\n');
  await upgrade({ cwd, url, env: {}, target: '5cd038a8f131' });
  return { DATABASE_URL: url };
}

/** For a url that names only its host and its database. */
function reachOf({ admin }: Database): NodeJS.ProcessEnv {
  const { port, username, password } = new URL(admin);
  return { PGPORT: port, PGUSER: username, PGPASSWORD: password };
}
