import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { updown } from '../support/cli.ts';
import { type Database, psql } from '../support/database.ts';
import type { Outcome } from '../support/process.ts';
import type { Original } from './original.ts';

/** What every check works on: the imported project, the history it came from, and three databases, each on a server of its own. */
export interface Site {
  readonly project: string;
  readonly originals: readonly Original[];
  readonly revisions: readonly ImportedRevision[];
  /** Gets what `updown` runs. */
  readonly run: Database;
  /** Gets the emitted scripts, by psql. */
  readonly script: Database;
  /** Gets the history's own files, by psql. */
  readonly plain: Database;
}

export interface ImportedRevision {
  readonly id: string;
  readonly folder: string;
  readonly source: { readonly path: string };
}

/** What a command answered with `--json`. */
export interface Answer<T> {
  readonly status: number | null;
  readonly value: T & { readonly error?: Fault };
  readonly seconds: string;
}

export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly sqlstate?: string | null;
  readonly place?: { readonly file: string; readonly line: number; readonly column: number } | null;
}

export async function ask<T>(project: string, args: readonly string[]): Promise<Answer<T>> {
  const started = performance.now();
  const outcome = await updown([...args, '--json', '--quiet'], { cwd: project });
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    return { status: outcome.status, value: outcome.json(), seconds };
  } catch {
    throw new Error(`updown ${args.join(' ')} answered no JSON (exit ${outcome.status}): ${outcome.stderr}`);
  }
}

export async function readRevisions(project: string): Promise<readonly ImportedRevision[]> {
  const text = await readFile(join(project, 'migrations/manifest.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as ImportedRevision);
}

/** The revision whose file an error points at. */
export function findRevision(site: Site, fault: Fault | undefined): number {
  const folder = fault?.place?.file.split('/').at(-2);
  return site.revisions.findIndex((revision) => revision.folder === folder);
}

/** Emits a script and runs it with psql. */
export async function emitAndRun(
  site: Site,
  args: readonly string[],
  file: string,
): Promise<Outcome & { file: string }> {
  const path = join(site.project, `${site.script.name}_${file}`);
  const emitted = await updown([...args, '--sql', '-o', path, '--quiet'], { cwd: site.project });
  if (emitted.status !== 0) throw new Error(`updown ${args.join(' ')} --sql failed: ${emitted.stderr}`);
  return { ...(await runScript(site, path)), file: path };
}

export function runScript(site: Site, file: string): Promise<Outcome> {
  return psql(site.script.url, ['-f', file]);
}

/** Every entry of a ledger, without what no two runs can share. */
export async function readLedger(database: Database): Promise<string> {
  const rows = await database.query(
    `SELECT to_jsonb(j) - ARRAY['seq', 'at', 'duration', 'channel', 'who'] AS entry
       FROM updown.journal j WHERE event <> 'fail' ORDER BY seq`,
  );
  return rows.map(({ entry }) => JSON.stringify(entry)).join('\n');
}

export function wordFault(fault: Fault | undefined): string {
  if (fault === undefined) return 'no reason given';
  const { code, message, sqlstate, place } = fault;
  const where = place == null ? 'no place given' : `${place.file}:${place.line}:${place.column}`;
  return `${code}${sqlstate == null ? '' : ` ${sqlstate}`}: ${message} (${where})`;
}

/** The server's first error in psql's words, without psql's own prefix. */
export function firstError({ stderr }: Outcome): string {
  return /(?:ERROR|FATAL|error): +(.*)/.exec(stderr)?.[1] ?? stderr.split('\n')[0] ?? '';
}
