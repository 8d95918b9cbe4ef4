/** Whether two values of a snapshot are equal, in all that they hold. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => isSame(item, b[index]));
  }
  const [old, now] = [Object.entries(a), new Map(Object.entries(b))];
  return old.length === now.size && old.every(([key, item]) => now.has(key) && isSame(item, now.get(key)));
}
