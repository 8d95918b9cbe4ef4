import { UpdownError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { listAll } from '../words.ts';
import type { Machine } from './machine.ts';
import { isParameter, type Parameter, parameters } from './parameter.ts';
import type { Setting } from './setting.ts';
import type { Environment } from './target.ts';

type Section = ReadonlyMap<Parameter, Setting>;

/** Where libpq is told, at its build, to look for the machine's own file: Debian, Red Hat, BSD and Homebrew. */
const usualFolders = ['/etc/postgresql-common', '/etc/sysconfig/pgsql', '/usr/local/etc/postgresql'];

/** The service's section: in the file named or else the user's own, then in the machine's. */
export function findService(name: string, named: string | undefined, env: Environment, machine: Machine): Section {
  const own = named || `${machine.home}/.pg_service.conf`;
  const folders = env.PGSYSCONFDIR ? [env.PGSYSCONFDIR] : usualFolders;
  const looked: string[] = [];
  for (const file of [own, ...folders.map((folder) => `${folder}/pg_service.conf`)]) {
    const text = machine.read(file);
    if (text === undefined && file === named) throw noFile(file);
    if (text === undefined) continue;
    const section = readSection(text, name, file);
    if (section) return section;
    looked.push(file);
  }
  throw noSection(name, looked.length > 0 ? looked : [own]);
}

/** By libpq's rules: no blanks around "=", no quotes, of two lines for one parameter the first. */
function readSection(text: string, name: string, file: string): Section | undefined {
  const found = new Map<Parameter, Setting>();
  let inside = false;
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (inside) return found;
      inside = line.startsWith(`[${name}]`);
    } else if (inside) {
      const place = { file, line: at + 1, column: raw.search(/\S/) + 1 };
      const [parameter, value] = readLine(line, place);
      if (!found.has(parameter)) found.set(parameter, { value, place });
    }
  }
  return inside ? found : undefined;
}

type LinePlace = NonNullable<Setting['place']>;

/** Neither the value nor a line without "=" is shown: it may hold a password (F65). */
function readLine(line: string, place: LinePlace): [Parameter, string] {
  const at = line.indexOf('=');
  const parameter = line.slice(0, at);
  if (line.startsWith('ldap')) throw badLine('LDAP look-ups are not supported', 'Write the parameters here.', place);
  if (at < 0) throw badLine('a line has no "="', 'Write parameter=value, or "#" before a remark.', place);
  if (/\s$/.test(parameter)) throw badLine('blanks before "=" are not allowed', 'Write parameter=value.', place);
  if (parameter === 'service' || parameter === 'servicefile')
    throw badLine('a service cannot name another', 'Write the parameters here.', place);
  if (isParameter(parameter)) return [parameter, line.slice(at + 1)];
  const hint = didYouMean(parameter, parameters) ?? 'Known are the parameters of libpq, such as host and sslmode.';
  throw badLine(`unknown parameter "${parameter}"`, hint, place);
}

function badLine(problem: string, hint: string, place: LinePlace): UpdownError {
  return new UpdownError('config', `The service file is wrong: ${problem}`, { hint, place });
}

function noFile(file: string): UpdownError {
  return new UpdownError('config', `The service file "${file}" cannot be read`, {
    hint: 'Correct PGSERVICEFILE, or unset it to use ~/.pg_service.conf.',
  });
}

function noSection(name: string, files: readonly string[]): UpdownError {
  return new UpdownError(
    'config',
    `There is no service "${name}" in ${listAll(
      files.map((file) => `"${file}"`),
      'or',
    )}`,
    {
      hint: `Add a section [${name}] there, or correct the name (service=… or PGSERVICE).`,
    },
  );
}
