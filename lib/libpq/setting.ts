import { type ErrorDetails, type Place, UpdownError } from '../errors.ts';
import type { Parameter } from './parameter.ts';

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

/** A value that will not do: the parameter is named, the value is not shown (F65). */
export function badSetting(name: Parameter, settings: Settings, problem: string, hint: string): UpdownError {
  const { place, variable } = settings.get(name) ?? {};
  const details: ErrorDetails = { hint, place };
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
  throw badSetting(name, settings, 'has an unknown value', `Use one of ${allowed.join(', ')}.`);
}

export function readInteger(settings: Settings, name: Parameter): number | undefined {
  const setting = settings.get(name);
  if (setting === undefined) return undefined;
  if (/^\s*[-+]?\d{1,9}\s*$/.test(setting.value)) return Number(setting.value);
  throw badSetting(name, settings, 'is not a whole number', `For example ${name}=10.`);
}
