import { UpdownError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { readForeign } from './foreign-parameter.ts';
import type { Machine } from './machine.ts';
import { isParameter, type Parameter, parameters, variableOf } from './parameter.ts';
import { findService } from './service.ts';
import type { Given, Setting, Settings } from './setting.ts';
import type { Environment } from './target.ts';

/** In libpq's order: what was given wins over the service, and the service over the variables. */
export function gatherSettings(given: Given, env: Environment, machine: Machine): Settings {
  const own = readOwn(given);
  const variables = readVariables(env);
  const asked = new Map<Parameter, Setting>([...variables, ...own]);
  const service = asked.get('service');
  if (service === undefined) return asked;
  const found = findService(service.value, asked.get('servicefile')?.value, env, machine);
  return new Map([...variables, ...found, ...own]);
}

/** What was given, by libpq's names. */
export function readOwn(given: Given): readonly (readonly [Parameter, Setting])[] {
  return given.flatMap(([name, value]) => readGiven(name, value));
}

/** A variable that is set to nothing counts as not set. A secret that was made with `echo` ends with a line end, which no value does. */
function readVariables(env: Environment): (readonly [Parameter, Setting])[] {
  return parameters.flatMap((name) => {
    const variable = variableOf(name);
    const value = variable && env[variable]?.replace(/[\r\n]+$/, '');
    return value ? [[name, { value, variable }] as const] : [];
  });
}

function readGiven(name: string, value: string): (readonly [Parameter, Setting])[] {
  if (isParameter(name)) return [[name, { value }]];
  const meaning = readForeign(name, value);
  if (meaning === 'nothing') return [];
  if (meaning !== undefined) return [[meaning[0], { value: meaning[1] }]];
  throw new UpdownError('config', `Unknown connection parameter "${name}"`, {
    hint:
      didYouMean(name, parameters) ??
      'Known are the parameters of libpq, such as sslmode. What it sets for the session is written as "settings" in updown.json; then take it out of the url.',
  });
}
