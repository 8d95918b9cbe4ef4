import { sanitizeLine } from '../sql/quote.ts';
import { plural } from '../words.ts';
import { wrap } from './comment.ts';
import type { ScriptStep } from './script.ts';

/** What to look at before a step is run: what stands by itself if it stops, what is lost by it, and what can't be taken back. */
export function marksOf(step: ScriptStep): readonly string[] {
  return [
    ...(step.transactional
      ? []
      : ['NOT in a transaction: each statement commits by itself, and is recorded after it has run']),
    ...destroyedBy(step),
    ...(step.noWayBack === undefined ? [] : [`NO WAY BACK: ${reasons[step.noWayBack]}`]),
    ...(isUnparsed(step) ? ['NOT PARSED: it was not checked for statements that destroy data'] : []),
  ];
}

const reasons: Readonly<Record<NonNullable<ScriptStep['noWayBack']>, string>> = {
  irreversible: 'its down.sql says that it is irreversible',
  empty: 'its down.sql is empty',
  missing: 'its down.sql is missing or cannot be read',
};

function destroyedBy({ blocks }: ScriptStep): readonly string[] {
  return blocks.flatMap(({ body }) =>
    (body?.statements ?? []).flatMap(({ line, destroys = [] }) =>
      destroys.map((words) => `DESTROYS line ${line}: ${sanitizeLine(words)}`),
    ),
  );
}

function isUnparsed({ blocks }: ScriptStep): boolean {
  return blocks.some(({ body }) => body?.source.directives.unparsed);
}

/**
 * The marks of all steps as lines below each of them, for a header: what is too much for a screen is told in short there, and in full above the
 * step. The second is what stands behind the last step then.
 */
export function summarizeMarks(
  steps: readonly ScriptStep[],
  margin: string,
): { readonly of: (step: ScriptStep) => readonly string[]; readonly rest: readonly string[] } {
  const full = new Map(steps.map((step) => [step, shorten(marksOf(step)).flatMap((mark) => wrap(mark, margin))]));
  const marked = steps.filter((step) => (full.get(step) ?? []).length > 0);
  const lines = marked.reduce((sum, step) => sum + (full.get(step) ?? []).length, 0);
  if (lines <= mostLines) return { of: (step) => full.get(step) ?? [], rest: [] };
  const told = new Set(marked.slice(0, mostLines));
  const more = steps.flatMap((step, index) => (marked.includes(step) && !told.has(step) ? [index + 1] : []));
  const others =
    more.length === 0 ? '' : `, and so it does of ${plural(more.length, 'more step')}: ${listRanges(more)}`;
  return {
    of: (step) => (told.has(step) ? wrap(inShort(step), margin) : []),
    rest: ['', ...wrap(`What that is in full stands above each of these steps${others}.`, '  ')],
  };
}

/** `27-30, 32`: no step that is marked may look in a header like one that is not. */
function listRanges(numbers: readonly number[]): string {
  const ranges: { readonly first: number; last: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range?.last === number - 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

/** In a header of a step a line, and of some that say how to run it. */
const mostLines = 20;
const mostOfOne = 4;

/** A file may destroy two hundred things. */
function shorten(marks: readonly string[]): readonly string[] {
  const destroying = marks.filter(isDestroying);
  const left = destroying.slice(mostOfOne - 1);
  if (left.length < 2) return marks;
  const [first = ''] = left;
  return marks.flatMap((mark) => {
    if (mark === first) return [`DESTROYS ${left.length} more: they stand above the step`];
    return left.includes(mark) ? [] : [mark];
  });
}

function inShort(step: ScriptStep): string {
  const marks = marksOf(step);
  const destroying = marks.filter(isDestroying).length;
  const others = marks.filter((mark) => !isDestroying(mark)).map((mark) => mark.replace(/[:,].*$/, ''));
  return [...(destroying === 0 ? [] : [`DESTROYS in ${plural(destroying, 'place')}`]), ...others].join('; ');
}

function isDestroying(mark: string): boolean {
  return mark.startsWith('DESTROYS ');
}
