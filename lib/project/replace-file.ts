import { closeSync, existsSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UpdownError } from '../errors.ts';

/** Written beside and renamed: a reader sees the old file or the new one, whole. Of a link, its target is replaced. */
export function replaceFile(file: string, text: string | Uint8Array, shown: string): void {
  let beside = '';
  try {
    const place = existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file));
    beside = join(dirname(place), `.${basename(place)}.${process.pid}`);
    const handle = openSync(beside, 'wx');
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(beside, place);
  } catch (error) {
    if (beside !== '') rmSync(beside, { force: true });
    throw new UpdownError('unwritable', `"${shown}" can't be written (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'Nothing was left there. Check the path, its permissions and the space on the disk.',
    });
  }
}
