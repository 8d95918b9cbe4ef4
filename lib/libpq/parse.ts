import { UpdownError } from '../errors.ts';
import { type Machine, readMachine } from './machine.ts';
import { parseServer } from './server.ts';
import type { ConnectionTarget, Environment, PgliteTarget } from './target.ts';
import { readTargetText } from './text.ts';

/**
 * Reads a url, or libpq's `host=… dbname=…`, as libpq does; what it leaves open comes from a service, then from the `PG*`
 * variables, then from the machine. `source` is where it was given, for a person.
 */
export function parseTarget(
  given: string | undefined,
  env: Environment,
  machine: Machine = readMachine(),
  source?: string,
): ConnectionTarget {
  const url = given === undefined ? undefined : readTargetText(given, source);
  if (url?.startsWith('pglite:')) return parsePglite(url.slice('pglite:'.length));
  return parseServer(url, env, machine);
}

function parsePglite(rest: string): PgliteTarget {
  const [folder = '', query = ''] = rest.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((key) => key !== 'extensions');
  if (unknown !== undefined) {
    throw new UpdownError('config', `The pglite url has an unknown parameter: "${unknown}"`, {
      hint: 'Only "extensions" is known: pglite:./data?extensions=pgcrypto,citext',
    });
  }
  if (folder === '') {
    throw new UpdownError('config', 'The pglite url names no folder', {
      hint: 'Write pglite:<folder> to keep the data, or pglite:memory to forget it.',
    });
  }
  const extensions = (parameters.get('extensions') ?? '').split(',').filter((name) => name !== '');
  return { kind: 'pglite', extensions, folder: folder === 'memory' ? undefined : folder };
}
