import { join } from 'node:path';
import { renderScript } from '../../lib/script/psql.ts';
import type { Script } from '../../lib/script/script.ts';
import { quoteIdent } from '../../lib/sql/quote.ts';
import { readVersion } from '../../lib/version.ts';
import { findProgram } from './binaries.ts';
import type { Database } from './database.ts';
import { cleanEnvironment, type Outcome, type ProcessOptions, runProcess } from './process.ts';
import { withProject } from './project.ts';

/** The script as the command line prints it. */
export function print(script: Script): string {
  return [...renderScript(script, { tool: readVersion() })].join('');
}

export interface RunOptions extends Pick<ProcessOptions, 'spawned'> {
  /** More arguments, such as `-1`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The user's `~/.psqlrc`; without one psql runs with -X. */
  readonly psqlrc?: string;
  /** On standard input instead of with -f. */
  readonly piped?: boolean;
}

/** Runs a script as an operator does. */
export async function runScript(url: string, text: string, options: RunOptions = {}): Promise<Outcome> {
  const { args = [], env, psqlrc, piped = false, ...rest } = options;
  let outcome: Outcome | undefined;
  await withProject({ 'script.sql': text, psqlrc: psqlrc ?? '' }, async (folder) => {
    const input = piped ? [] : ['-f', join(folder, 'script.sql')];
    const rc = psqlrc === undefined ? ['-X'] : [];
    outcome = await runProcess(program('psql'), [...rc, ...input, ...args, '-d', url], {
      ...rest,
      env: cleanEnvironment({ PSQLRC: join(folder, 'psqlrc'), ...env }),
      ...(piped ? { stdin: text } : {}),
    });
  });
  return outcome!;
}

/** The last line a script printed. */
export function lastLine({ stdout }: Outcome): string {
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}

/** The journal but for what may differ between two ways of doing the same: when, how long, who, and how. */
export function readJournal({ query }: Database, schema = 'updown'): Promise<readonly Record<string, unknown>[]> {
  return query(`
    SELECT seq, revision, event, op, digest, script, parents, statement, error, tool, application_name, detail
      FROM ${quoteIdent(schema)}.journal ORDER BY seq`);
}

/** Who did what, in short: `up a, up b, fail c`. */
export async function readEvents({ query }: Database, schema = 'updown'): Promise<string> {
  const rows = await query(
    `SELECT event, revision FROM ${quoteIdent(schema)}.journal WHERE event <> 'header' ORDER BY seq`,
  );
  return rows.map(({ event, revision }) => `${event} ${revision}`).join(', ');
}

/** Schema and rows of everything but the ledger, without the lines that differ between two runs or versions. */
export async function dumpAll({ url }: Database, schema = 'updown'): Promise<string> {
  const args = ['-N', `"${schema.replaceAll('"', '""')}"`, '-d', url];
  const { status, stdout, stderr } = await runProcess(program('pg_dump'), args, { env: cleanEnvironment() });
  if (status !== 0) throw new Error(`pg_dump failed: ${stderr}`);
  // \restrict carries a random key.
  return stdout.replace(/^(\\(un)?restrict .*|-- Dumped (from|by) .*)\n/gm, '');
}

function program(name: string): string {
  const found = findProgram(name);
  if (!found) throw new Error(`${name} is not on PATH; mark the test with needsPsql or needsPgDump`);
  return found;
}
