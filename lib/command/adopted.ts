import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { toComparable } from '../drift/comparable.ts';
import { findChanges } from '../drift/drift.ts';
import { ignoring, withoutIgnored } from '../drift/ignore.ts';
import { printStructure } from '../drift/print-structure.ts';
import { ownersIn, planStructure } from '../drift/structure.ts';
import { UpdownError } from '../errors.ts';
import { findToolRecords, type ToolRecord } from '../import/records.ts';
import { isKeywords } from '../libpq/keywords.ts';
import { readSchemaSql } from '../project/schema-files.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { mayDiffer } from '../schema/may-differ.ts';
import type { Schema } from '../schema/schema.ts';
import { wordChange } from '../schema/word.ts';
import { type DumpPiece, dropPieces, findDumpPieces, nameNewDump, setLocally } from '../sql/dump.ts';
import { findDataHeadings, findEntriesOf } from '../sql/dump-entries.ts';
import { inspect } from '../sql/gate.ts';
import { quoteIdent, quoteWord } from '../sql/quote.ts';
import { readSql } from '../sql/read.ts';
import { listSome } from '../words.ts';
import { refuseOtherMajor } from './compare-live.ts';
import { type CommandOptions, type Context, openDatabase, withSession } from './context.ts';
import { readDumpFile } from './dump-file.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { tellPassedOver } from './read.ts';
import { makeOnScratch } from './snapshot.ts';
import { readMade } from './structure.ts';

/** A schema that already exists, as the SQL of a revision. */
export interface Adopted {
  readonly text: string;
  /** The url without a password, or the file. */
  readonly shown: string;
  /** What the schema has, and the SQL does not make on a throwaway database. */
  readonly lacks: readonly string[];
  /** Rows and counters that stand in a dump: `rows of public.orders`. */
  readonly leftOut: readonly string[];
  /** The schema of the ledger where a dump has it: each database is given its own by the first run. */
  readonly ledger: string | undefined;
  /** Where others record what they have run: it is made like anything else, without its rows. */
  readonly records: readonly AdoptedRecord[];
}

export interface AdoptedRecord extends ToolRecord {
  /** What leaves it out: an entry of `updown.json`, or an option of pg_dump. */
  readonly without: string;
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
  tellPassedOver(database);
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
  return {
    ...{ text, shown: database.describe(), leftOut: [], ledger: undefined },
    lacks: listChanges(expected, live, config.ignore),
    records: findToolRecords(schema).map((record) => ({ ...record, without: wordIgnore(record) })),
  };
}

/** As it stands but for what is no SQL and no schema, compared with what the file itself makes. */
export async function adoptDump(path: string, context: Context, options: AdoptOptions): Promise<Adopted> {
  const { content, text: whole } = readDumpFile(path, options);
  const pieces = findDumpPieces(whole);
  const { config } = context.project;
  const { schema: ledger } = config.ledger;
  const schemaOnly = setLocally(dropPieces(whole, pieces));
  const withLedger = dropPieces(schemaOnly, findDataHeadings(schemaOnly));
  const entries = findEntriesOf(withLedger, ledger);
  const bare = dropPieces(withLedger, entries);
  const text = options.noOwner ? withoutOwners(bare) : bare;
  // What is wrong with it is told by its own name and lines.
  const own = toFile(readSchemaSql(content, path).text, path);
  const file = toFile(text, 'up.sql');
  refuseEmpty(file, path);
  refuseLedger(file, ledger, path);
  const given = await makeOnScratch(context, { inOrder: [own] }, options);
  const made = await makeOnScratch(context, { inOrder: [file] }, options);
  const [expected, live] = [given.schema, made.schema].map((schema) => {
    const roles = options.noOwner ? ownersIn(schema) : new Set<string>();
    return toComparable(schema, { roles, as: '', all: roles });
  });
  return {
    ...{ text, shown: path, ledger: entries.length > 0 ? ledger : undefined },
    lacks: expected && live ? listChanges(expected, live, config.ignore) : [],
    leftOut: listLeftOut(pieces.filter(({ of }) => !of.startsWith(`${quoteIdent(ledger)}.`))),
    records: findToolRecords(made.schema).map((record) => ({ ...record, without: wordExclude(record) })),
  };
}

/** What `pg_dump --data-only` has written sets up the session, and creates nothing. */
function refuseEmpty({ inspected }: FileUnderTest, path: string): void {
  if (!inspected.statements.every(({ label }) => label === 'SET' || label === 'SELECT')) return;
  throw new UpdownError('usage', `"${path}" has no statement that creates something`, {
    hint: 'Nothing was written. Dump the schema: pg_dump --schema-only -f schema.sql "<connection string>"',
  });
}

/** A revision that makes or drops the ledger can't be applied: it is recorded there. Without its headings, a dump does not tell what is whose. */
function refuseLedger({ inspected }: FileUnderTest, ledger: string, path: string): void {
  const about = ['CREATE SCHEMA ', 'DROP SCHEMA ', 'DROP SCHEMA IF EXISTS '].map((how) => how + quoteIdent(ledger));
  if (!inspected.statements.some(({ text }) => about.includes(text.replace(/;$/, '')))) return;
  throw new UpdownError('usage', `"${path}" makes or drops the schema "${ledger}", which is that of the ledger`, {
    hint: `Nothing was written. Write the dump without it: pg_dump --schema-only -N ${quoteWord(quoteIdent(ledger))} -f ${quoteWord(nameNewDump(path))} "<connection string>"`,
  });
}

function wordIgnore({ kind, name }: ToolRecord): string {
  const patterns = kind === 'schema' ? [`schema ${name}`, `* ${name}.*`] : [`${kind} ${name}`];
  return `"ignore": [${patterns.map((pattern) => JSON.stringify(pattern)).join(', ')}] in updown.json`;
}

function wordExclude({ kind, name }: ToolRecord): string {
  return `pg_dump ${kind === 'schema' ? '-N' : '-T'} ${quoteWord(name)}`;
}

function toFile(text: string, name: string): FileUnderTest {
  return { op: 'up', id: '', name, inspected: inspect(readSql(text, name), { direction: 'up' }), setup: true };
}

function listChanges(expected: Schema, live: Schema, ignore: readonly string[]): readonly string[] {
  return findChanges(expected, live, ignoring(ignore))
    .changes.filter((change) => !mayDiffer(change))
    .map(wordChange);
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
    ['large objects', of('large-object').filter((number) => number !== '0' && number !== '')],
  ] as const;
  return words.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${listSome(names, 6)}`]));
}
