import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { toComparable } from '../drift/comparable.ts';
import { findChanges } from '../drift/drift.ts';
import { ignoring, withoutIgnored } from '../drift/ignore.ts';
import { printStructure } from '../drift/print-structure.ts';
import { ownersIn, planStructure } from '../drift/structure.ts';
import { UpdownError } from '../errors.ts';
import { isKeywords } from '../libpq/keywords.ts';
import { readSchemaSql } from '../project/schema-files.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { mayDiffer } from '../schema/may-differ.ts';
import type { Schema } from '../schema/schema.ts';
import { wordChange } from '../schema/word.ts';
import { type DumpPiece, dropPieces, findDumpPieces, isDump, setLocally } from '../sql/dump.ts';
import { inspect } from '../sql/gate.ts';
import { readSql, readText } from '../sql/read.ts';
import { listSome } from '../words.ts';
import { refuseOtherMajor } from './compare-live.ts';
import { type CommandOptions, type Context, openDatabase, withSession } from './context.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { makeOnScratch } from './snapshot.ts';
import { readMade } from './structure.ts';

/** A schema that is there already, as the SQL of a revision. */
export interface Adopted {
  readonly text: string;
  /** The url without a password, or the file. */
  readonly shown: string;
  /** What the schema has, and the SQL does not make on a throwaway database. */
  readonly lacks: readonly string[];
  /** Rows and counters that stand in a dump: `rows of public.orders`. */
  readonly leftOut: readonly string[];
}

export interface AdoptOptions extends CommandOptions, ScratchChoice {
  readonly noOwner?: boolean | undefined;
}

/** A file, where it is no url: one that is missing is said to be. */
export function isFile(source: string, { cwd = '.' }: Pick<CommandOptions, 'cwd'>): boolean {
  if (/^(postgres(ql)?|pglite):/.test(source)) return false;
  return existsSync(resolve(cwd, source)) || !isKeywords(source);
}

/** By our own rendering, compared with what that makes. */
export async function adoptDatabase(
  url: string | undefined,
  context: Context,
  options: AdoptOptions,
): Promise<Adopted> {
  const { config } = context.project;
  const database = openDatabase(config, 'baseline', { ...options, url });
  const made = await withSession(database, (session) => readMade(session, config.ledger.schema));
  const schema = withoutIgnored(made.schema, config.ignore);
  const owners = options.noOwner ? ownersIn(schema) : made.owners;
  const structure = planStructure({ ...made, schema, owners });
  const text = printStructure(structure);
  const check = ({ major }: { readonly major: number }) => refuseOtherMajor(major, schema.major);
  const there = await makeOnScratch(context, { inOrder: [toFile(text, 'up.sql')] }, options, { check });
  const [as = there.user] = owners;
  const all = new Set([there.user, ...owners]);
  const expected = toComparable(schema, { roles: owners, as, all });
  const live = toComparable(there.schema, { roles: new Set([there.user]), as, all });
  return { text, shown: database.describe(), lacks: listChanges(expected, live, config.ignore), leftOut: [] };
}

/** As it stands but for what is no SQL and no schema, compared with what the file itself makes. */
export async function adoptDump(path: string, context: Context, options: AdoptOptions): Promise<Adopted> {
  const content = readDump(path, options);
  const whole = readText(content, path);
  if (!isDump(whole)) throw notDumped(path);
  const pieces = findDumpPieces(whole);
  const bare = setLocally(dropPieces(whole, pieces));
  const text = options.noOwner ? withoutOwners(bare) : bare;
  const given = toFile(readSchemaSql(content, path).text, path);
  const [expected, live] = [
    await makeOnScratch(context, { inOrder: [given] }, options),
    await makeOnScratch(context, { inOrder: [toFile(text, 'up.sql')] }, options),
  ].map(({ schema }) => {
    const roles = options.noOwner ? ownersIn(schema) : new Set<string>();
    return toComparable(schema, { roles, as: '', all: roles });
  });
  const lacks = expected && live ? listChanges(expected, live, context.project.config.ignore) : [];
  return { text, shown: path, lacks, leftOut: listLeftOut(pieces) };
}

function toFile(text: string, name: string): FileUnderTest {
  return { op: 'up', id: '', name, inspected: inspect(readSql(text, name), { direction: 'up' }), setup: true };
}

function listChanges(expected: Schema, live: Schema, ignore: readonly string[]): readonly string[] {
  return findChanges(expected, live, ignoring(ignore))
    .changes.filter((change) => !mayDiffer(change))
    .map(wordChange);
}

function readDump(path: string, { cwd = '.' }: Pick<CommandOptions, 'cwd'>): Uint8Array {
  try {
    return readFileSync(resolve(cwd, path));
  } catch (error) {
    throw new UpdownError('usage', `"${path}" can't be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'Name a file that pg_dump --schema-only has written, or the url of a database.',
    });
  }
}

function notDumped(path: string): UpdownError {
  return new UpdownError('usage', `"${path}" is not a text that pg_dump has written`, {
    hint: 'Write one: pg_dump --schema-only -f schema.sql "<connection string>". SQL of your own goes into a revision: updown revision -m "baseline"',
  });
}

/** Each stands on a line of its own. */
function withoutOwners(text: string): string {
  return text.replaceAll(/^ALTER [A-Z ]+ .+ OWNER TO .+;\n/gm, '');
}

function listLeftOut(pieces: readonly DumpPiece[]): readonly string[] {
  const of = (kind: DumpPiece['kind']) => [
    ...new Set(pieces.flatMap((piece) => (piece.kind === kind ? [piece.of] : []))),
  ];
  const words = [
    ['rows of', of('rows')],
    ['counters of', of('counter')],
  ] as const;
  return words.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${listSome(names, 6)}`]));
}
