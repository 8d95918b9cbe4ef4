import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findCommand } from './cli.ts';

/** A command `updown` for a shell. Returns the folder to put on PATH. */
export async function installCommand(folder: string): Promise<string> {
  const file = join(folder, 'bin/updown');
  await mkdir(dirname(file));
  await writeFile(
    file,
    `#!/bin/sh\nexec ${findCommand([])
      .map((word) => `'${word}'`)
      .join(' ')} "$@"\n`,
  );
  await chmod(file, 0o755);
  return dirname(file);
}
