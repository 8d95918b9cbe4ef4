/** The extensions that these texts make, in a block or a function too. */
export function findExtensions(texts: readonly string[]): readonly string[] {
  const named = texts.flatMap((text) => Array.from(text.matchAll(making), ([, name = '']) => name.toLowerCase()));
  return [...new Set(named)].filter((name) => name !== 'plpgsql');
}

const making = /\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)/gi;

/** The extension that a statement makes, changes, describes or drops. */
export function extensionOf(statement: string): string | undefined {
  return about.exec(statement)?.[1]?.toLowerCase();
}

const about = /^(?:create|alter|drop|comment\s+on)\s+extension\s+(?:if\s+(?:not\s+)?exists\s+)?"?([\w-]+)/i;
