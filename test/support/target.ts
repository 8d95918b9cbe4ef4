import * as assert from 'uvu/assert';
import { UpdownError } from '../../lib/errors.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import type { Environment, ServerTarget } from '../../lib/libpq/target.ts';
import { given } from './given.ts';

/** Parses as on a machine that holds these files and nothing else. */
export function parseOn(
  files: Readonly<Record<string, string>>,
  text: string | undefined,
  env: Environment = {},
): ServerTarget {
  const machine = { user: 'ada', home: '/home/ada', read: (path: string) => files[path] };
  const target = parseTarget(text, env, machine);
  if (target.kind !== 'server') throw new Error('it is embedded');
  return given(target);
}

export function parse(text: string | undefined, env: Environment = {}): ServerTarget {
  return parseOn({}, text, env);
}

/** The `config` error that a parse ends in. */
export function configErrorOf(parsing: () => unknown): UpdownError {
  try {
    parsing();
  } catch (error) {
    assert.instance(error, UpdownError);
    assert.is((error as UpdownError).code, 'config');
    assert.ok((error as UpdownError).hint);
    return error as UpdownError;
  }
  throw new Error('it was accepted');
}
