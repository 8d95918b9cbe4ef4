/** A page cut into what tests of documentation ask for. */
export interface Fence {
  readonly language: string;
  readonly text: string;
}

export function findFences(markdown: string): readonly Fence[] {
  return Array.from(markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms), ([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** The cells of every table row, without the rows of dashes; backticks are kept. */
export function findRows(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|') && !/^\|[-|]+\|$/.test(line));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

export function findCode(text: string): readonly string[] {
  return Array.from(text.matchAll(/`([^`\n]+)`/g), ([, code = '']) => code);
}

export function findLinks(markdown: string): readonly string[] {
  return Array.from(markdown.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
}

/** What a heading is called in a link. */
export function findAnchors(markdown: string): ReadonlySet<string> {
  const headings = Array.from(markdown.matchAll(/^#+ (.+)$/gm), ([, title = '']) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** A console block's commands, each with what it printed. Lines that begin with `> ` go on with a command. */
export function findSession(console: string): readonly { readonly command: string; readonly output: string }[] {
  return console
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [first = '', ...rest] = part.split('\n');
      const end = rest.findIndex((line) => !line.startsWith('> '));
      const more = rest.slice(0, end).map((line) => line.slice(2));
      return { command: [first, ...more].join('\n'), output: rest.slice(end).join('\n') };
    });
}
