const words: ReadonlyMap<string, string> = new Map([
  ['O', 'enabled'],
  ['D', 'disabled'],
  ['R', 'enabled replica'],
  ['A', 'enabled always'],
]);

/** Describes a value of pg_trigger.tgenabled in the words of ALTER TABLE. */
export function wordFiring(enabled: string): string {
  return words.get(enabled) ?? enabled;
}
