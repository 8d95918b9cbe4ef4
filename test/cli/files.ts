import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

/** What `check --json` says of one thing that it has found. */
export interface Found {
  readonly code: string;
  readonly severity: 'error' | 'note';
  readonly message: string;
  readonly revision: string | null;
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | null;
  readonly hint: string;
}

interface Refused {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly notes: readonly string[];
  readonly place: object | null;
}

/** A project beside no database. */
export interface Files {
  readonly cwd: string;
  readonly run: (command: string) => ReturnType<typeof updown>;
  /** It must end with 0: the document. */
  readonly asks: <T = Readonly<Record<string, unknown>>>(command: string) => Promise<T>;
  /** It must fail with this code, and leaves the manifest as it is. */
  readonly refuses: (command: string, code: string, exit?: number) => Promise<Refused>;
  /** What `check` finds; its exit status is judged with it. */
  readonly finds: (options?: string) => Promise<readonly Found[]>;
  readonly path: (id: string, file?: 'up' | 'down') => string;
  readonly write: (path: string, text: string) => Promise<void>;
  readonly manifest: () => Promise<string>;
  /** Another text in the manifest. */
  readonly edit: (from: string, to: string) => Promise<void>;
}

export function withFiles(revisions: readonly TestRevision[], body: (files: Files) => Promise<void>): Promise<void> {
  return withProject({}, async (cwd) => {
    const folders = await writeProject(cwd, revisions);
    await body(openFiles(cwd, folders));
  });
}

export function openFiles(cwd: string, folders: ReadonlyMap<string, string>): Files {
  const run: Files['run'] = (command) => updown(wordsOf(command), { cwd });
  const file = join(cwd, 'migrations/manifest.jsonl');
  const manifest = () => readFile(file, 'utf8');
  return {
    cwd,
    run,
    manifest,
    asks: async <T>(command: string) => {
      const outcome = await run(`${command} --json`);
      assert.is(outcome.status, 0, `${command}: ${outcome.stdout}${outcome.stderr}`);
      return outcome.json<T>();
    },
    refuses: async (command, code, exit = 2) => {
      const before = await manifest();
      const outcome = await run(`${command} --json`);
      const { error } = outcome.json<{ error?: Refused }>();
      assert.equal([outcome.status, error?.code], [exit, code], `${command}: ${outcome.stdout}`);
      assert.is(await manifest(), before);
      return error!;
    },
    finds: async (options = '') => {
      const outcome = await run(`check --json ${options}`.trim());
      const { ok, findings, error } = outcome.json<{ ok: boolean; findings: readonly Found[]; error?: object }>();
      assert.is(error, undefined, outcome.stdout);
      const isFailed = findings.some(({ severity }) => severity === 'error');
      assert.equal([outcome.status, ok], isFailed ? [3, false] : [0, true], outcome.stdout);
      for (const { message, hint } of findings) assert.ok(hint, `there is a next step for: ${message}`);
      return findings;
    },
    path: (id, name = 'up') => `migrations/${folders.get(id)}/${name}.sql`,
    write: (path, text) => writeFile(join(cwd, path), text),
    edit: async (from, to) => {
      const text = await manifest();
      assert.ok(text.includes(from), `"${from}" is in the manifest`);
      await writeFile(file, text.replace(from, to));
    },
  };
}

/** Each finding as its code and its revision. */
export function codesOf(findings: readonly Found[]): readonly string[] {
  return findings.map(({ code, revision }) => `${code} ${revision ?? ''}`.trim());
}

/** Words apart by spaces; what stands in single quotes is one word. */
function wordsOf(command: string): readonly string[] {
  return (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/s, '$1'));
}
