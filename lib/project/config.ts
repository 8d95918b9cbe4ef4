import { posix } from 'node:path';
import { UpdownError } from '../errors.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { checkSetting } from '../sql/setting.ts';
import { findUnseen } from '../sql/unseen.ts';
import { didYouMean } from '../suggest.ts';
import { isDuration, knownKeys, knownOfScratch } from './config-schema.ts';
import { findJsonFault } from './json.ts';

/** `updown.json`, checked, with every default filled in but the url (which may come from elsewhere). */
export interface Config {
  readonly dir: string;
  readonly url: string | undefined;
  /** Whether the database of `url` is one that may be emptied: a developer's own. */
  readonly development: boolean;
  /** Whether a plan that destroys something needs an approval where nobody can be asked. */
  readonly destructive: 'approved' | undefined;
  readonly ledger: { readonly schema: string };
  readonly settings: Readonly<Record<string, string>>;
  readonly lockTimeout: string | undefined;
  readonly statementTimeout: string | undefined;
  readonly scratch: ScratchConfig;
  /** What the schema is to be. */
  readonly schema: SchemaConfig | undefined;
  /** The file that the schema of a development database is kept in as SQL, relative to the configuration. */
  readonly structure: string | undefined;
  /** What of a database's schema is not the files' to say: patterns of objects, or of kinds of change. */
  readonly ignore: readonly string[];
}

/** A file of SQL, or a folder of them; a command that prints SQL; a database that has it. Paths are relative to the configuration. */
export type SchemaConfig = { readonly path: string } | { readonly command: string } | { readonly url: string };

/** Where a review measures, and what stands there before the history is run. */
export interface ScratchConfig {
  /** A server where a temporary database is made; without one, PostgreSQL in this process. */
  readonly url?: string;
  /** A file of SQL, relative to the configuration, that makes what the history stands on and does not make. */
  readonly setup?: string;
  /** A database of that server to copy, instead of an empty one. */
  readonly template?: string | undefined;
  /** How long a statement may run there. */
  readonly statementTimeout?: string | undefined;
}

export const defaultConfig: Config = {
  dir: 'migrations',
  url: undefined,
  development: false,
  destructive: undefined,
  ledger: { schema: 'updown' },
  settings: {},
  lockTimeout: undefined,
  statementTimeout: undefined,
  scratch: {},
  schema: undefined,
  structure: undefined,
  ignore: [],
};

/** Parses the text of `updown.json`. Throws `config`, naming the key. */
export function parseConfig(text: string, file: string): Config {
  const raw = parseObject(text, file);
  for (const key of Object.keys(raw)) {
    if (!knownKeys.includes(key)) {
      fail(file, `"${key}" is not a setting`, didYouMean(key, knownKeys) ?? `Known: ${knownKeys.join(', ')}.`);
    }
  }
  string(raw, '$schema', file);
  const ledger = object(raw, 'ledger', file);
  refuseUnknown(ledger, 'ledger', { known: ['schema'], file });
  const scratch = parseScratch(raw, file);
  const schema = parseSchema(raw, file);
  return {
    dir: string(raw, 'dir', file) ?? defaultConfig.dir,
    url: string(raw, 'url', file),
    development: parseDevelopment(raw, file),
    destructive: parseDestructive(raw, file),
    ledger: { schema: checkSchema(string(ledger, 'schema', file) ?? defaultConfig.ledger.schema, file) },
    settings: parseSettings(object(raw, 'settings', file), file),
    lockTimeout: duration(raw, 'lockTimeout', file),
    statementTimeout: duration(raw, 'statementTimeout', file),
    scratch,
    schema,
    structure: parseStructure(raw, { scratch, schema, file }),
    ignore: parseIgnore(raw, file),
  };
}

/** A name PostgreSQL keeps whole: cut at 63 bytes it would be another schema. */
export function checkSchema(name: string, file: string): string {
  const [, reason] = schemaFaults.find(([isFault]) => isFault(name)) ?? [];
  if (reason !== undefined)
    fail(file, `"${sanitizeLine(name)}" can't be the ledger's schema: ${reason}`, 'Choose another name.');
  return name;
}

const schemaFaults: readonly (readonly [isFault: (name: string) => boolean, reason: string])[] = [
  [(name) => name === '', 'it is empty'],
  [(name) => Buffer.byteLength(name) > 63, 'it is longer than 63 bytes'],
  [(name) => /\p{Cc}/u.test(name), 'it has a control character'],
  [(name) => findUnseen(name) !== undefined, 'it has a character that is not seen'],
  [(name) => name.startsWith('pg_'), 'PostgreSQL keeps names that start with "pg_" for itself'],
  [(name) => name === 'information_schema', 'it is one of PostgreSQL itself'],
  [(name) => name.includes('$updown$'), 'the ledger\'s functions are quoted in "$updown$"'],
];

function parseObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8 quotes the text around the fault, and a url there may hold a password (F65): say where, not what.
    const before = text.slice(0, findJsonFault(text)).split('\n');
    throw new UpdownError('config', `"${file}" is not valid JSON`, {
      hint: 'Mind quotes and commas; comments are not allowed.',
      place: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fail(file, 'must hold one object', 'For example { "dir": "migrations" }.');
  return value as Record<string, unknown>;
}

function parseIgnore({ ignore = [] }: Record<string, unknown>, file: string): readonly string[] {
  if (Array.isArray(ignore) && ignore.every((one) => typeof one === 'string' && one.trim() !== '')) return ignore;
  return fail(file, '"ignore" must be a list of patterns', 'For example ["table partman.*", "*-owner"].');
}

function parseDevelopment({ development = false, url }: Record<string, unknown>, file: string): boolean {
  if (typeof development !== 'boolean') fail(file, '"development" must be true or false', 'Write true without quotes.');
  if (development && url === undefined)
    fail(file, '"development" says what "url" is, and there is no "url"', 'Write "url" next to it, or remove it.');
  return development;
}

function parseDestructive({ destructive }: Record<string, unknown>, file: string): Config['destructive'] {
  if (destructive === undefined || destructive === 'approved') return destructive;
  return fail(file, '"destructive" can only be "approved"', 'Write "destructive": "approved", or take it out.');
}

/** It is rewritten: never the place of what somebody writes by hand. */
function parseStructure(
  raw: Record<string, unknown>,
  { scratch, schema, file }: Pick<Config, 'scratch' | 'schema'> & { readonly file: string },
): string | undefined {
  const structure = string(raw, 'structure', file);
  if (structure === undefined) return undefined;
  const path = posix.normalize(structure.replaceAll('\\', '/'));
  if (posix.isAbsolute(path) || isWithin(path, '..'))
    fail(file, `"structure" is outside of the project: "${structure}"`, 'Name a file next to updown.json or below it.');
  const own = [schema !== undefined && 'path' in schema ? schema.path : undefined, scratch.setup];
  const other = own.find((one) => one !== undefined && isWithin(path, posix.normalize(one.replaceAll('\\', '/'))));
  if (other !== undefined)
    fail(
      file,
      `"structure" is written by each upgrade, and "${other}" is what it would write over`,
      'Name another file, such as "structure.sql".',
    );
  return path;
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other.replace(/\/+$/, '')}/`);
}

function refuseUnknown(
  given: Readonly<Record<string, unknown>>,
  of: string,
  { known, file }: { readonly known: readonly string[]; readonly file: string },
): void {
  const key = Object.keys(given).find((one) => !known.includes(one));
  if (key === undefined) return;
  fail(file, `"${of}.${key}" is not a setting`, didYouMean(key, known) ?? `Known: ${known.join(', ')}.`);
}

/** A string is the url alone. */
function parseScratch(raw: Record<string, unknown>, file: string): ScratchConfig {
  if (typeof raw.scratch === 'string') return { url: string(raw, 'scratch', file) ?? '' };
  const scratch = object(raw, 'scratch', file);
  refuseUnknown(scratch, 'scratch', { known: knownOfScratch, file });
  duration(scratch, 'statementTimeout', file);
  const given = knownOfScratch.flatMap((key) => {
    const value = string(scratch, key, file);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(given);
}

/** A string is a path, or the url of a database. */
function parseSchema(raw: Record<string, unknown>, file: string): SchemaConfig | undefined {
  if (typeof raw.schema !== 'object' || raw.schema === null) {
    const path = string(raw, 'schema', file);
    if (path === undefined) return undefined;
    return /^(postgres|postgresql|pglite):/.test(path) ? { url: path } : { path };
  }
  const schema = object(raw, 'schema', file);
  const [command, url] = ['command', 'url'].map((key) => string(schema, key, file));
  const isOne = Object.keys(schema).length === 1;
  if (isOne && command !== undefined) return { command };
  if (isOne && url !== undefined) return { url };
  return fail(
    file,
    '"schema" must be a path, or an object with "command" or "url"',
    'For example "schema.sql", or { "command": "npm run -s ddl" }.',
  );
}

function object(raw: Record<string, unknown>, key: string, file: string): Record<string, unknown> {
  const value = raw[key] ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fail(file, `"${key}" must be an object`, `Write "${key}": { … }, with what is to be set in it.`);
  return value as Record<string, unknown>;
}

function string(raw: Record<string, unknown>, key: string, file: string): string | undefined {
  const value = raw[key];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  return fail(file, `"${key}" must be a string that is not empty`, 'Write a string in quotes, or leave the key out.');
}

function duration(raw: Record<string, unknown>, key: string, file: string): string | undefined {
  const value = string(raw, key, file);
  if (value !== undefined && !isDuration(value))
    fail(file, `"${key}" is not a duration: "${value}"`, 'Write "5s", "500ms" or "10min"; "0" means no limit.');
  return value;
}

function parseSettings(raw: Record<string, unknown>, file: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => {
      if (!['string', 'number', 'boolean'].includes(typeof value))
        fail(file, `"settings.${name}" must be a string`, 'Write its value in quotes, as after the "=" of SET.');
      checkSetting(name, String(value));
      return [name, String(value)];
    }),
  );
}

function fail(file: string, message: string, hint: string): never {
  throw new UpdownError('config', `${file}: ${message}`, { hint });
}
