const words: ReadonlyMap<string, string> = new Map([
  ['O', 'enabled'],
  ['D', 'disabled'],
  ['R', 'enabled replica'],
  ['A', 'enabled always'],
]);

/** As ALTER TABLE says it, of pg_trigger.tgenabled. */
export function wordFiring(enabled: string): string {
  return words.get(enabled) ?? enabled;
}
