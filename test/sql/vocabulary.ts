import * as assert from 'uvu/assert';
import { UpdownError } from '../../lib/errors.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';
import type { Inspected, SqlSource } from '../../lib/sql/source.ts';

await loadParser();

export const file = 'migrations/x/up.sql';

export function read(text: string): SqlSource {
  return readSql(Buffer.from(text), file);
}

export function pass(text: string, direction: 'up' | 'down' = 'up'): Inspected {
  return inspect(read(text), { direction });
}

/** Runs what must be refused as input, and gives the refusal with its place as `line:column`. */
export function refused(action: () => unknown): { message: string; hint: string; at: string; excerpt: string } {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UpdownError)) throw error;
    assert.is(error.code, 'input');
    assert.is(error.exitStatus, 2);
    const { place, message, hint = '' } = error;
    assert.is(place?.file, file);
    return { message, hint, at: `${place?.line}:${place?.column}`, excerpt: place?.excerpt ?? '' };
  }
  throw new Error('Nothing was refused');
}

export function refusedText(text: string, direction: 'up' | 'down' = 'up'): ReturnType<typeof refused> {
  return refused(() => pass(text, direction));
}
