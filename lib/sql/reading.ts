/** Settings of the server that change how the rest of a text is read: where a string ends, what it may hold, and as which characters. */
export type ReadingSetting = 'standard_conforming_strings' | 'backslash_quote' | 'client_encoding';

/** The values that change nothing for a run and a script, which both begin with them. That of backslash_quote is the role's own. */
const kept: Readonly<Record<ReadingSetting, RegExp>> = {
  standard_conforming_strings: /^(?:on|t|tr|tru|true|y|ye|yes|1)$/i,
  backslash_quote: /(?!)/,
  client_encoding: /^(?:utf-?8|unicode)$/i,
};

export function isReadingSetting(name: string | undefined): name is ReadingSetting {
  return name !== undefined && Object.hasOwn(kept, name);
}

export function keepsReading(name: ReadingSetting, value: string | undefined): boolean {
  return value !== undefined && kept[name].test(value);
}

/** By its words, where there is no tree: in the body of a DO, and in a text that nobody parses. */
export function setsReadingIn(text: string): { readonly name: ReadingSetting; readonly offset: number } | undefined {
  for (const { groups = {}, index } of text.matchAll(words)) {
    const { set, call, names, reset, value } = groups;
    const name = names === undefined ? (set ?? call ?? reset)?.toLowerCase() : 'client_encoding';
    const kept = isReadingSetting(name) && reset === undefined && keepsReading(name, value);
    if (isReadingSetting(name) && !kept) return { name, offset: index };
  }
  return undefined;
}

const name = Object.keys(kept).join('|');
const scope = String.raw`\bset\s+(?:(?:local|session)\s+)?`;
const words = new RegExp(
  [
    String.raw`(?:${scope}"?(?<set>${name})"?\s*(?:=|\bto\b)`,
    String.raw`\bset_config\s*\(\s*'+(?<call>${name})'+\s*,`,
    String.raw`${scope}(?<names>names)\b`,
    String.raw`\breset\s+"?(?<reset>${name})\b)\s*'*(?<value>[\w-]*)`,
  ].join('|'),
  'gi',
);
