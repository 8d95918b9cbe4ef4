import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { emitsToStdout } from '../../lib/cli/emits-to-stdout.ts';
import { type CliOptions, type CliOutcome, updown } from '../support/cli.ts';
import { type Database, type DatabaseOptions, psql, withDatabase } from '../support/database.ts';
import type { Outcome } from '../support/process.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';

/** A project beside a fresh database, and the words the tests speak about both. */
export interface World {
  readonly folder: string;
  readonly database: Database;
  /** The path of a revision's file, as people know it. */
  readonly path: (id: string, file?: 'up' | 'down') => string;
  /** Runs the command line in the folder on this database. */
  readonly run: (command: string, options?: Partial<CliOptions>) => Promise<CliOutcome>;
  /** The same, and it must end with 0. */
  readonly does: (command: string, options?: Partial<CliOptions>) => Promise<CliOutcome>;
  /** The same with --json: the document. */
  readonly asks: <T = Readonly<Record<string, unknown>>>(command: string) => Promise<T>;
  /** The command is refused or fails, in text and in JSON, and changes nothing. */
  readonly refuses: (command: string, expected: Refusal, options?: Partial<CliOptions>) => Promise<Refused>;
  readonly write: (path: string, content: string | Uint8Array) => Promise<void>;
  /** Replaces in a file what is there exactly once. */
  readonly edit: (path: string, from: string, to: string) => Promise<void>;
  readonly read: (path: string) => Promise<string>;
  /** Emits what the command says as a script and has psql run it here. */
  readonly script: (command: string, options?: ScriptOptions) => Promise<Outcome>;
  /** The journal without its header, oldest first, as `event revision`. */
  readonly journal: () => Promise<readonly string[]>;
  /** The one value that a query gives. */
  readonly value: (sql: string) => Promise<unknown>;
}

export interface ScriptOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface Refusal {
  readonly code: string;
  readonly exit: number;
  /** What the message names. */
  readonly names?: string | RegExp;
  /** `file:line:column`; only left out where neither SQL nor a manifest is the cause. */
  readonly place?: string;
  readonly hint?: string | RegExp;
  /** What is run in text, where that is not the same command. */
  readonly inText?: string;
  /** For runs that do change something before they fail: what is compared then is up to the test. */
  readonly changes?: true;
}

/** The `error` of a JSON document. */
export interface Refused {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | null;
  readonly sqlstate: string | null;
  readonly notes: readonly string[];
  /** What was on stderr of the run in text. */
  readonly text: string;
}

/** The world's database as every output names it: without the password. */
export function shownUrl({ database }: World): string {
  return database.url.replace(/:[^:@/]*@/, '@');
}

/** A folder with these revisions and an updown.json, and an empty database. */
export async function withWorld(
  revisions: readonly TestRevision[],
  body: (world: World) => Promise<void>,
  options: DatabaseOptions = {},
): Promise<void> {
  await withDatabase(async (database) => {
    await withProject({}, async (folder) => {
      const folders = await writeProject(folder, revisions);
      await body(createWorld(folder, database, folders));
    });
  }, options);
}

/** How `upgrade` gets there: by itself, or as the script that psql runs. */
export interface Way {
  readonly channel: 'run' | 'script';
  readonly upgrade: (options?: ScriptOptions) => Promise<Outcome>;
}

/** A test of what a run and a script must do alike. */
export function bothWays(
  test: Test,
  title: string,
  revisions: readonly TestRevision[],
  body: (world: World, way: Way) => Promise<void>,
): void {
  test(`${title}, in a run`, () =>
    withWorld(revisions, (world) =>
      body(world, {
        channel: 'run',
        upgrade: ({ env } = {}) => world.run('upgrade', env === undefined ? {} : { env }),
      }),
    ));
  needsPsql(test, `${title}, in psql`, () =>
    withWorld(revisions, (world) =>
      body(world, { channel: 'script', upgrade: (options) => world.script('upgrade --sql', options) }),
    ),
  );
}

export function createWorld(folder: string, database: Database, folders: ReadonlyMap<string, string>): World {
  const run: World['run'] = (command, options = {}) => {
    const env = { DATABASE_URL: database.url, ...options.env };
    return updown(wordsOf(command), { cwd: folder, ...options, env });
  };
  const does: World['does'] = async (command, options) => {
    const outcome = await run(command, options);
    assert.is(outcome.status, 0, `updown ${command}\n${outcome.stdout}${outcome.stderr}`);
    return outcome;
  };
  const read: World['read'] = (path) => readFile(join(folder, path), 'utf8');
  const write: World['write'] = async (path, content) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  return {
    folder,
    database,
    run,
    does,
    read,
    write,
    path: (id, file = 'up') => `migrations/${folders.get(id)}/${file}.sql`,
    asks: async <T>(command: string) => documentOf(await does(`${command} --json`)) as T,
    refuses: (command, expected, options) => refuse({ folder, database, run }, command, expected, options),
    edit: async (path, from, to) => {
      const text = await read(path);
      assert.is(text.split(from).length, 2, `"${from}" stands once in ${path}`);
      await write(
        path,
        text.replace(from, () => to),
      );
    },
    script: async (command, { args = [], env } = {}) => {
      const { stdout } = await does(command);
      await write('.script.sql', stdout);
      const url = env?.DATABASE_URL ?? database.url;
      return psql(url, ['-f', join(folder, '.script.sql'), ...args], env === undefined ? {} : { env });
    },
    journal: () => journalOf(database),
    value: async (sql) => Object.values((await database.query(sql))[0] ?? {})[0],
  };
}

