import { UpdownError } from '../errors.ts';
import { loadParser } from '../sql/parser.ts';
import { convert, type Imported } from './convert.ts';
import { diesel } from './diesel.ts';
import type { Importer } from './foreign.ts';
import { golangMigrate } from './golang-migrate.ts';

/** Every format that can be imported. */
export const importers: readonly Importer[] = [diesel, golangMigrate];

/** Reads another tool's history and makes revisions of it; writes nothing. Throws `usage`, `input`, `unsafe-path`. */
export async function importHistory(tool: string, folder: string): Promise<Imported> {
  const importer = findImporter(tool);
  const foreign = await importer.read(folder);
  if (foreign.migrations.length === 0) {
    throw new UpdownError('input', `"${folder}" holds no ${tool} migration`, {
      hint: `Give the folder that holds files such as "${importer.example}".`,
      notes: foreign.decisions.slice(0, 5).map(({ file, message }) => `"${file}": ${message}`),
    });
  }
  await loadParser();
  return convert(foreign);
}

function findImporter(tool: string): Importer {
  const importer = importers.find(({ name }) => name === tool);
  if (importer) return importer;
  throw new UpdownError('usage', `"${tool}" is not a tool this program imports from`, {
    hint: `Known: ${importers.map(({ name }) => name).join(', ')}.`,
  });
}
