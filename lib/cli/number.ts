import type { Call } from './action.ts';
import { usage } from './argv.ts';

export function readNumber(call: Call, name: string, shape: RegExp, meaning: string): number | undefined {
  const text = call.value(name);
  if (text === undefined) return undefined;
  if (!shape.test(text)) throw usage(`"--${name}" is ${meaning}, not "${text}"`);
  return Number(text);
}

export function readSeconds(call: Call, name: string): number | undefined {
  return readNumber(call, name, /^\d+(\.\d+)?$/, 'a number of seconds');
}
