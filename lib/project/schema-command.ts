import { exec } from 'node:child_process';
import { isUpdownError, UpdownError } from '../errors.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { readSchemaText, type SchemaText } from './schema-files.ts';

/** What a command that the configuration names prints: the SQL of the whole schema. It runs in the folder of the configuration. */
export async function readSchemaCommand(root: string, command: string): Promise<SchemaText> {
  const output = await run(root, command);
  if (output.toString('latin1').trim() === '')
    throw new UpdownError('config', `"${sanitizeLine(command)}" prints no SQL`, {
      hint: 'The command of "schema" in updown.json is to print the SQL of the whole schema on its standard output.',
    });
  try {
    return readSchemaText(output, outputOf(command));
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    throw error.with({
      hint: `Correct "command" of "schema" in updown.json: it is to print the SQL of one database's schema, as pg_dump --schema-only does.`,
    });
  }
}

/** What stands in the place of a file's name. */
export function outputOf(command: string): string {
  return `output of ${sanitizeLine(command)}`;
}

function isSaid(line: string): boolean {
  return line.trim() !== '';
}

/** DDL of some thousand tables. */
const mostBytes = 256 * 1024 * 1024;

function run(cwd: string, command: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    exec(command, { cwd, maxBuffer: mostBytes, encoding: 'buffer' }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.toString('utf8').trim() === '' ? stdout : stderr;
      const how =
        typeof error.code === 'number' ? `ends with ${error.code}` : `can't be run (${error.code ?? error.signal})`;
      reject(
        new UpdownError('config', `"${sanitizeLine(command)}" ${how}`, {
          hint: 'Run it by hand in the folder of updown.json, and correct it; or correct "command" of "schema" there.',
          notes: said.toString('utf8').trimEnd().split('\n').filter(isSaid).slice(-10),
        }),
      );
    });
  });
}
