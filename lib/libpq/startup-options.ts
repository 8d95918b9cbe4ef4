/**
 * The settings in start-up options, by the server's rules: words between blanks, in which a backslash takes the next character as it is;
 * `-c name=value`, `-cname=value` or `--name=value`, where a hyphen in the name is an underscore. The last one counts.
 */
export function readStartupSettings(options: string): ReadonlyMap<string, string> {
  const words = Array.from(options.matchAll(/(?:\\[\s\S]|[^\s\\])+/g), ([word]) => word.replace(/\\([\s\S])/g, '$1'));
  const settings = new Map<string, string>();
  for (const [at, word] of words.entries()) {
    const text = word === '-c' || word === '--' ? '' : (/^(?:-c|--)([\s\S]*)$/.exec(word)?.[1] ?? '');
    const pair = text === '' && words[at - 1] === '-c' ? word : text;
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) continue;
    const key = name.replaceAll('-', '_').toLowerCase();
    settings.set(key, key === 'search_path' && value.trim() === '' ? '""' : value);
  }
  return settings;
}
