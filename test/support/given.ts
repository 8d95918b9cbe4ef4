/** The same value without the properties that are `undefined`: to a caller, both say that there is nothing. */
export function given<T>(value: T): T {
  if (Array.isArray(value)) return value.map(given) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, given(field)])) as T;
}