/** Words apart by spaces; what stands in single quotes is one word. */
function wordsOf(command: string): readonly string[] {
  return (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/s, '$1'));
}

async function refuse(
  world: Pick<World, 'folder' | 'database' | 'run'>,
  command: string,
  expected: Refusal,
  options?: Partial<CliOptions>,
): Promise<Refused> {
  if (expected.changes) {
    const outcome = await world.run(`${command} --json`, options);
    return { ...judgeJson(outcome, expected), text: outcome.stderr };
  }
  const before = await lookAt(world);
  // One behind the other: what one is about to take away again, the other must not meet.
  const json = await world.run(`${command} --json`, options);
  const asText = expected.inText ?? command;
  const text = await world.run(asText, options);
  const error = judgeJson(json, expected);
  judgeText(text, expected, emitsToStdout(asText.split(' ')));
  assert.equal(await lookAt(world), before, 'nothing is changed');
  return { ...error, text: text.stderr };
}

function judgeJson(outcome: CliOutcome, expected: Refusal): Omit<Refused, 'text'> {
  const { error } = documentOf(outcome) as { error?: Omit<Refused, 'text'> };
  if (error === undefined) throw new Error(`nothing is refused: ${outcome.stdout}`);
  assert.is(error.code, expected.code, error.message);
  assert.is(outcome.status, expected.exit);
  includes(error.message, expected.names ?? '');
  assert.is(placeOf(error.place), expected.place, error.message);
  assert.ok(error.hint, `there is a next step for: ${error.message}`);
  includes(error.hint ?? '', expected.hint ?? '');
  isPlain(outcome.stderr);
  return error;
}

function judgeText({ status, stdout, stderr }: CliOutcome, expected: Refusal, emits: boolean): void {
  assert.is(status, expected.exit);
  // In the place of a script stands one that fails with the same words.
  if (emits)
    assert.match(
      stdout,
      /^-- updown has emitted no script: .*\n\\set ON_ERROR_STOP on\nDO \$updown\$\nBEGIN\n {2}RAISE EXCEPTION [^\n]*\nEND\n\$updown\$;\n$/,
    );
  else assert.is(stdout, '', 'an error is no result');
  includes(stderr, `error (${expected.code}): `);
  if (expected.place !== undefined) includes(stderr, `at ${expected.place}\n`);
  assert.match(stderr, /^ {2}next: \S/m);
  isPlain(stderr);
}

/** Stdout holds one JSON document on one line, and nothing else. */
export function documentOf({ stdout, stderr }: Outcome): Readonly<Record<string, unknown>> {
  assert.match(stdout, /^\{[^\n]*\}\n$/, `stdout is one line of JSON, not:\n${stdout}\n${stderr}`);
  isPlain(stdout);
  const document = JSON.parse(stdout);
  assert.is(document.schema, 1);
  return document;
}

/** Neither a stack trace nor what steers a terminal. */
export function isPlain(text: string): void {
  assert.not.match(text, /^ {4}at \S/m, 'a stack trace');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.not.match(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
}

export function includes(text: string, part: string | RegExp): void {
  if (typeof part === 'string') assert.ok(text.includes(part), `"${part}" is not in: ${text}`);
  else assert.match(text, part);
}

function placeOf(place: Refused['place']): string | undefined {
  return place === null ? undefined : `${place.file}:${place.line}:${place.column}`;
}

/** Everything a refused command must leave as it was: every file's bytes, every object's row in the catalog, the journal. */
async function lookAt({ folder, database }: Pick<World, 'folder' | 'database'>): Promise<object> {
  return { files: await readTree(folder), catalog: await readCatalog(database), journal: await journalOf(database) };
}

async function readTree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const seen = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? await readFile(path, 'latin1').catch(String) : '';
    return `${relative(folder, path)} ${entry.isSymbolicLink() ? await readlink(path) : content}`;
  });
  return (await Promise.all(seen)).sort();
}

/** Stricter than a dump: also what is dropped and made again shows, by its oid and its xmin. */
async function readCatalog(database: Database): Promise<readonly object[]> {
  const tables = 'pg_namespace pg_class pg_type pg_proc pg_constraint pg_trigger pg_rewrite pg_enum'.split(' ');
  return await database.query(
    `${tables.map((name) => `SELECT '${name}' AS name, count(*)::int, max(xmin::text::bigint)::text AS latest FROM ${name}`).join(' UNION ALL ')} ORDER BY 1`,
  );
}

async function journalOf(database: Database): Promise<readonly string[]> {
  const [found] = await database.query(
    `SELECT to_regclass('updown.journal')::text AS name, to_regclass('updown.applied') IS NOT NULL AS ours`,
  );
  if (found?.name == null || found.ours !== true) return [];
  const rows = await database.query(
    `SELECT concat_ws(' ', event, op, revision, statement) AS entry FROM updown.journal WHERE event <> 'header' ORDER BY seq`,
  );
  return rows.map((row) => String(row.entry));
}
