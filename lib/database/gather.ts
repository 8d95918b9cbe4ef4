import { UpdownError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { Machine } from './machine.ts';
import { isParameter, type Parameter, parameters, variableOf } from './parameter.ts';
import { findService } from './service.ts';
import type { Given, Setting, Settings } from './setting.ts';
import type { Environment } from './target.ts';

/** In libpq's order: what was given wins over the service, and the service over the variables. */
export function gatherSettings(given: Given, env: Environment, machine: Machine): Settings {
  const own = given.map(([name, value]) => [known(name), { value }] as const);
  const variables = readVariables(env);
  const asked = new Map<Parameter, Setting>([...variables, ...own]);
  const service = asked.get('service');
  if (service === undefined) return asked;
  const found = findService(service.value, asked.get('servicefile')?.value, env, machine);
  return new Map([...variables, ...found, ...own]);
}

/** A variable that is set to nothing counts as not set. */
function readVariables(env: Environment): (readonly [Parameter, Setting])[] {
  return parameters.flatMap((name) => {
    const variable = variableOf(name);
    const value = variable && env[variable];
    return value ? [[name, { value, variable }] as const] : [];
  });
}

function known(name: string): Parameter {
  if (isParameter(name)) return name;
  throw new UpdownError('config', `Unknown connection parameter "${name}"`, {
    hint: didYouMean(name, parameters) ?? 'Take it out. Known are the parameters of libpq, such as sslmode.',
  });
}
