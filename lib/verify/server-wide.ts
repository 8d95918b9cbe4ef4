/** Words without which no SQL changes what belongs to the whole server: roles, databases, tablespaces, settings, slots, subscriptions. */
const words =
  /\b(role|user|group|tablespace|database|subscription|authorization|owned|membership)\b|\balter\s+system\b|replication|\bgrant\b(?![^;]*\bon\b)|\brevoke\b(?![^;]*\bon\b)|\bpg_(auth|db_role|shdesc|shsec)/i;

/** What looks like such a word and says nothing of the server. */
const others = /\bgroup\s+by\b|\bwithin\s+group\b|--.*$/gim;

/** Whether any of these texts may: in a block or a function, too. */
export function mayChangeServer(texts: readonly string[]): boolean {
  return texts.some((text) => words.test(text.replace(others, '')));
}
