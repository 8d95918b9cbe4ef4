import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpdownError } from '../errors.ts';
import type { Config } from './config.ts';
import { replaceFile } from './replace-file.ts';

interface Place {
  readonly config: Pick<Config, 'structure'>;
  /** The folder of the configuration, absolute, and as people know it. */
  readonly root: string;
  readonly shownRoot: string;
}

/** What the first line of the text begins with: a file that begins otherwise was written by somebody else, and is not overwritten. */
export const structureMark = '-- A schema of PostgreSQL ';

/** Returns the file as people know it, where it was another text before. */
export function saveStructure({ config, root, shownRoot }: Place, text: string): string | undefined {
  if (config.structure === undefined) return undefined;
  const shown = shownRoot === '.' ? config.structure : `${shownRoot}/${config.structure}`;
  const file = join(root, config.structure);
  const before = readIfThere(file, shown);
  if (before === text) return undefined;
  if (before !== undefined && !before.startsWith(structureMark)) {
    throw new UpdownError('exists', `"${shown}" is not one that updown has written`, {
      hint: 'Nothing was overwritten. Move it away, or name another file as "structure" of updown.json.',
    });
  }
  replaceFile(file, text, shown);
  return shown;
}

/** A checkout may have other line ends. */
function readIfThere(file: string, shown: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UpdownError('unwritable', `"${shown}" can't be read (${code})`, {
      hint: 'Check the path and its permissions.',
    });
  }
}
