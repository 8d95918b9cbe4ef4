import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../test/support/binaries.ts';
import { type Command, time } from './measure.ts';
import { writeDbmate, writeNodePgMigrate, writeUpdown } from './project.ts';
import type { Work } from './revisions.ts';
import { installRivals, versions } from './rivals.ts';

export const operations = ['up', 'no-op', 'status', 'down'] as const;
export type Operation = (typeof operations)[number];

/** One way to get the same work done. */
export interface Side {
  readonly name: string;
  /** What to know of it when reading its figures. */
  readonly note: string;
  /** The processes an operation takes, one after the other; undefined where the tool has no such thing. */
  commands(operation: Operation, url: string): readonly Command[] | undefined;
}

export const cli: string = fileURLToPath(new URL('../dist/bin/updown.js', import.meta.url));

/** Writes each tool's project and emits psql's scripts, none of which is measured here. */
export async function makeSides(folder: string, work: readonly Work[]): Promise<readonly Side[]> {
  const dir = writeUpdown(folder, work);
  const rivals = installRivals(folder);
  return [
    runUpdown(folder, dir),
    await runPsql(folder, dir),
    runBare(folder, work),
    runDbmate(folder, rivals.dbmate, work),
    runNodePgMigrate(folder, rivals.nodePgMigrate, work),
  ];
}

export function runUpdown(folder: string, dir: string): Side {
  const words = { up: ['upgrade'], 'no-op': ['upgrade'], status: ['status'], down: ['downgrade', 'base', '--yes'] };
  return {
    name: 'updown',
    note: `updown: dist/ as built, Node.js ${process.versions.node}`,
    commands: (operation, url) => [updown(folder, 'updown.txt', [...words[operation], '--dir', dir, '--url', url])],
  };
}

/** The command line as a user has it, printing into a file of the folder. */
export function updown(folder: string, output: string, args: readonly string[]): Command {
  return { file: process.execPath, args: [cli, ...args], cwd: folder, output: join(folder, output) };
}

async function runPsql(folder: string, dir: string): Promise<Side> {
  const psql = findProgram('psql');
  if (psql === undefined) throw new Error('psql is neither beside the server nor on PATH');
  await time(updown(folder, 'up.sql', ['upgrade', '--sql', '--dir', dir]));
  await time(updown(folder, 'down.sql', ['downgrade', 'head:base', '--sql', '--dir', dir]));
  const scripts = { up: 'up.sql', 'no-op': 'up.sql', status: undefined, down: 'down.sql' };
  const version = spawnSync(psql, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return {
    name: 'psql',
    note: `psql: ${version}, -X -f with the script that updown emits; it has no status`,
    commands: (operation, url) => {
      const script = scripts[operation];
      if (script === undefined) return undefined;
      return [{ file: psql, args: ['-X', '-f', script, url], cwd: folder, output: join(folder, 'psql.txt') }];
    },
  };
}

/** The same SQL with a row a step and nothing that guards it: what a script without a tool would be. */
function runBare(folder: string, work: readonly Work[]): Side {
  const psql = findProgram('psql');
  if (psql === undefined) throw new Error('psql is neither beside the server nor on PATH');
  const up = work.map(({ time: id, up: sql }) => `BEGIN;\n${sql}INSERT INTO done VALUES ('${id}');\nCOMMIT;\n`);
  const down = work.map(({ time: id, down: sql }) => `BEGIN;\n${sql}DELETE FROM done WHERE id = '${id}';\nCOMMIT;\n`);
  const head = '\\set ON_ERROR_STOP on\n';
  writeFileSync(join(folder, 'bare-up.sql'), `${head}CREATE TABLE done (id text PRIMARY KEY);\n${up.join('')}`);
  writeFileSync(join(folder, 'bare-down.sql'), `${head}${down.toReversed().join('')}`);
  const scripts = { up: 'bare-up.sql', 'no-op': undefined, status: undefined, down: 'bare-down.sql' };
  return {
    name: 'bare psql',
    note: 'bare psql: the same SQL, a transaction and one INSERT or DELETE a step, and no guards',
    commands: (operation, url) => {
      const script = scripts[operation];
      if (script === undefined) return undefined;
      return [{ file: psql, args: ['-X', '-q', '-f', script, url], cwd: folder, output: join(folder, 'bare.txt') }];
    },
  };
}

function runDbmate(folder: string, file: string, work: readonly Work[]): Side {
  const dir = writeDbmate(folder, work);
  const words = { up: 'migrate', 'no-op': 'migrate', status: 'status', down: 'down' };
  return {
    name: 'dbmate',
    note: `dbmate ${versions.dbmate}: --no-dump-schema, so that pg_dump does not count; down is a process a revision, as it reverts one at a time`,
    commands: (operation, url) => {
      const args = ['--no-dump-schema', '--migrations-dir', dir, '--url', url, words[operation]];
      const command = { file, args, cwd: folder, output: join(folder, 'dbmate.txt') };
      return operation === 'down' ? work.map(() => command) : [command];
    },
  };
}

function runNodePgMigrate(folder: string, script: string, work: readonly Work[]): Side {
  const dir = writeNodePgMigrate(folder, work);
  const words = { up: ['up'], 'no-op': ['up'], status: undefined, down: ['down', String(work.length)] };
  return {
    name: 'node-pg-migrate',
    note: `node-pg-migrate ${versions['node-pg-migrate']}, pg ${versions.pg}: --no-single-transaction, so that each revision has its own as everywhere here; --no-verbose; it has no status`,
    commands: (operation, url) => {
      const word = words[operation];
      if (word === undefined) return undefined;
      const args = [script, ...word, '--migrations-dir', dir, '--no-single-transaction', '--no-verbose'];
      const output = join(folder, 'node-pg-migrate.txt');
      return [{ file: process.execPath, args, cwd: folder, env: { DATABASE_URL: url }, output }];
    },
  };
}
