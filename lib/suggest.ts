/** The known word closest to what was typed, if it is close enough to be meant, or the only one that begins so. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  return suggestNear(word, known) ?? suggestBegun(word, known);
}

function suggestNear(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function suggestBegun(word: string, known: Iterable<string>): string | undefined {
  const begun = [...known].filter((candidate) => candidate.startsWith(word.toLowerCase()));
  return word.length > 1 && begun.length === 1 ? begun[0] : undefined;
}

/** The words of a hint, or nothing: `Did you mean "upgrade"?` */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const best = suggest(word, known);
  return best === undefined ? undefined : `Did you mean "${best}"?`;
}

/** Whether one may be the other with so many mistakes in it. */
export function isNear(a: string, b: string, mistakes: number): boolean {
  return editDistance(a, b, mistakes + 1) <= mistakes;
}

/** Insertions, deletions, replacements and swaps of neighbours, row by row; gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? limit) + 1 : limit;
      row.push(
        Math.min((above[j] ?? limit) + 1, (row[j - 1] ?? limit) + 1, (above[j - 1] ?? limit) + (same ? 0 : 1), swapped),
      );
    }
    [before, above] = [above, row];
  }
  return above[b.length] ?? limit;
}
