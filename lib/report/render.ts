import { UpdownError } from '../errors.ts';
import { needPackage } from '../optional-package.ts';
import type { Review } from '../review/review.ts';
import { formats } from './format.ts';
import { printText } from './text.ts';
import type { TextView } from './text-view.ts';

/**
 * What a review can be made into: `text` is what `updown review` prints, without colour; `markdown` is for a comment on a pull request and
 * keeps within what GitHub takes in one; `sarif` is SARIF 2.1.0; `github` are annotations for a workflow's log; `html` is one page that needs
 * nothing else.
 */
export type ReviewFormat = 'text' | 'markdown' | 'sarif' | 'github' | 'html';

export interface RenderReviewOptions {
  /** Columns of `text`; default 80. SQL is not broken to fit. */
  readonly width?: number;
  /** Whether `text` may have marks that ASCII lacks; default true. */
  readonly unicode?: boolean;
  /** How words of `text` are painted, as with the colours of a terminal; default not at all. */
  readonly style?: TextView['style'];
}

export async function renderReview(
  review: Review,
  format: ReviewFormat,
  { width = 80, unicode = true, style = plain }: RenderReviewOptions = {},
): Promise<string> {
  assertFormat(format);
  if (format === 'text') return [...printText(review, { width, unicode, style })].join('');
  // Drawing and highlighting are loaded for the page alone.
  if (format === 'html') return (await import('./html/page.ts')).printPage(review);
  return formats[format](review);
}

/** Throws `usage` for a format that there is not, and `missing-package` where it needs a package that is not installed. */
export function assertFormat(format: ReviewFormat): void {
  const known = ['text', 'html', ...Object.keys(formats)];
  if (!known.includes(format))
    throw new UpdownError('usage', `There is no format "${format}"`, { hint: `Known: ${known.join(', ')}.` });
  if (format !== 'html') return;
  for (const name of ['@dagrejs/dagre', 'highlight.js'] as const)
    needPackage(name, 'A review as a page', 'Every --format does without it.');
}

const as = (text: string): string => text;
const plain = { bold: as, dim: as, good: as, bad: as, warn: as };
