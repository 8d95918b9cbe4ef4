import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { type ErrorCode, UpdownError } from '../../lib/errors.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A temporary folder with these files, by path, until the process ends. */
export function makeHistory(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'updown-history-'));
  made.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const made: string[] = [];
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** The error this rejects with, which must be one of ours with this code and a hint. */
export async function hasCode(code: ErrorCode, result: Promise<unknown>): Promise<UpdownError> {
  const error = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, UpdownError);
  const known = error as UpdownError;
  assert.is(known.code, code);
  assert.ok(known.hint);
  return known;
}
