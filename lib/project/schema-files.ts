import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UpdownError } from '../errors.ts';
import { refuseArchive } from '../sql/archive.ts';
import { blankPieces, findConnect, findDumpPieces, findServerDump, isDump, nameNewDump } from '../sql/dump.ts';
import { placeAt } from '../sql/locate.ts';
import { quoteWord } from '../sql/quote.ts';
import { readSql, readText } from '../sql/read.ts';
import type { SqlSource } from '../sql/source.ts';
import { readSchemaFile } from './file.ts';

/** SQL of a schema, whose comments may say what was called otherwise. */
export interface SchemaText {
  readonly file: string;
  readonly text: string;
}

interface Place {
  /** The folder of the configuration, absolute, and as people know it. */
  readonly root: string;
  readonly shownRoot: string;
}

/** The SQL of what the schema is to be: one file, or all files of a folder, by their paths. */
export function readSchemaFiles({ root, shownRoot }: Place, name: string): readonly SchemaText[] {
  const path = name.replaceAll('\\', '/').replace(/\/+$/, '');
  const show = (each: string) => (shownRoot === '.' ? each : `${shownRoot}/${each}`);
  const paths = isFolder(join(root, path)) ? listSql(root, path) : [path];
  if (paths.length === 0) {
    throw new UpdownError('config', `There is no file of SQL in "${show(path)}"`, {
      hint: 'Put the files of the schema there, named *.sql; or correct "schema" of updown.json.',
    });
  }
  return paths.map((each) => {
    const content = readSchemaFile({ folder: root, shownFolder: shownRoot }, each, show(each));
    return readSchemaText(content, show(each));
  });
}

/** What pg_dump writes is taken as it is: what it has for psql, and rows, are no schema. */
export function readSchemaText(content: Uint8Array | string, file: string): SchemaText {
  refuseArchive(content, file);
  const text = readText(content, file);
  if (isDump(text)) refuseOtherDatabase({ file, text });
  return { file, text: isDump(text) ? blankPieces(text, findDumpPieces(text)) : text };
}

/** What follows the connection, and any part of a dump of a whole server, belongs to another database. */
function refuseOtherDatabase(dump: SchemaText): void {
  const connect = findConnect(dump.text);
  const at = connect ?? findServerDump(dump.text);
  if (at === undefined) return;
  const what = connect === undefined ? 'is one of a whole server' : 'creates and connects to its own database';
  throw new UpdownError('input', `This dump ${what}, and a schema is that of one database`, {
    hint: `Nothing was written. Dump one database, without --create: pg_dump --schema-only -f ${quoteWord(nameNewDump(dump.file))} "<connection string>"`,
    place: placeAt(dump, at),
  });
}

/** The same as statements. */
export function readSchemaSql(content: Uint8Array | string, file: string): SqlSource {
  return readSql(readSchemaText(content, file).text, file);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function listSql(root: string, path: string): readonly string[] {
  return readdirSync(join(root, path), { withFileTypes: true })
    .flatMap((entry) => {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory()) return listSql(root, below);
      return entry.name.endsWith('.sql') ? [below] : [];
    })
    .sort();
}
