import { type ErrorDetails, type Place, UpdownError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { Machine } from './machine.ts';
import { isParameter, type Parameter, parameters, variableOf } from './parameter.ts';
import { findService } from './service.ts';
import type { Environment } from './target.ts';

/** A parameter's value and where it comes from. */
export interface Setting {
  readonly value: string;
  /** The line of the service file. */
  readonly place?: Place;
  readonly variable?: string;
}

export type Settings = ReadonlyMap<Parameter, Setting>;

/** What url or string says itself. An empty value is a value: it asks for libpq's default, whatever a variable says. */
export type Given = readonly (readonly [name: string, value: string])[];

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

/** A value that will not do: the parameter is named, the value is not shown (F65). */
export function badSetting(name: Parameter, { place, variable }: Setting, problem: string, hint: string): UpdownError {
  const details: ErrorDetails = { hint, ...(place && { place }) };
  return new UpdownError('config', `"${name}"${variable ? ` (${variable})` : ''} ${problem}`, details);
}

/** The value, or undefined where it is open or empty. */
export function readText(settings: Settings, name: Parameter): string | undefined {
  return settings.get(name)?.value || undefined;
}

export function readChoice<T extends string>(
  settings: Settings,
  name: Parameter,
  allowed: readonly T[],
): T | undefined {
  const setting = settings.get(name);
  if (setting === undefined) return undefined;
  const found = allowed.find((each) => each === setting.value);
  if (found) return found;
  throw badSetting(name, setting, 'has an unknown value', `Use one of ${allowed.join(', ')}.`);
}

export function readInteger(settings: Settings, name: Parameter): number | undefined {
  const setting = settings.get(name);
  if (setting === undefined) return undefined;
  if (/^\s*[-+]?\d{1,9}\s*$/.test(setting.value)) return Number(setting.value);
  throw badSetting(name, setting, 'is not a whole number', `For example ${name}=10.`);
}
