import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { psql } from '../support/database.ts';
import type { Outcome } from '../support/process.ts';

export type Tool = 'diesel' | 'golang-migrate';

/** A migration as the other tool has it, found without this project's importers, so that they are checked too. */
export interface Original {
  /** Its folder, or its up file, relative to the history: the same as the manifest's `source.path`. */
  readonly path: string;
  readonly up: string;
  readonly down: string | undefined;
  readonly run: (url: string, file: string) => Promise<OriginalOutcome>;
}

export interface OriginalOutcome extends Outcome {
  /** It ran outside a transaction, where the tool would have failed: the import mends this. */
  readonly mended?: true;
}

/** In the order in which the tool would run them. */
export function listOriginals(tool: Tool, folder: string): Promise<readonly Original[]> {
  return tool === 'diesel' ? listFolders(folder) : listPairs(folder);
}

async function listFolders(folder: string): Promise<readonly Original[]> {
  const version = (name: string): string => name.split('_', 1)[0]!.replaceAll('-', '');
  const names = (await readdir(folder)).filter((name) => existsSync(join(folder, name, 'up.sql')));
  names.sort((a, b) => (version(a) < version(b) ? -1 : 1));
  return Promise.all(
    names.map(async (name) => {
      const metadata = await readFile(join(folder, name, 'metadata.toml'), 'utf8').catch(() => '');
      const bare = /^\s*run_in_transaction\s*=\s*false/m.test(metadata);
      return { path: name, ...pair(folder, `${name}/up.sql`, `${name}/down.sql`), run: bare ? runBare : runInOne };
    }),
  );
}

async function listPairs(folder: string): Promise<readonly Original[]> {
  const number = (name: string): bigint => BigInt(name.split('_', 1)[0]!);
  const all = await readdir(folder);
  const ups = all.filter((name) => /^\d+_.*\.up\.sql$/.test(name)).sort((a, b) => (number(a) < number(b) ? -1 : 1));
  return ups.map((path) => {
    const down = all.find((name) => /^\d+_.*\.down\.sql$/.test(name) && number(name) === number(path));
    return { path, ...pair(folder, path, down), run: runAtOnce };
  });
}

function pair(folder: string, up: string, down: string | undefined): Pick<Original, 'up' | 'down'> {
  const file = down === undefined ? undefined : join(folder, down);
  return { up: join(folder, up), down: file !== undefined && existsSync(file) ? file : undefined };
}

const strict = ['-q', '-v', 'ON_ERROR_STOP=1'];

async function runInOne(url: string, file: string): Promise<OriginalOutcome> {
  return mend(url, file, await psql(url, [...strict, '-1', '-f', file]));
}

function runBare(url: string, file: string): Promise<OriginalOutcome> {
  return psql(url, [...strict, '-f', file]);
}

/** As one message: one transaction, unless the file has words about transactions of its own. */
async function runAtOnce(url: string, file: string): Promise<OriginalOutcome> {
  const text = await readFile(file, 'utf8');
  // Linux takes no argument over 128 KiB.
  if (Buffer.byteLength(text) < 120_000) return mend(url, file, await psql(url, [...strict, '-c', text]));
  return /^\s*(begin|commit)\b/im.test(text) ? runBare(url, file) : runInOne(url, file);
}

async function mend(url: string, file: string, outcome: Outcome): Promise<OriginalOutcome> {
  if (!outcome.stderr.includes('cannot run inside a transaction block')) return outcome;
  return { ...(await runBare(url, file)), mended: true };
}
