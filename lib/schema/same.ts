/** Whether two values of a snapshot are equal, in all that they hold. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => isSame(item, b[index]));
  }
  const [old, now] = [a as Properties, b as Properties];
  const keys = Object.keys(old);
  if (keys.length !== Object.keys(now).length) return false;
  return keys.every((key) => Object.hasOwn(now, key) && isSame(old[key], now[key]));
}

type Properties = Readonly<Record<string, unknown>>;
