import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { UpdownError } from '../errors.ts';

/** A script as a file that was not there before. */
export async function writeScript(file: string, pieces: Iterable<string>): Promise<void> {
  const stream = createWriteStream(file, { flags: 'wx' });
  try {
    for (const piece of pieces) stream.write(piece);
    stream.end();
    await finished(stream);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    if (reason === 'EEXIST')
      throw new UpdownError('exists', `"${file}" is there already`, {
        hint: 'Nothing was overwritten. Name another file, or remove it.',
      });
    throw new UpdownError('unwritable', `"${file}" can't be written (${reason})`, {
      hint: 'Check the path and its permissions.',
    });
  }
}
