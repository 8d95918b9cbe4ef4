/** One line of the page: what was looked at, how it is, and what a reader must know. */
export interface Finding {
  readonly mark: 'ok' | 'bad' | 'note';
  readonly about: string;
  readonly text: string;
  readonly details?: readonly string[];
}

export function printReport(title: string, findings: readonly Finding[]): string {
  const marks = { ok: 'ok ', bad: 'BAD', note: ' - ' };
  const lines = findings.flatMap(({ mark, about, text, details = [] }) => [
    `  ${marks[mark]}  ${about.padEnd(10)}  ${text}`,
    ...details.map((detail) => `${' '.repeat(19)}${detail.slice(0, 200)}`),
  ]);
  const bad = findings.filter(({ mark }) => mark === 'bad').length;
  const verdict = bad === 0 ? 'everything is as promised' : `${bad} finding${bad === 1 ? '' : 's'} to look into`;
  return `${[title, '', ...lines, '', `  ${verdict}`].join('\n')}\n`;
}

export function expectSame(about: string, what: string, first: string, second: string): Finding {
  const [left, right] = [maskClock(first), maskClock(second)];
  if (left === right) return { mark: 'ok', about, text: `${what}: the same` };
  return { mark: 'bad', about, text: `${what}: they differ`, details: firstDifferences(left, right) };
}

/** A view or default may hold the moment in which it was made: `'now'::timestamp` is read once. */
function maskClock(text: string): string {
  return text.replace(/'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+/g, "'<moment>");
}

/** Lines that only one side has, the first few. */
export function firstDifferences(left: string, right: string): readonly string[] {
  const [a, b] = [left.split('\n'), right.split('\n')];
  const only = (mine: readonly string[], other: readonly string[]): readonly string[] => {
    const there = new Set(other);
    return mine.filter((line) => !there.has(line));
  };
  const removed = only(a, b).map((line) => `< ${line}`);
  const added = only(b, a).map((line) => `> ${line}`);
  const order = removed.length + added.length === 0 ? ['the same lines in another order'] : [];
  return [...removed.slice(0, 6), ...added.slice(0, 6), ...order];
}
