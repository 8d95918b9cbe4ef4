/** Ids of a page, each with the one that stands for it in this run. */
export type Ids = Map<string, string>;

/** Where what a page says a command prints, and what it printed, part; undefined where they don't. A line `…` stands for any lines. */
export function findDifference(written: string, printed: string, ids: Ids): string | undefined {
  const expected = linesOf(written);
  const isShown = (kind: RegExp) => expected.some((one) => kind.test(one));
  const lines = linesOf(printed).filter((line) => optional.every((kind) => !kind.test(line) || isShown(kind)));
  let at = 0;
  for (let index = 0; index < expected.length; index++) {
    const line = expected[index] ?? '';
    if (line === '…') {
      const next = expected[index + 1];
      if (next === undefined) return undefined;
      while (at < lines.length && !isSame(next, lines[at] ?? '', new Map(ids))) at++;
      continue;
    }
    const there = lines[at++];
    if (there === undefined) return `it does not print: ${line}`;
    if (!isSame(line, there, ids)) return `it prints: ${there}\nthe page has: ${line}`;
  }
  return at < lines.length ? `it prints more: ${lines[at]}` : undefined;
}

/** A command of a page, with this run's ids: a page may shorten them. */
export function putIds(command: string, ids: Ids): string {
  return command.replace(/\b[0-9a-f]{4,12}\b/g, (word) => {
    const [whole] = [...ids.keys()].filter((id) => id.startsWith(word));
    return whole === undefined ? word : (ids.get(whole) ?? word);
  });
}

/** Where a page is about the result, it may leave out what is told on the way there; what is told of a step that takes long depends on the machine. */
const optional = [/^(verifying on|generating|warning: another review makes) /, /^ {2}▸ /];

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}

const id = /(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{12}(?![0-9a-z])/g;

function isSame(written: string, printed: string, ids: Ids): boolean {
  const [left, right] = [normalize(written), normalize(printed)];
  if (left.replace(id, '<id>') !== right.replace(id, '<id>')) return false;
  const [named, found] = [left.match(id) ?? [], right.match(id) ?? []];
  return named.every((name, index) => {
    const other = found[index] ?? '';
    const known = ids.get(name);
    if (known === undefined && [...ids.values()].includes(other)) return false;
    ids.set(name, known ?? other);
    return known === undefined || known === other;
  });
}

/** Without what no two runs share. */
function normalize(line: string): string {
  return line
    .replace(/\b[0-9a-f]{64}\b/g, '<sha256>')
    .replace(/\b\d{8}_\d{4}_/g, '<time>_')
    .replace(/(?<=\bshop-)[0-9a-f]{8}\b/g, '<project>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<at>')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
    .replace(/"milliseconds":[\d.]+/g, '"milliseconds":<n>')
    .replace(/"server":"[^"]+"/g, '"server":"<version>"')
    .replace(/"databaseName":"\w+"/g, '"databaseName":"<name>"')
    .replace(/pglite:\/[^\s)]+/g, 'pglite:<folder>')
    .replace(/postgres(ql)?:\/\/[^\s)"']+/g, '<url>')
    .replace(/(PostgreSQL|psql) \d+\.\d+( \([^)]*\))?/g, '$1 <version>')
    .replace(/\bpid \d+/g, 'pid <n>')
    .replace(/ +\d+(\.\d+)? m?s$/, ' <duration>');
}
