import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UpdownError } from '../errors.ts';
import { readText } from '../sql/read.ts';
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
    const file = show(each);
    return { file, text: readText(readSchemaFile({ folder: root, shownFolder: shownRoot }, each, file), file) };
  });
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
