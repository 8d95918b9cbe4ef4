import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UpdownError } from '../errors.ts';

/** A text that stands beside the file whose place it is to take. */
export interface Beside {
  /** A reader sees the old file or the new one, whole. */
  settle(): void;
  discard(): void;
}

/** Written beside and renamed. Of a link, its target is replaced. */
export function replaceFile(file: string, text: string | Uint8Array, shown: string): void {
  writeBeside(file, text, shown).settle();
}

export function writeBeside(file: string, text: string | Uint8Array, shown: string): Beside {
  let beside = '';
  const discard = () => {
    if (beside !== '') rmSync(beside, { force: true });
  };
  const orDiscard = <T>(body: () => T): T => {
    try {
      return body();
    } catch (error) {
      discard();
      throw new UpdownError('unwritable', `"${shown}" can't be written (${(error as NodeJS.ErrnoException).code})`, {
        hint: 'Nothing was left there. Check the path, its permissions and the space on the disk.',
      });
    }
  };
  const place = orDiscard(() => {
    const target = existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file));
    beside = join(dirname(target), `.${basename(target)}.${process.pid}`);
    const handle = openSync(beside, 'wx');
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return target;
  });
  return { settle: () => orDiscard(() => renameSync(beside, place)), discard };
}

/** Whether a process that was killed may have left it beside one of these files. */
export function isLeftBeside(name: string, files: readonly string[]): boolean {
  return files.some((file) => name.startsWith(`.${file}.`) && /^\d+$/.test(name.slice(file.length + 2)));
}

/** Their names. */
export function listLeftBeside(folder: string, files: readonly string[]): readonly string[] {
  return readdirSync(folder).filter((name) => isLeftBeside(name, files));
}
