/** `"a", "b" and 3 more`: names in a message, however many there are. */
export function listNames(names: readonly string[], limit = 6): string {
  const shown = names.slice(0, limit).map((name) => `"${name}"`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
