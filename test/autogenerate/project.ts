import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type CliOutcome, updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

export interface Generated {
  readonly revisions: readonly { readonly id: string; readonly folder: string; readonly message: string }[];
  readonly notGenerated: readonly string[];
  readonly destroys: readonly string[];
  readonly fails: readonly string[];
}

export interface Desk {
  readonly cwd: string;
  readonly database: Database;
  /** Writes what the schema is to be. */
  want(sql: string): Promise<void>;
  /** `revision --autogenerate` with these options. */
  generate(...options: readonly string[]): Promise<CliOutcome>;
  /** The same, which is to succeed. */
  generated(...options: readonly string[]): Promise<Generated>;
  /** Applies all revisions to the database. */
  upgrade(): Promise<void>;
  run(...args: readonly string[]): Promise<CliOutcome>;
  /** Of the last revision. */
  read(name: 'up' | 'down'): string;
}

/** A project with one revision, a database that has it, and a file that says what the schema is to be. */
export async function withDesk(first: string, body: (desk: Desk) => Promise<void>): Promise<void> {
  const scratch = await serverUrl();
  await withDatabase((database) =>
    withProject(
      { 'updown.json': JSON.stringify({ schema: 'schema.sql', scratch }), 'schema.sql': first },
      async (cwd) => {
        await writeProject(cwd, [{ id: 'a1', up: first, down: '-- updown: irreversible\n' }]);
        const run: Desk['run'] = (...args) => updown([...args, '--url', database.url], { cwd });
        const generate: Desk['generate'] = (...options) =>
          updown(['revision', '--autogenerate', '-m', 'next', '--json', ...options], { cwd });
        const succeed = async (call: Promise<CliOutcome>) => {
          const outcome = await call;
          assert.is(outcome.status, 0, `${outcome.stdout}${outcome.stderr}`);
          return outcome;
        };
        const upgrade = async () => {
          await succeed(run('upgrade', '-q'));
        };
        await upgrade();
        await body({
          ...{ cwd, database, run, generate, upgrade },
          want: (sql) => writeFile(join(cwd, 'schema.sql'), sql),
          generated: async (...options) => (await succeed(generate(...options))).json<Generated>(),
          read: (name) => {
            const lines = readFileSync(join(cwd, 'migrations/manifest.jsonl'), 'utf8').trim().split('\n');
            const { folder } = JSON.parse(lines.at(-1) ?? '{}') as { folder: string };
            assert.ok(readdirSync(join(cwd, 'migrations')).includes(folder));
            return readFileSync(join(cwd, 'migrations', folder, `${name}.sql`), 'utf8');
          },
        });
      },
    ),
  );
}
