import { UpdownError } from '../errors.ts';
import type { Revision } from '../graph/revision.ts';
import { quoteWord } from '../sql/quote.ts';
import { digestSql } from '../sql/read.ts';
import { type Folder, readSqlFile } from './file.ts';
import { leadingTime } from './identity.ts';
import { listLeftBeside } from './replace-file.ts';

/**
 * What undoes or finishes what a killed process has begun. The order in which `save.ts` writes is what these rely on: of a squash the two texts
 * beside their files, the manifest, down.sql, up.sql, and the folders that are gone; of a rebase the folders, and then the manifest.
 */

/** Whether the manifest has the squash, and the folder of the one revision does not. */
export function isHalfSquashed(place: Folder, { folder, replaces }: Revision): boolean {
  if (replaces === undefined) return false;
  try {
    const file = `${folder}/up.sql`;
    return replaces.up.includes(digestSql(readSqlFile(place, file), file));
  } catch {
    // What is wrong with the file itself is told where it is read.
    return false;
  }
}

/** `leftover`: the folders of those that it replaces. */
export function wordHalfSquashed(
  { folder, shownFolder }: Folder,
  { id, folder: name }: Revision,
  { manifest, leftover }: { readonly manifest: string; readonly leftover: readonly string[] },
): UpdownError {
  const inside = `${shownFolder}/${name}`;
  const beside = (file: string) => listLeftBeside(`${folder}/${name}`, [file]);
  const moves = ['down.sql', 'up.sql'].flatMap((file) =>
    beside(file).map((from) => `mv ${quoteWord(`${inside}/${from}`)} ${quoteWord(`${inside}/${file}`)}`),
  );
  const message = `The squash into revision "${id}" was broken off: the manifest has it, and the up.sql is the one from before`;
  if (beside('up.sql').length === 1 && moves.length <= 2) {
    const all = [...moves, ...leftover.map((other) => removal(`${shownFolder}/${other}`))];
    return new UpdownError('manifest', message, { hint: `Finish it: ${all.join(' && ')}`, subject: id });
  }
  const up = quoteWord(`${inside}/up.sql`);
  const hint = `Where a commit has the squash, restore the up.sql that it has: git log -- ${up}. Else take it back, and run it again: git checkout -- ${quoteWord(manifest)} ${quoteWord(inside)}`;
  return new UpdownError('manifest', message, { hint, subject: id });
}

export function removal(folder: string): string {
  return `rm -r ${quoteWord(folder)}`;
}

/** The folder that a rebase has given another time, and whose line it had not yet written. */
export function findMoved(folder: string, unlisted: readonly string[]): string | undefined {
  const untimed = (name: string) => name.replace(leadingTime, '');
  const found = unlisted.filter((name) => name !== folder && untimed(name) === untimed(folder));
  return found.length === 1 ? found[0] : undefined;
}
