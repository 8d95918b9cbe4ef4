import { median, type Samples } from './measure.ts';

/** One line of the table. */
export interface Finding {
  readonly what: string;
  readonly unit: 'ms' | 'MB' | 'lines';
  readonly median: number;
  readonly samples: readonly number[];
  /** One median over another; the words name the lower one. */
  readonly ratio?: { readonly value: number; readonly words: string };
  /** The most that the ratio, or the median where there is none, should be. */
  readonly target?: number;
  readonly met?: boolean;
}

export interface Report {
  readonly title: string;
  /** What one has to know to read the figures. */
  readonly notes: readonly string[];
  readonly findings: readonly Finding[];
}

export interface Measured {
  readonly samples: Samples;
  readonly name: string;
  readonly what?: string;
  readonly unit?: 'ms' | 'MB';
}

/** A median by itself, with or without a target of its own. */
export function find({ samples, name, what = name, unit = 'ms' }: Measured, target?: number): Finding {
  const taken = samples.get(name) ?? [];
  const finding = { what, unit, median: median(taken), samples: taken };
  return target === undefined ? finding : { ...finding, target, met: finding.median <= target };
}

/** A median beside the ratio that the targets speak of: `above` over `below`. */
export function compare(
  shown: Measured,
  [above, below]: readonly [string, string],
  words: string,
  target?: number,
): Finding {
  const value = median(shown.samples.get(above) ?? []) / median(shown.samples.get(below) ?? []);
  const finding = { ...find(shown), ratio: { value, words } };
  return target === undefined ? finding : { ...finding, target, met: value <= target };
}
